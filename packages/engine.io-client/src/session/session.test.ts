import type { EngineMessage, EnginePacket, TransportCloseReason } from "@halyard/contracts";
import { systemClock } from "@halyard/core";
import { FakeClock } from "@halyard/core/testing";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Platform, SocketOptions } from "../options.ts";
import { EngineSocket } from "../socket.ts";
import { Transport } from "../transports/transport.ts";

/** A transport whose wire is the test. */
abstract class FakeTransport extends Transport {
  static readonly made: FakeTransport[] = [];
  readonly sent: EnginePacket[] = [];
  bufferedBytes = 0;
  #writable = false;
  opened = false;
  ended = "";

  override get writable(): boolean {
    return this.#writable;
  }

  override set writable(writable: boolean) {
    this.#writable = writable;
  }

  open(): void {
    this.opened = true;
    FakeTransport.made.push(this);
  }

  /** Connects; the server's handshake follows unless this is a probe. */
  connect(handshake?: object | string): void {
    this.state = "open";
    this.writable = true;
    if (handshake === undefined) this.handler.onWritable();
    else this.deliver({ type: "open", data: typeof handshake === "string" ? handshake : JSON.stringify(handshake) });
  }

  deliver(...packets: EnginePacket[]): void {
    this.receive(() => packets);
  }

  send(packets: readonly EnginePacket[]): void {
    this.sent.push(...packets.map(asOnTheWire));
  }

  close(): void {
    this.ended ||= "closed";
    this.end("transport close");
  }

  override abort(cause?: Error): void {
    this.ended ||= "aborted";
    super.abort(cause);
  }

  lose(reason: TransportCloseReason, cause?: Error): void {
    this.end(reason, cause);
  }

  protected release(): void {
    this.writable = false;
  }
}

class FakePolling extends FakeTransport {
  get name(): "polling" {
    return "polling";
  }

  settlePause: () => void = () => {};
  resumed = 0;

  override send(packets: readonly EnginePacket[]): void {
    super.send(packets);
    this.writable = false;
  }

  /** Answers the POST in flight. */
  accept(): void {
    this.writable = true;
    this.handler.onWritable();
  }

  pause(): Promise<void> {
    this.writable = false;
    return new Promise((resolve) => (this.settlePause = resolve));
  }

  resume(): void {
    if (this.state !== "open") return;
    this.resumed++;
    this.accept();
  }
}

class FakeWebSocket extends FakeTransport {
  get name(): "websocket" {
    return "websocket";
  }

  sendMessage(message: EngineMessage): void {
    this.sent.push({ type: "message", data: message });
  }
}

/** Without what the session notes for itself. */
function asOnTheWire(packet: EnginePacket): EnginePacket {
  const {
    options: _options,
    onSent: _onSent,
    ...plain
  } = packet as EnginePacket & { options?: object; onSent?: unknown };
  return plain;
}

const HANDSHAKE = { sid: "abc", upgrades: ["websocket"], pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 100 };
const platform: Platform = {
  transports: { polling: FakePolling, websocket: FakeWebSocket },
  binaryType: "nodebuffer",
};

let clock: FakeClock;

beforeEach(() => {
  clock = new FakeClock();
  FakeTransport.made.length = 0;
});

function start(options: SocketOptions = {}): { socket: EngineSocket; handler: ReturnType<typeof recorder> } {
  const socket = new EngineSocket(platform, { clock, ...options });
  const handler = recorder();
  socket.bind(handler);
  return { socket, handler };
}

function recorder() {
  const calls: unknown[][] = [];
  const record =
    (name: string) =>
    (...args: unknown[]): void =>
      void calls.push([name, ...args]);
  return {
    calls,
    onOpen: record("open"),
    onMessage: record("message"),
    onPing: record("ping"),
    onDrain: record("drain"),
    onClose: record("close"),
  };
}

function polling(): FakePolling {
  return FakeTransport.made.find((it) => it instanceof FakePolling) ?? expect.unreachable();
}

function websocket(): FakeWebSocket {
  return FakeTransport.made.find((it) => it instanceof FakeWebSocket) ?? expect.unreachable();
}

function texts(transport: FakeTransport): unknown[] {
  return transport.sent.map((packet) => (packet.type === "message" ? packet.data : packet.type));
}

