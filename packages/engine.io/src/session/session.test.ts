import { IncomingMessage } from "node:http";
import { Socket as NetSocket } from "node:net";
import type { EngineMessage, EnginePacket } from "@halyard/contracts";
import { DeadlineQueue } from "@halyard/core";
import { FakeClock } from "@halyard/core/testing";
import { expect, test } from "vitest";
import { codecOf } from "../codecs.ts";
import { LoopTurns, WorkMeters } from "../loop-turns.ts";
import { FakeExchange, settled } from "../transports/fake-exchange.fixture.ts";
import { FlushScheduler } from "../transports/flush-scheduler.ts";
import { PollingTransport } from "../transports/polling.ts";
import { PreparedFrames } from "../transports/prepared-frames.ts";
import type { ServerTransport } from "../transports/server-transport.ts";
import { FakeStream } from "./fake-transport.fixture.ts";
import { KeptRequest } from "./handshake-record.ts";
import { HeaderStore } from "./header-store.ts";
import { Server } from "../server.ts";
import { Session } from "./session.ts";
import type { SessionContext } from "./session-context.ts";

class Rig {
  readonly clock = new FakeClock();
  readonly reported: unknown[] = [];
  readonly closed: string[] = [];
  readonly drained: string[] = [];
  readonly received: EngineMessage[] = [];
  readonly closings: [string, unknown][] = [];
  isObserved = false;
  #deferred: (() => void)[] = [];
  readonly #defer = (callback: () => void): void => void this.#deferred.push(callback);
  readonly #turns = new LoopTurns(this.clock, (error) => this.reported.push(error), this.#defer);

