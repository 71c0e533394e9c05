import type { EngineControlPacket, EngineMessage, TransportCloseReason } from "@halyard/contracts";
import { codedError, hasCode } from "@halyard/core";
import { FakeClock } from "@halyard/core/testing";
import { expect, test } from "vitest";
import { codecOf } from "../codecs.ts";
import { LoopTurns, WorkMeters } from "../loop-turns.ts";
import { FakeExchange, settled } from "./fake-exchange.fixture.ts";
import { FlushScheduler } from "./flush-scheduler.ts";
import { PollingTransport, type PayloadCompressor } from "./polling.ts";
import type { QueuedPacket, ServerTransportHandler } from "./server-transport.ts";

interface RigOptions {
  readonly protocol?: 3 | 4;
  readonly supportsBinary?: boolean;
  readonly maxPackets?: number;
  readonly compress?: PayloadCompressor;
}

class Rig implements ServerTransportHandler {
  readonly clock = new FakeClock();
  readonly transport: PollingTransport;
  readonly messages: EngineMessage[] = [];
  readonly packets: EngineControlPacket[] = [];
  readonly closings: [TransportCloseReason, Error | undefined][] = [];
  queue: QueuedPacket[] = [];
  #deferred: (() => void)[] = [];

  constructor({ protocol = 4, supportsBinary = true, maxPackets = 256, compress }: RigOptions = {}) {
    const defer = (callback: () => void): void => void this.#deferred.push(callback);
    this.transport = new PollingTransport(codecOf(protocol), supportsBinary, {
      clock: this.clock,
      scheduler: new FlushScheduler("immediate", fail, { tick: defer, immediate: defer }),
      meters: new WorkMeters(new LoopTurns(this.clock, fail, defer), { maxPackets, maxMs: 5 }),
      maxBodyBytes: 1_000,
      pollCloseTimeoutMs: 30_000,
      compress,
    });
    this.transport.bind(this);
  }

  onMessage(data: EngineMessage): void {
    this.messages.push(data);
  }

  onPacket(packet: EngineControlPacket): void {
    this.packets.push(packet);
    if (packet.type === "close") this.transport.abort();
  }

  onWritable(): void {
    if (this.queue.length > 0) this.transport.sendQueued(this.queue.splice(0));
  }

  onClose(reason: TransportCloseReason, cause?: Error): void {
    this.closings.push([reason, cause]);
  }