const microtasks = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("opening", () => {
  test("tells its consumer, then sends what was queued in one batch", async () => {
    const { socket, handler } = start({ upgrade: false });
    socket.transmit("a", true);
    socket.transmit("b", true);
    expect(socket.readyState).toBe("opening");
    polling().connect(HANDSHAKE);
    expect(socket.id).toBe("abc");
    expect(socket.readyState).toBe("open");
    expect(handler.calls).toEqual([["open"]]);
    expect(texts(polling())).toEqual(["a", "b"]);
    expect(socket.bufferedBytes).toBe(0);
  });

  test.each(["", "null", "{}", '{"sid":1}', '{"sid":"a","upgrades":[],"pingInterval":0,"pingTimeout":1}', "[]"])(
    "refuses the handshake %s",
    (json) => {
      const { socket, handler } = start();
      const errors: unknown[] = [];
      socket.on("error", (error) => void errors.push(error));
      polling().connect(json);
      expect(handler.calls).toEqual([["close", "parse error", expect.objectContaining({ code: "ENGINE_PARSE" })]]);
      expect(errors).toHaveLength(1);
    },
  );

  test("fails when there is no transport", async () => {
    const { handler } = start({ transports: ["webtransport"] });
    expect(handler.calls).toEqual([]);
    await microtasks();
    expect(handler.calls).toEqual([
      ["close", "transport error", expect.objectContaining({ code: "NO_TRANSPORTS_AVAILABLE" })],
    ]);
  });

  test("refuses two lists of transports", () => {
    expect(() => start({ transports: ["polling"], transportImplementations: [FakePolling] })).toThrow("twice");
  });

  test("tries all transports only when told to", () => {
    const first = start();
    polling().lose("transport error", new Error("refused"));
    expect(first.handler.calls).toEqual([["close", "transport error", new Error("refused")]]);
    FakeTransport.made.length = 0;
    const { socket, handler } = start({ tryAllTransports: true });
    polling().lose("transport error");
    websocket().connect(HANDSHAKE);
    expect(handler.calls).toEqual([["open"]]);
    expect(socket.transport.name).toBe("websocket");
  });

  test("falls back from WebSocket to polling, unless told not to", () => {
    const { socket, handler } = start({ transports: ["websocket", "polling"] });
    websocket().lose("transport error", new Error("refused"));
    polling().connect(HANDSHAKE);
    expect(handler.calls).toEqual([["open"]]);
    expect(socket.transport.name).toBe("polling");
    FakeTransport.made.length = 0;
    const stubborn = start({ transports: ["websocket", "polling"], tryAllTransports: false });
    websocket().lose("transport error", new Error("refused"));
    expect(stubborn.handler.calls).toEqual([["close", "transport error", new Error("refused")]]);
  });

  test("pitfall 26: a WebSocket that is swallowed costs a bounded delay", () => {
    const { socket, handler } = start({ transports: ["websocket", "polling"], fallbackTimeout: 3_000 });
    clock.advance(2_999);
    expect(socket.transport.name).toBe("websocket");
    clock.advance(1);
    expect(websocket().ended).toBe("aborted");
    polling().connect(HANDSHAKE);
    expect(handler.calls).toEqual([["open"]]);
    expect(clock.pendingCount).toBe(1); // the heartbeat's
  });

  test("gives the last transport all the time it takes", () => {
    const { socket } = start({ transports: ["websocket", "polling"] });
    clock.advance(5_000);
    expect(socket.transport.name).toBe("polling");
    expect(clock.pendingCount).toBe(0);
  });

  test("does not fall back from a WebSocket that got through and whose server takes its time", () => {
    const { socket } = start({ transports: ["websocket", "polling"] });
    websocket().connect();
    clock.advance(60_000);
    expect(socket.transport.name).toBe("websocket");
    websocket().deliver({ type: "open", data: JSON.stringify(HANDSHAKE) });
    expect(socket.readyState).toBe("open");
  });

  test("says with the last failure what the first was", () => {
    const { socket, handler } = start({ transports: ["websocket", "polling"] });
    const blocked = new Error("blocked");
    websocket().lose("transport error", blocked);
    expect(socket.transport.name).toBe("polling");
    polling().lose("transport error", new Error("refused"));
    expect(handler.calls).toEqual([
      ["close", "transport error", expect.objectContaining({ message: "refused", cause: blocked })],
    ]);
  });

  test("remembers that WebSocket worked, and forgets it when it fails", () => {
    start({ transports: ["websocket"] });
    websocket().connect(HANDSHAKE);
    FakeTransport.made.length = 0;
    const { socket } = start({ rememberUpgrade: true, tryAllTransports: true });
    expect(socket.transport.name).toBe("websocket");
    websocket().lose("transport error");
    expect(socket.transport.name).toBe("polling");
    expect(start({ rememberUpgrade: true }).socket.transport.name).toBe("polling");
  });
});