  turn(): void {
    for (const callback of this.#deferred.splice(0)) callback();
  }

  polling(protocol: 3 | 4 = 4): PollingTransport {
    return new PollingTransport(codecOf(protocol), true, {
      clock: this.clock,
      scheduler: new FlushScheduler("immediate", (error) => this.reported.push(error), {
        tick: this.#defer,
        immediate: this.#defer,
      }),
      meters: new WorkMeters(this.#turns, { maxPackets: 256, maxMs: 5 }),
      maxBodyBytes: 100_000,
      pollCloseTimeoutMs: 30_000,
      compress: undefined,
    });
  }

  session(transport: ServerTransport, protocol: 3 | 4 = 4): Session {
    const { clock } = this;
    const request = Object.assign(new IncomingMessage(new NetSocket()), { _query: {} });
    const record = new KeptRequest(request, 0, false);
    const session = new Session(
      { id: "S", protocol, remoteAddress: "127.0.0.1", record },
      transport,
      this.#context(clock),
    );
    session.bind({
      onMessage: (message) => void this.received.push(message),
      onDrain: () => void this.drained.push("drain"),
      onClose: (reason, cause) => void this.closings.push([reason, cause]),
    });
    session.open("{}", undefined);
    return session;
  }

  #context(clock: FakeClock): SessionContext<Session> {
    return {
      heartbeat: {
        clock,
        pings: new DeadlineQueue(clock, 25_000),
        pongs: new DeadlineQueue(clock, 20_000),
        silences: new DeadlineQueue(clock, 45_000),
        afterInput: this.#turns.afterInput,
      },
      upgrade: { clock, deadlines: new DeadlineQueue(clock, 10_000) },
      stalls: new DeadlineQueue(clock, 30_000),
      maxWritableBytes: 1_000,
      maxQueuedBytes: 10_000,
      closeTimeoutMs: 5_000,
      pollCloseTimeoutMs: 30_000,
      headerStore: new HeaderStore(),
      server: new Server(),
      isObserved: this.isObserved,
      onClosed: ({ id }) => void this.closed.push(id),
      onFlush: () => {},
      onDrain: () => {},
      report: (error) => void this.reported.push(error),
    };
  }
}

const packetsOf = (texts: readonly string[]): EnginePacket[] => texts.map((data) => ({ type: "message", data }));

function get(transport: PollingTransport): FakeExchange {
  const exchange = new FakeExchange("GET");
  transport.onRequest(exchange);
  return exchange;
}

/** A session that has opened over a stream. */
function overStream(protocol: 3 | 4 = 4) {
  const rig = new Rig();
  const transport = new FakeStream();
  return { rig, transport, session: rig.session(transport, protocol) };
}

/** A session whose client has polled once, for the handshake. */
function overPolling() {
  const rig = new Rig();
  const transport = rig.polling();
  const session = rig.session(transport);
  get(transport);
  return { rig, transport, session };
}

test("a stream gets the handshake and then messages, at once", () => {
  const { transport, session } = overStream();
  session.transmit("a", true);
  session.transmitPrepared(new PreparedFrames(["b", "c"]), true);
  expect(transport.sent).toEqual([{ type: "open", data: "{}" }, ...packetsOf(["a", "b", "c"])]);
  expect(session.writable).toBe(true);
  transport.bufferedBytes = 1_001;
  expect(session.writable).toBe(false);
});

test("messages reach the handler and, if there are any, the listeners", () => {
  const { rig, transport, session } = overStream();
  transport.handler?.onMessage("a");
  const events: unknown[] = [];
  session.on("packet", (packet) => events.push(packet));
  session.on("message", (message) => events.push(message));
  session.on("data", (data) => events.push(data));
  transport.handler?.onMessage("b");
  expect(rig.received).toEqual(["a", "b"]);
  expect(events).toEqual([{ type: "message", data: "b" }, "b", "b"]);
});

test("listeners hear of what is sent, and callbacks when it is sent", () => {
  const { rig, transport, session } = overStream();
  const events: unknown[] = [];
  session.on("packetCreate", (packet) => events.push(["packetCreate", packet]));
  session.on("flush", (packets) => events.push(["flush", packets]));
  session.on("drain", () => events.push("drain"));
  session.send("a", { compress: false }, () => events.push("sent"));
  const [packet] = packetsOf(["a"]);
  expect(events).toEqual([
    ["packetCreate", { ...packet, options: { compress: false } }],
    ["flush", [packet]],
  ]);
  transport.handler?.onFlushed?.(false);
  expect(events.slice(2)).toEqual(["sent", "drain"]);
  expect(rig.drained).toEqual([]);
  transport.handler?.onFlushed?.(true);
  expect(rig.drained).toEqual(["drain"]);
});

test("a handler or listener that throws is reported and breaks nothing", () => {
  const { rig, transport, session } = overStream();
  const error = new Error("broken");
  const broken = (): void => {
    throw error;
  };
  session.bind({ onMessage: broken, onClose: broken });
  for (const event of ["packet", "message", "data", "close", "upgrade", "flush", "packetCreate", "drain"]) {
    session.on(event, broken);
  }
  transport.handler?.onMessage("a");
  session.send("b", broken);
  transport.handler?.onFlushed?.(false);
  transport.handler?.onPacket({ type: "pong" });
  session.close();
  expect(session.readyState).toBe("closed");
  expect(new Set(rig.reported)).toEqual(new Set([error]));
  expect(rig.closed).toEqual(["S"]);
});

test("packets wait for a poll, in order, with their bytes counted", () => {
  const rig = new Rig();
  const transport = rig.polling();
  const session = rig.session(transport);
  session.transmit("é", true);
  session.transmitPrepared(new PreparedFrames(["b", Uint8Array.of(1)]), true);
  expect(session.bufferedBytes).toBe(3 + 3 + 2 + 2);
  expect(session.writable).toBe(false);
  expect(get(transport).answer).toBe("0{}\x1e4é\x1e4b\x1ebAQ==");
  expect(session.bufferedBytes).toBe(0);
  const poll = get(transport);
  expect(session.writable).toBe(true);
  session.transmit("c", true);
  rig.turn();
  expect(poll.answer).toBe("4c");
});

test("a client that does not poll may have only so much queued", async () => {
  const { rig, session } = overPolling();
  session.transmit("x".repeat(50_000), true); // one message may be of any size
  session.transmit("y", true);
  expect(session.readyState).toBe("closing");
  expect(rig.closings).toEqual([]); // the sender may be in the middle of a broadcast
  await settled();
  expect(rig.closings).toEqual([["slow consumer", expect.objectContaining({ code: "SLOW_CONSUMER" })]]);
  expect(rig.clock.pendingCount).toBe(0);
});

test("small packets count for the memory they take", () => {
  const { session } = overPolling();
  const prepared = new PreparedFrames(["a"]);
  let count = 0;
  while (session.readyState === "open" && count < 1_000) {
    session.transmitPrepared(prepared, true);
    count++;
  }
  expect(count).toBeGreaterThan(10_000 / 200);
  expect(count).toBeLessThan(10_000 / 100);
});

test("pings of a revision 3 client that does not poll queue one pong", async () => {
  const rig = new Rig();
  const transport = rig.polling(3);
  const session = rig.session(transport, 3);
  const post = FakeExchange.post();
  transport.onRequest(post);
  await post.arrive("1:2".repeat(1_000));
  for (let turn = 0; turn < 10; turn++) rig.turn();
  expect(post.answer).toBe("ok");
  expect(session.writeBuffer).toEqual([{ type: "open", data: "{}" }, { type: "pong" }]);
});

test("a closing session waits less for a client that is owed nothing", () => {
  for (const [text, waitMs] of [
    [undefined, 5_000],
    ["last", 30_000],
  ] as const) {
    const { rig, session } = overPolling();
    if (text !== undefined) session.transmit(text, true);
    session.close();
    rig.clock.advance(waitMs - 1);
    expect(session.readyState).toBe("closing");
    rig.clock.advance(1);
    expect(rig.closings).toEqual([["forced close", undefined]]);
    expect(rig.clock.pendingCount).toBe(0);
  }
});

test("a long queue takes several polls, in order, and the close packet comes last", () => {
  const { rig, transport, session } = overPolling();
  const poll = get(transport); // while it waits, any number may be queued
  const texts = ["a", "b", "c", "d", "e"].map((text) => text.repeat(900_000));
  for (const text of texts) session.transmit(text, true);
  session.close();
  const answers = [poll, get(transport), get(transport), get(transport)].map(({ answer }) => answer);
  expect(answers.slice(0, 3).flatMap((answer) => String(answer).split("\x1e"))).toEqual(
    texts.map((text) => `4${text}`),
  );
  expect(answers[3]).toBe("1");
  expect(rig.closings).toEqual([["forced close", undefined]]);
  expect(rig.clock.pendingCount).toBe(0);
});

test("one message may be of any size, and waits no longer than others for the next poll", () => {
  const { rig, transport, session } = overPolling();
  const poll = get(transport);
  for (const text of ["x".repeat(3_000_000), "y"]) session.transmit(text, true);
  rig.turn();
  expect(poll.answer).toBe(`4${"x".repeat(3_000_000)}`);
  expect(session.bufferedBytes).toBe(2);
  rig.clock.advance(30_000);
  rig.turn();
  expect(rig.closings.map(([reason]) => reason)).toEqual(["slow consumer"]);
});

test("tells whether messages have room: nothing is refused for having been asked about", async () => {
  const { rig, session } = overPolling();
  const messages = ["x".repeat(2_000), Buffer.alloc(1_000)];
  let sent = 0;
  while (session.hasRoomFor(messages)) {
    for (const message of messages) session.transmit(message, true);
    sent++;
  }
  expect(sent).toBe(3); // of 10,000 bytes, with what the queue takes for each message
  for (let count = 0; count < 1_000 && session.hasRoomFor([""]); count++) session.transmit("", true);
  rig.turn();
  expect(rig.closings).toEqual([]);
  for (const text of ["x", "x"]) session.transmit(text, true);
  await settled();
  expect(rig.closings.map(([reason]) => reason)).toEqual(["slow consumer"]);
});

test("messages that belong together are queued together, however large they are", async () => {
  const { rig, session } = overPolling();
  const parts = Array.from({ length: 5 }, () => Buffer.alloc(5_000));
  session.transmitPrepared(new PreparedFrames(["three", ...parts]), true);
  await settled();
  expect([session.readyState, session.bufferedBytes > 25_000, rig.closings]).toEqual(["open", true, []]);
  session.transmitPrepared(new PreparedFrames(["one too many", ...parts]), true);
  expect([session.readyState, session.bufferedBytes]).toEqual(["closing", 0]);
  await settled();
  expect(rig.closings.map(([reason]) => reason)).toEqual(["slow consumer"]);
});

test("anything has room while nothing is queued", () => {
  const { transport, session } = overPolling();
  get(transport);
  expect(session.hasRoomFor(["x".repeat(20_000)])).toBe(true);
});

test("a client may leave something queued for only so long", () => {
  const { rig, session } = overPolling();
  session.transmit("a", true);
  rig.clock.advance(29_000);
  session.transmit("b", true); // does not start the wait anew
  rig.clock.advance(999);
  rig.turn();
  expect(rig.closings).toEqual([]);
  rig.clock.advance(1);
  expect(rig.closings).toEqual([]);
  rig.turn();
  expect(rig.closings.map(([reason]) => reason)).toEqual(["slow consumer"]);
});

test("a client that is slow to read an answer may leave something queued meanwhile", () => {
  const rig = new Rig();
  const transport = rig.polling();
  const session = rig.session(transport);
  const poll = new FakeExchange("GET");
  poll.unsentBytes = 1_000;
  transport.onRequest(poll);
  session.transmit("a", true);
  expect(session.bufferedBytes).toBeGreaterThan(1_000);
  rig.clock.advance(30_000);
  rig.turn();
  expect(rig.closings).toEqual([]);
  poll.read();
  expect(get(transport).answer).toBe("4a\x1e2");
});

test("close flushes a stream and ends with `forced close`", () => {
  const { rig, transport, session } = overStream();
  session.transmit("last", true);
  session.close();
  session.transmit("late", true);
  expect(transport.ends).toEqual(["close"]);
  expect(transport.sent.at(-1)).toEqual({ type: "message", data: "last" });
  expect(rig.closings).toEqual([["forced close", undefined]]);
  session.close();
  session.close(true);
  expect(rig.closings).toHaveLength(1);
});

test("close over polling waits for the poll that takes what is queued; discard does not", () => {
  for (const discard of [false, true]) {
    const { rig, transport, session } = overPolling();
    session.transmit("last", true);
    session.close(discard);
    expect(session.readyState).toBe(discard ? "closed" : "closing");
    if (!discard) expect([get(transport).answer, get(transport).answer]).toEqual(["4last", "1"]);
    expect(get(transport).answer).toBe(400);
    expect(rig.closings).toEqual([["forced close", undefined]]);
    expect(rig.clock.pendingCount).toBe(0);
  }
});

test("a session that is closed at once while it closes keeps its reason", () => {
  const rig = new Rig();
  const session = rig.session(rig.polling());
  session.transmit("last", true);
  session.shutDown("server shutting down");
  session.close(true);
  expect(rig.closings).toEqual([["server shutting down", undefined]]);
});

test("a shutdown does not wait for a client that is not polling and misses nothing", () => {
  const { rig, session } = overPolling();
  session.shutDown("server shutting down");
  expect(rig.closings).toEqual([["server shutting down", undefined]]);
});

test("a shutdown gives a client that is not polling what is queued for it", () => {
  const { rig, transport, session } = overPolling();
  session.transmit("last", true);
  session.shutDown("server shutting down");
  expect([get(transport).answer, get(transport).answer]).toEqual(["4last", "1"]);
  expect(rig.closings).toEqual([["server shutting down", undefined]]);
});

test.each([
  [4, { type: "ping" }, "transport error"],
  [3, { type: "pong" }, "transport error"],
  [4, { type: "open", data: "{}" }, "parse error"],
  [4, { type: "close" }, "transport close"],
] as const)("in revision %i, %j ends the session: %s", (protocol, packet, reason) => {
  const { rig, transport } = overStream(protocol);
  transport.handler?.onPacket(packet);
  expect(rig.closings.map(([closeReason]) => closeReason)).toEqual([reason]);
  expect(rig.clock.pendingCount).toBe(0);
});

test("packets that mean nothing from a client do no harm", () => {
  const { transport, session } = overStream();
  transport.handler?.onPacket({ type: "noop" });
  transport.handler?.onPacket({ type: "upgrade" });
  expect(session.readyState).toBe("open");
});

test("a revision 3 ping is answered", () => {
  const { transport } = overStream(3);
  transport.handler?.onPacket({ type: "ping" });
  expect(transport.sent.at(-1)).toEqual({ type: "pong" });
});

test("silence ends the session", () => {
  const { rig, transport } = overStream();
  rig.clock.advance(45_000);
  rig.turn();
  expect(rig.closings.map(([reason]) => reason)).toEqual(["ping timeout"]);
  expect(transport.ends).toEqual(["abort"]);
});

test("reject ends the session for a violation", () => {
  const { rig, transport, session } = overStream();
  const cause = new Error("bad");
  session.reject(cause);
  expect(rig.closings).toEqual([["parse error", cause]]);
  expect(transport.ends).toEqual(["close"]);
  session.reject(cause);
  expect(rig.closings).toHaveLength(1);
});

test("a post that is rejected gets 400", async () => {
  const rig = new Rig();
  const transport = rig.polling();
  const session = rig.session(transport);
  session.bind({ onMessage: () => session.reject(new Error("bad")), onClose: () => {} });
  const post = FakeExchange.post();
  transport.onRequest(post);
  await post.arrive("4bad");
  expect(post.answer).toBe(400);
});

test("reading is held back until everyone who asked for that lets go, across an upgrade", () => {
  const rig = new Rig();
  const session = rig.session(rig.polling());
  const [letGo, letGoToo] = [session.pauseReading(), session.pauseReading()];
  const next = new FakeStream();
  upgrade(session, next);
  expect(next.isPaused).toBe(true);
  letGo();
  letGo();
  expect(next.isPaused).toBe(true);
  letGoToo();
  expect(next.isPaused).toBe(false);
});

function upgrade(session: Session, next: FakeStream): void {
  session.beginUpgrade(next);
  next.handler?.onPacket({ type: "ping", data: "probe" });
  next.handler?.onPacket({ type: "upgrade" });
}

test("an upgrade loses nothing: what is queued goes over the new transport, in order", () => {
  const { rig, transport, session } = overPolling();
  session.transmit("a", true);
  const next = new FakeStream();
  session.beginUpgrade(next);
  expect(session.canUpgrade).toBe(false);
  session.transmit("b", true);
  next.handler?.onPacket({ type: "ping", data: "probe" });
  const poll = get(transport);
  expect(poll.answer).toBe("4a\x1e4b");
  session.transmit("c", true);
  const idle = get(transport);
  expect(idle.answer).toBe("4c");
  const released = get(transport);
  expect(released.answer).toBe("6");
  session.transmit("d", true);
  session.once("upgrade", () => session.transmit("e", true));
  next.handler?.onPacket({ type: "upgrade" });
  session.transmit("f", true);
  next.handler?.onMessage("hello");
  expect(next.sent.slice(1)).toEqual(packetsOf(["d", "e", "f"]));
  expect(rig.received).toEqual(["hello"]);
  expect([session.upgraded, session.upgrading, session.transport.name]).toEqual([true, false, "websocket"]);
  expect(rig.closings).toEqual([]);
});

test("a poll that waits at the switch gets nothing: what follows goes over the new transport", () => {
  const { rig, transport, session } = overPolling();
  const next = new FakeStream();
  session.beginUpgrade(next);
  next.handler?.onPacket({ type: "ping", data: "probe" });
  const poll = get(transport);
  expect(poll.answer).toBe("6");
  const late = get(transport);
  expect(late.answer).toBe("6");
  session.transmit("a", true);
  next.handler?.onPacket({ type: "upgrade" });
  rig.turn();
  expect(next.sent.at(-1)).toEqual({ type: "message", data: "a" });
  expect(get(transport).answer).toBe(400);
  expect(rig.closings).toEqual([]);
});

test("a failed upgrade leaves the session as it was, and another may follow", () => {
  const { transport, session } = overPolling();
  const first = new FakeStream();
  session.beginUpgrade(first);
  first.end("gone", "transport error");
  session.transmit("a", true);
  expect(get(transport).answer).toBe("4a");
  const second = new FakeStream();
  upgrade(session, second);
  expect(session.upgraded).toBe(true);
  const third = new FakeStream();
  session.beginUpgrade(third);
  expect(third.ends).toEqual(["close"]);
  expect(session.transport).toBe(second);
});

test.each(["before the probe", "after the probe", "at the switch"])(
  "close %s delivers what is queued and closes both transports",
  (when) => {
    const { rig, transport, session } = overPolling();
    const next = new FakeStream();
    session.beginUpgrade(next);
    if (when !== "before the probe") next.handler?.onPacket({ type: "ping", data: "probe" });
    session.transmit("last", true);
    session.close();
    expect(session.readyState).toBe("closing");
    if (when === "at the switch") {
      next.handler?.onPacket({ type: "upgrade" });
      expect(next.sent.at(-1)).toEqual({ type: "message", data: "last" });
    } else expect([get(transport).answer, get(transport).answer]).toEqual(["4last", "1"]);
    expect(next.ends).toEqual(["close"]);
    expect(get(transport).answer).toBe(400);
    expect(rig.closings).toEqual([["forced close", undefined]]);
    expect(rig.clock.pendingCount).toBe(0);
  },
);

test("a shutdown lets a client that has stopped polling finish its upgrade, and then closes the new transport", () => {
  const { rig, transport, session } = overPolling();
  const next = new FakeStream();
  session.beginUpgrade(next);
  next.handler?.onPacket({ type: "ping", data: "probe" });
  expect(get(transport).answer).toBe("6");
  session.shutDown("server shutting down");
  expect([rig.closings, next.ends]).toEqual([[], []]);
  next.handler?.onPacket({ type: "upgrade" });
  expect(next.ends).toEqual(["shutDown"]);
  expect(rig.closings).toEqual([["server shutting down", undefined]]);
  expect(rig.clock.pendingCount).toBe(0);
});

test("the end of polling during an upgrade ends both", () => {
  const { rig, transport, session } = overPolling();
  const next = new FakeStream();
  session.beginUpgrade(next);
  get(transport).abort();
  expect(rig.closings.map(([reason]) => reason)).toEqual(["transport error"]);
  expect(next.ends).toEqual(["close"]);
  expect(session.readyState).toBe("closed");
  expect(rig.clock.pendingCount).toBe(0);
});

test("the ping cycle goes on across an upgrade", () => {
  const { rig, session } = overPolling();
  rig.clock.advance(24_000);
  const next = new FakeStream();
  upgrade(session, next);
  rig.clock.advance(1_000);
  expect(next.sent.at(-1)).toEqual({ type: "ping" });
  next.handler?.onPacket({ type: "pong" });
  rig.clock.advance(25_000);
  expect(next.sent.filter(({ type }) => type === "ping")).toHaveLength(2);
});