  turn(): void {
    for (const callback of this.#deferred.splice(0)) callback();
  }

  get(): FakeExchange {
    const exchange = new FakeExchange("GET");
    this.transport.onRequest(exchange);
    return exchange;
  }

  post(headers = {}): FakeExchange {
    const exchange = FakeExchange.post(headers);
    this.transport.onRequest(exchange);
    return exchange;
  }

  /** As a session does. */
  send(data: EngineMessage): void {
    this.queue.push({ packet: { type: "message", data }, compress: true });
    this.transport.requestWritable();
  }
}

function fail(error: unknown): void {
  throw error;
}

function handlerOf(rig: Rig): ServerTransportHandler {
  return {
    onMessage: (data) => rig.onMessage(data),
    onPacket: (packet) => rig.onPacket(packet),
    onWritable: () => rig.onWritable(),
    onClose: (reason, cause) => rig.onClose(reason, cause),
  };
}

test("a poll takes what has waited at once", () => {
  const rig = new Rig();
  rig.send("a");
  rig.send(Uint8Array.of(1, 2, 3));
  expect(rig.get().answer).toBe("4a\x1ebAQID");
});

test("a burst leaves in one answer, at the end of the iteration", () => {
  const rig = new Rig();
  const poll = rig.get();
  for (const text of ["a", "b", "c"]) rig.send(text);
  expect(poll.answer).toBeUndefined();
  rig.turn();
  expect(poll.answer).toBe("4a\x1e4b\x1e4c");
  expect(rig.transport.writable).toBe(false);
});

test("the packets of a post are delivered in order, then it is answered", async () => {
  const rig = new Rig();
  const post = rig.post();
  await post.arrive("4a\x1ebAQID\x1e3\x1e4é");
  expect(rig.messages.map((message) => (typeof message === "string" ? message : [...message]))).toEqual([
    "a",
    [1, 2, 3],
    "é",
  ]);
  expect(rig.packets).toEqual([{ type: "pong" }]);
  expect(post.answer).toBe("ok");
});

test("a post with much work is continued in the next turns, and answered at the end", async () => {
  const rig = new Rig({ maxPackets: 10 });
  const post = rig.post();
  await post.arrive(Array.from({ length: 25 }, (_, index) => `4${index}`).join("\x1e"));
  expect(rig.messages).toHaveLength(10);
  rig.turn();
  expect(rig.messages).toHaveLength(20);
  expect(post.answer).toBeUndefined();
  rig.turn();
  expect(rig.messages).toEqual(Array.from({ length: 25 }, (_, index) => `${index}`));
  expect(post.answer).toBe("ok");
});

test("while reading is paused, packets wait", async () => {
  const rig = new Rig();
  rig.transport.pauseReading();
  const post = rig.post();
  await post.arrive("4a");
  rig.turn();
  expect(rig.messages).toEqual([]);
  rig.transport.resumeReading();
  expect(rig.messages).toEqual(["a"]);
  expect(post.answer).toBe("ok");
});

test.each([
  ["nonsense", "4a\x1exyz"],
  ["an empty body", ""],
  ["invalid UTF-8", Uint8Array.of(0x34, 0xff)],
])("%s is refused and ends the transport", async (_what, body) => {
  const rig = new Rig();
  const poll = rig.get();
  const post = rig.post();
  await post.arrive(body);
  expect(post.answer).toBe(400);
  expect(poll.answer).toBe(400);
  expect(rig.closings.map(([reason]) => reason)).toEqual(["parse error"]);
  expect(rig.messages).toEqual([]);
});

test("a body above the limit gets 413", async () => {
  const rig = new Rig();
  const post = rig.post();
  await post.arrive("4".repeat(1_001));
  expect(post.answer).toBe(413);
  expect(rig.closings.map(([reason]) => reason)).toEqual(["transport error"]);
});

test.each([
  [{ "content-encoding": "gzip" }, 415],
  [{ "content-type": "application/octet-stream" }, 400],
])("a post with %j is refused unread", (headers, status) => {
  const rig = new Rig();
  expect(rig.post(headers).answer).toBe(status);
  expect(rig.closings.map(([reason]) => reason)).toEqual(["transport error"]);
});

test("other methods are refused and do no harm", () => {
  const rig = new Rig();
  const exchange = new FakeExchange("PUT");
  rig.transport.onRequest(exchange);
  expect(exchange.answer).toBe(405);
  expect(rig.closings).toEqual([]);
});

test("a second poll is refused; both get an answer and the transport ends", () => {
  const rig = new Rig();
  const [first, second] = [rig.get(), rig.get()];
  expect([first.answer, second.answer]).toEqual(["1", 400]);
  expect(rig.closings.map(([, cause]) => hasCode(cause, "POLL_OVERLAP"))).toEqual([true]);
});

test("a second post is refused; both get an answer and the transport ends", async () => {
  const rig = new Rig();
  const [first, second] = [rig.post(), rig.post()];
  expect([first.answer, second.answer]).toEqual([400, 400]);
  await first.arrive("4late");
  expect(rig.messages).toEqual([]);
  expect(rig.closings.map(([, cause]) => hasCode(cause, "POST_OVERLAP"))).toEqual([true]);
});

test("a poll that the client ends closes the transport: what it might have taken is not lost in silence", () => {
  const rig = new Rig();
  rig.get().abort();
  expect(rig.closings.map(([reason, cause]) => [reason, hasCode(cause, "POLL_ABORTED")])).toEqual([
    ["transport error", true],
  ]);
});

test("a post that the client ends closes the transport", async () => {
  const rig = new Rig();
  rig.post().abort();
  await settled();
  expect(rig.closings.map(([reason]) => reason)).toEqual(["transport error"]);
});

test("a close packet ends the transport and its post is in order", async () => {
  const rig = new Rig();
  const poll = rig.get();
  const post = rig.post();
  await post.arrive("4last\x1e1\x1e4after");
  expect(rig.messages).toEqual(["last"]);
  expect(post.answer).toBe("ok");
  expect(poll.answer).toBe("1");
  expect(rig.closings).toHaveLength(1);
});

test.each([4, 3] as const)(
  "in revision %i, the close packet has an answer of its own, after what is queued",
  (protocol) => {
    const [last, close] = protocol === 4 ? ["4last", "1"] : ["5:4last", "1:1"];
    for (const waits of [true, false]) {
      const rig = new Rig({ protocol });
      const early = waits ? rig.get() : undefined;
      rig.send("last");
      rig.transport.close();
      const poll = early ?? rig.get();
      expect(poll.answer).toBe(last);
      expect(rig.closings).toEqual([]);
      expect(rig.get().answer).toBe(close);
      expect(rig.closings.map(([reason]) => reason)).toEqual(["transport close"]);
      expect(rig.clock.pendingCount).toBe(0);
    }
  },
);

test("close with nothing queued ends with the poll that waits", () => {
  const rig = new Rig();
  const poll = rig.get();
  rig.transport.close();
  expect(poll.answer).toBe("1");
  expect(rig.closings).toHaveLength(1);
});

test("close does not wait for the poll of a client that has said goodbye", async () => {
  const rig = new Rig();
  rig.transport.bind({ ...handlerOf(rig), onPacket: () => rig.transport.close() });
  await rig.post().arrive("1");
  expect(rig.closings.map(([reason]) => reason)).toEqual(["transport close"]);
  expect(rig.clock.pendingCount).toBe(0);
});

test("while an answer is unread it counts as buffered, and the next poll waits", () => {
  const rig = new Rig();
  rig.send("a");
  const first = new FakeExchange("GET");
  first.unsentBytes = 1_000;
  rig.transport.onRequest(first);
  rig.send("b");
  const second = rig.get();
  expect([second.answer, rig.transport.writable, rig.transport.bufferedBytes]).toEqual([undefined, false, 1_000]);
  first.read();
  expect([second.answer, rig.transport.bufferedBytes]).toEqual(["4b", 0]);
});

test("a client that reads nothing of an answer, or leaves while it does, ends the transport", () => {
  for (const code of ["SLOW_CONSUMER", "ANSWER_ABORTED"]) {
    const rig = new Rig();
    rig.send("a");
    const poll = new FakeExchange("GET");
    poll.unsentBytes = 1_000;
    rig.transport.onRequest(poll);
    poll.read(codedError(code, "left"));
    expect(rig.closings.map(([reason, cause]) => [reason, hasCode(cause, code)])).toEqual([["transport error", true]]);
  }
});

test.each(["GET", "POST"])("a %s whose client has gone while it was admitted ends the transport", (method) => {
  const rig = new Rig();
  const exchange = new FakeExchange(method);
  exchange.abort();
  rig.transport.onRequest(exchange);
  rig.send("lost");
  expect(rig.closings.map(([reason]) => reason)).toEqual(["transport error"]);
  expect(rig.queue).toHaveLength(1);
});

test("close does not wait for ever", () => {
  const rig = new Rig();
  rig.transport.close();
  rig.clock.advance(29_999);
  expect(rig.closings).toEqual([]);
  rig.clock.advance(1);
  expect(rig.closings).toHaveLength(1);
  expect(rig.get().answer).toBe(400);
  expect(rig.post().answer).toBe(400);
});

test("release answers a poll with nothing", () => {
  const rig = new Rig();
  rig.transport.release();
  const poll = rig.get();
  rig.transport.release();
  expect(poll.answer).toBe("6");
});

test("whenIdle waits for the post under way", async () => {
  const rig = new Rig();
  let idle = 0;
  rig.transport.whenIdle(() => idle++);
  expect(idle).toBe(1);
  const post = rig.post();
  rig.transport.whenIdle(() => {
    idle++;
    expect(rig.messages).toEqual(["a"]);
  });
  expect(idle).toBe(1);
  await post.arrive("4a");
  expect(idle).toBe(2);
});

test("an answer is compressed if the client can read that, and other polls are held off meanwhile", async () => {
  const asked: (string | undefined)[] = [];
  let finish: (result: { encoding: string; body: Uint8Array }) => void = () => {};
  const rig = new Rig({
    compress: (_body, acceptEncoding) => {
      asked.push(acceptEncoding);
      return new Promise((resolve) => (finish = resolve));
    },
  });
  rig.send("a");
  const poll = new FakeExchange("GET", { "accept-encoding": "gzip" });
  rig.transport.onRequest(poll);
  expect(asked).toEqual(["gzip"]);
  expect(rig.transport.writable).toBe(false);
  rig.send("b");
  finish({ encoding: "gzip", body: Buffer.from("squeezed") });
  await settled();
  expect(poll.answers).toEqual([
    {
      status: 200,
      headers: {
        "Content-Type": "text/plain; charset=UTF-8",
        "cache-control": "no-store",
        "Content-Encoding": "gzip",
      },
      body: "squeezed",
    },
  ]);
  expect(rig.queue).toHaveLength(1);
});

test("an answer that cannot be compressed is sent as it is", async () => {
  const rig = new Rig({ compress: () => Promise.reject(new Error("broken")) });
  rig.send("a");
  const poll = rig.get();
  await settled();
  expect(poll.answer).toBe("4a");
});

test("revision 3 speaks its own payloads, in binary if the client can read that", async () => {
  const rig = new Rig({ protocol: 3 });
  rig.send("hé");
  expect(rig.get().answer).toBe("3:4hé");
  rig.send(Uint8Array.of(1));
  expect(rig.get().answers[0]?.headers["Content-Type"]).toBe("application/octet-stream");
  const post = rig.post({ "content-type": "application/octet-stream" });
  await post.arrive(Uint8Array.of(1, 4, 255, 4, 1, 2, 3));
  expect(rig.messages.map((message) => [...Buffer.from(message)])).toEqual([[1, 2, 3]]);
  expect(post.answer).toBe("ok");
  const text = new Rig({ protocol: 3, supportsBinary: false });
  text.send("a");
  expect(text.get().answer).toBe("2:4a");
});