describe("heartbeat", () => {
  test("answers pings and starts waiting anew", async () => {
    const { socket, handler } = start({ transports: ["websocket"] });
    websocket().connect(HANDSHAKE);
    clock.advance(44_000);
    websocket().deliver({ type: "ping" });
    await microtasks();
    expect(websocket().sent).toEqual([{ type: "pong" }]);
    clock.advance(44_999);
    expect(socket.readyState).toBe("open");
    clock.advance(1);
    expect(handler.calls).toEqual([["open"], ["ping"], ["close", "ping timeout", undefined]]);
    expect(clock.pendingCount).toBe(0);
  });

  test("is not prolonged by messages", () => {
    const { socket } = start({ transports: ["websocket"] });
    websocket().connect(HANDSHAKE);
    clock.advance(44_000);
    websocket().deliver({ type: "message", data: "x" });
    clock.advance(1_000);
    expect(socket.readyState).toBe("closed");
  });

  test("notices on sending that the machine has slept", async () => {
    const { socket, handler } = start({ transports: ["websocket"] });
    websocket().connect(HANDSHAKE);
    expect(socket.hasPingExpired()).toBe(false);
    expect(socket.writable).toBe(true);
    clock.stall(600_000);
    expect(socket.writable).toBe(false);
    expect(socket.hasPingExpired()).toBe(true);
    expect(socket.readyState).toBe("open");
    await microtasks();
    expect(handler.calls.at(-1)).toEqual(["close", "ping timeout", undefined]);
    expect(clock.pendingCount).toBe(0);
  });

  test("asks for no delay that timers cannot keep", () => {
    const setTimer = vi.spyOn(globalThis, "setTimeout");
    const { socket } = start({ transports: ["websocket"], clock: systemClock });
    websocket().connect({ ...HANDSHAKE, pingInterval: 1e12 });
    expect(setTimer.mock.calls.map(([, delayMs]) => delayMs)).toEqual([2 ** 31 - 1]);
    setTimer.mockRestore();
    socket.close(true);
  });

  test("ends with the socket", () => {
    const { socket } = start({ transports: ["websocket"] });
    websocket().connect(HANDSHAKE);
    expect(clock.pendingCount).toBe(1);
    socket.close();
    expect(clock.pendingCount).toBe(0);
  });
});

describe("sending", () => {
  test("goes straight to a stream, and shares requests otherwise", async () => {
    const { socket } = start({ transports: ["websocket"] });
    websocket().connect(HANDSHAKE);
    socket.transmit("now", true);
    expect(texts(websocket())).toEqual(["now"]);
    const other = start({ transports: ["polling"], upgrade: false }).socket;
    polling().connect(HANDSHAKE);
    other.transmit("one", true);
    other.transmit("request", true);
    expect(polling().sent).toEqual([]);
    await microtasks();
    expect(texts(polling())).toEqual(["one", "request"]);
  });

  test("splits what exceeds the server's payload, bytes counted as sent", async () => {
    const { socket } = start({ transports: ["polling"] });
    polling().connect(HANDSHAKE);
    socket.transmit("é".repeat(24), true); // 49 bytes
    socket.transmit("x".repeat(49), true); // 50 bytes and a separator make 100
    socket.transmit(new Uint8Array(72), true); // 97 as base64
    socket.transmit("x", true); // 2 and a separator make 100
    socket.transmit("x".repeat(500), true); // longer than the limit, though `fits` would have told; alone
    const batches: unknown[][] = [];
    for (await microtasks(); polling().sent.length > 0; polling().accept())
      batches.push(
        polling()
          .sent.splice(0)
          .map((packet) => packet.type === "message" && packet.data.length),
      );
    expect(batches).toEqual([[24, 49], [72, 1], [500]]);
  });

  test.each([
    ["polling", "x".repeat(99), true],
    ["polling", "x".repeat(100), false],
    ["polling", "é".repeat(49), true],
    ["polling", "é".repeat(50), false],
    ["polling", new Uint8Array(72), true],
    ["polling", new Uint8Array(75), false],
    ["websocket", "x".repeat(99), true],
    ["websocket", "x".repeat(100), false],
    ["websocket", new Uint8Array(100), true],
    ["websocket", new Uint8Array(101), false],
  ] as const)("pitfall 16: over %s, tells beforehand what the server does not take (%#)", async (name, data, fits) => {
    const { socket, handler } = start({ transports: [name] });
    expect(socket.fits("x".repeat(1_000_000))).toBe(true); // nobody knows yet
    const transport = name === "polling" ? polling() : websocket();
    transport.connect(HANDSHAKE);
    expect(socket.fits(data)).toBe(fits);
    if (fits) socket.send(data);
    else expect(() => socket.send(data)).toThrow(expect.objectContaining({ code: "PAYLOAD_TOO_LARGE" }));
    socket.send("on");
    await microtasks();
    if (transport instanceof FakePolling) transport.accept(); // one request each, as together they are too long
    expect(texts(transport)).toEqual(fits ? [data, "on"] : ["on"]);
    expect(socket.readyState).toBe("open");
    expect(handler.calls.filter(([name]) => name !== "drain")).toEqual([["open"]]);
  });

  test("calls back once a message has been handed over, in order", async () => {
    const { socket } = start({ transports: ["websocket"] });
    const order: string[] = [];
    socket.send("a", () => void order.push(`a: ${texts(websocket()).join()}`));
    websocket().connect(HANDSHAKE);
    socket.send("b", { compress: false }, () => void order.push(`b: ${texts(websocket()).join()}`));
    expect(order).toEqual(["a: a", "b: a,b"]);
  });

  test("keeps messages of callbacks behind what is queued", async () => {
    const { socket } = start({ transports: ["websocket"] });
    socket.send("1", () => socket.send("3"));
    socket.send("2");
    websocket().connect(HANDSHAKE);
    socket.send("4");
    await microtasks();
    expect(texts(websocket())).toEqual(["1", "2", "3", "4"]);
  });

  test("emits what engine.io-client emits about a message", async () => {
    const { socket } = start({ transports: ["websocket"] });
    websocket().connect(HANDSHAKE);
    const events: unknown[] = [];
    for (const name of ["packetCreate", "flush", "packet", "heartbeat", "data", "message", "drain"] as const)
      socket.on(name, (...args: unknown[]) => void events.push([name, ...args]));
    socket.send("out");
    websocket().deliver({ type: "message", data: "in" });
    websocket().connect();
    expect(events).toEqual([
      ["packetCreate", { type: "message", data: "out", options: { compress: true } }],
      ["flush"],
      ["packet", { type: "message", data: "in" }],
      ["heartbeat"],
      ["data", "in"],
      ["message", "in"],
      ["drain"],
    ]);
  });

  test("is told to wait above 1 MiB", () => {
    const { socket } = start({ transports: ["websocket"] });
    websocket().connect(HANDSHAKE);
    websocket().bufferedBytes = 1024 * 1024;
    expect(socket.writable).toBe(false);
  });

  test("hands out binary in the form asked for", async () => {
    const { socket } = start({ transports: ["websocket"] });
    websocket().connect(HANDSHAKE);
    const received: unknown[] = [];
    socket.on("message", (data) => void received.push(data));
    for (const form of ["nodebuffer", "arraybuffer", "blob"] as const) {
      socket.binaryType = form;
      websocket().deliver({ type: "message", data: Buffer.from([1, 2, 3]) });
    }
    expect(received[0]).toEqual(Buffer.from([1, 2, 3]));
    expect(received[1]).toEqual(new Uint8Array([1, 2, 3]).buffer);
    expect(await (received[2] as Blob).arrayBuffer()).toEqual(new Uint8Array([1, 2, 3]).buffer);
  });
});

describe("upgrading", () => {
  async function probed(options: SocketOptions = {}) {
    const { socket, handler } = start(options);
    polling().connect(HANDSHAKE);
    websocket().connect();
    expect(websocket().sent).toEqual([{ type: "ping", data: "probe" }]);
    websocket().deliver({ type: "pong", data: "probe" });
    await microtasks();
    return { socket, handler };
  }

  test("waits for requests to settle, then moves what was queued meanwhile", async () => {
    const { socket } = await probed();
    socket.transmit("meanwhile", true);
    polling().deliver({ type: "ping" });
    await microtasks();
    expect(socket.transport.name).toBe("polling");
    expect(websocket().sent).toHaveLength(1);
    polling().settlePause();
    await microtasks();
    expect(socket.transport.name).toBe("websocket");
    expect(texts(websocket()).slice(1)).toEqual(["upgrade", "meanwhile", "pong"]);
    expect(polling().sent).toEqual([]);
    expect(polling().ended).toBe("aborted");
  });

  test("returns to polling when the new transport fails at any step", async () => {
    for (const step of ["connecting", "probing", "pausing"]) {
      FakeTransport.made.length = 0;
      const { socket, handler } = start();
      const errors: unknown[] = [];
      socket.on("upgradeError", (error) => void errors.push(error));
      polling().connect(HANDSHAKE);
      if (step !== "connecting") websocket().connect();
      if (step === "pausing") websocket().deliver({ type: "pong", data: "probe" });
      await microtasks();
      websocket().lose("transport error", new Error("lost"));
      polling().settlePause();
      socket.transmit("still here", true);
      await microtasks();
      expect(texts(polling())).toEqual(["still here"]);
      expect(polling().resumed).toBe(step === "pausing" ? 1 : 0);
      expect(errors).toEqual([expect.objectContaining({ message: "probe error", transport: "websocket" })]);
      expect(handler.calls.filter(([name]) => name === "close")).toEqual([]);
    }
  });

  test("goes on to the next transport when one cannot be probed", async () => {
    class Other extends FakeWebSocket {
      override get name(): "websocket" {
        return "other" as "websocket";
      }
    }
    const { socket } = start({ transports: ["polling", Other, "websocket"] });
    polling().connect({ ...HANDSHAKE, upgrades: ["websocket", "other"] });
    const other = websocket();
    expect(other.name).toBe("other");
    other.lose("transport error");
    const next = FakeTransport.made.at(-1) ?? expect.unreachable();
    next.connect();
    next.deliver({ type: "pong", data: "probe" });
    polling().settlePause();
    await microtasks();
    expect(socket.transport.name).toBe("websocket");
  });

  test("does not go on once closed", () => {
    class Other extends FakeWebSocket {
      override get name(): "websocket" {
        return "other" as "websocket";
      }
    }
    const { socket } = start({ transports: ["polling", Other, "websocket"] });
    socket.on("upgradeError", () => socket.close(true));
    polling().connect({ ...HANDSHAKE, upgrades: ["websocket", "other"] });
    websocket().lose("transport error");
    expect(FakeTransport.made.map((it) => it.name)).toEqual(["polling", "other"]);
  });

  test.each<EnginePacket>([{ type: "pong", data: "wrong" }, { type: "noop" }, { type: "message", data: "too early" }])(
    "gives up on the unexpected answer %o",
    async (packet) => {
      const { socket } = start();
      polling().connect(HANDSHAKE);
      websocket().connect();
      websocket().deliver(packet);
      await microtasks();
      expect(websocket().ended).toBe("aborted");
      expect(socket.transport.name).toBe("polling");
      expect(socket.readyState).toBe("open");
    },
  );

  test("is called off by close, and what is queued leaves by polling", async () => {
    const { socket, handler } = await probed();
    socket.transmit("last", true);
    socket.close();
    expect(socket.readyState).toBe("closing");
    expect(websocket().ended).toBe("aborted");
    expect(texts(polling())).toEqual(["last"]);
    polling().accept();
    expect(handler.calls.at(-1)).toEqual(["close", "forced close", undefined]);
    polling().settlePause();
    await microtasks();
    expect(websocket().sent).toHaveLength(1);
  });

  test("ends with the session", async () => {
    const { socket } = await probed();
    polling().lose("transport close");
    expect(socket.readyState).toBe("closed");
    expect(websocket().ended).toBe("aborted");
    expect(polling().resumed).toBe(0);
  });

  test("can be closed by a listener of its events", async () => {
    for (const name of ["upgrading", "upgrade"] as const) {
      FakeTransport.made.length = 0;
      const { socket } = start();
      socket.on(name, () => socket.close());
      polling().connect(HANDSHAKE);
      websocket().connect();
      websocket().deliver({ type: "pong", data: "probe" });
      await microtasks();
      polling().settlePause();
      await microtasks();
      expect(socket.readyState).toBe("closed");
      expect(FakeTransport.made.map((it) => it.ended !== "")).toEqual([true, true]);
    }
  });
});

describe("closing", () => {
  test("before anything was sent is immediate", () => {
    const { socket, handler } = start();
    socket.close();
    expect(handler.calls).toEqual([["close", "forced close", undefined]]);
    expect(polling().ended).toBe("closed");
    socket.close();
    socket.transmit("ignored", true);
    expect(handler.calls).toHaveLength(1);
  });

  test("waits for the handshake when something is queued", () => {
    const { socket, handler } = start({ upgrade: false });
    socket.transmit("first words", true);
    socket.close();
    socket.transmit("too late", true);
    expect(handler.calls).toEqual([]);
    polling().connect(HANDSHAKE);
    expect(texts(polling())).toEqual(["first words"]);
    polling().accept();
    expect(handler.calls.map(([name]) => name)).toEqual(["drain", "close"]);
    expect(clock.pendingCount).toBe(0);
  });

  test("with discard drops what is queued, also while closing", () => {
    const { socket, handler } = start();
    socket.transmit("dropped", true);
    socket.close();
    socket.close(true);
    expect(handler.calls).toEqual([["close", "forced close", undefined]]);
    expect(polling().ended).toBe("aborted");
    expect(polling().sent).toEqual([]);
  });

  test("ignores what comes while a stream is still busy", () => {
    const { socket, handler } = start({ transports: ["websocket"] });
    websocket().connect(HANDSHAKE);
    websocket().writable = false;
    socket.close();
    socket.transmit("too late", true);
    expect(socket.readyState).toBe("closing");
    websocket().connect();
    expect(handler.calls.at(-1)).toEqual(["close", "forced close", undefined]);
    expect(websocket().sent).toEqual([]);
  });

  test("by the consumer that hears of the opening is all that listeners hear of it", () => {
    const socket = new EngineSocket(platform, { clock, transports: ["websocket"] });
    const events: string[] = [];
    for (const event of ["open", "close"] as const) socket.on(event, () => void events.push(event));
    socket.bind({ ...recorder(), onOpen: () => void socket.close(true) });
    websocket().connect(HANDSHAKE);
    expect(events).toEqual(["close"]);
  });

  test("by a listener is the last that the consumer hears", () => {
    const { socket, handler } = start({ transports: ["websocket"] });
    websocket().connect(HANDSHAKE);
    socket.on("message", () => socket.close());
    websocket().deliver({ type: "message", data: "1" }, { type: "message", data: "2" });
    expect(handler.calls).toEqual([["open"], ["close", "forced close", undefined]]);
  });
});

test("survives listeners that throw", async () => {
  const thrown: unknown[] = [];
  const uncaught = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => void thrown.push(error.message));
  const socket = new EngineSocket(platform, { clock, transports: ["websocket"] });
  const messages: unknown[] = [];
  for (const event of ["open", "message", "close"] as const)
    socket.on(event, () => {
      throw new Error(event);
    });
  socket.bind({ onOpen() {}, onMessage: (message) => void messages.push(message), onClose() {} });
  socket.send("sent", () => {
    throw new Error("sent");
  });
  websocket().connect(HANDSHAKE);
  websocket().deliver({ type: "message", data: "1" }, { type: "message", data: "2" });
  expect(socket.readyState).toBe("open");
  socket.close();
  await microtasks();
  process.removeAllListeners("uncaughtException");
  for (const listener of uncaught) process.on("uncaughtException", listener);
  expect(messages).toEqual(["1", "2"]);
  expect(thrown).toEqual(["open", "sent", "message", "message", "close"]);
});

test("gives each transport its own options", () => {
  start({ query: { a: "1" }, transportOptions: { polling: { path: "/polling", query: { b: "2" } } } });
  const url = (polling() as unknown as { url(scheme: string, timestamped: boolean): string }).url("http", false);
  expect(url).toBe("http://localhost/polling/?b=2&EIO=4&transport=polling");
});
