import { transportCases, type TransportPair } from "@halyard/conformance";
import type { EngineControlPacket, EngineMessage, TransportCloseReason } from "@halyard/contracts";
import { DeadlineQueue, systemClock } from "@halyard/core";
import { FakeClock } from "@halyard/core/testing";
import { codec, FrameDecoder } from "@halyard/engine.io-parser";
import { describe, expect, test } from "vitest";
import { LoopTurns, WorkMeters } from "../loop-turns.ts";
import { FlushScheduler } from "./flush-scheduler.ts";
import { PreparedFrames } from "./prepared-frames.ts";
import { FakeClient, FakeSession, frameOf, settled, type StreamEnd } from "./webtransport-session.fixture.ts";
import { WebTransportTransport, type WebTransportConnection, type WebTransportContext } from "./webtransport.ts";

const MAX_PAYLOAD_BYTES = 1_000_000;

interface Defer {
  (callback: () => void): void;
}

function createContext(clock: FakeClock, defer?: Defer, lingering = new Set<unknown>()): WebTransportContext {
  const turns = new LoopTurns(clock, () => {}, defer);
  return {
    codec,
    meters: new WorkMeters(turns, { maxPackets: 8, maxMs: 5 }),
    scheduler: new FlushScheduler("immediate", () => {}),
    stalls: new DeadlineQueue(clock, 30_000),
    afterInput: turns.afterInput,
    maxQueuedBytes: 100_000,
    goodbyes: new DeadlineQueue(clock, 2_000),
    onLingering: (transport) => void lingering.add(transport),
    onGone: (transport) => void lingering.delete(transport),
  };
}

function connectionOf(session: FakeSession, stream: StreamEnd): WebTransportConnection {
  return {
    source: stream.readable.getReader(),
    sink: stream.writable.getWriter(),
    decoder: new FrameDecoder(MAX_PAYLOAD_BYTES),
    closed: session.closed,
    close: (info) => session.close(info),
  };
}

async function incoming(session: FakeSession): Promise<StreamEnd> {
  const reader = session.incomingBidirectionalStreams.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  if (value === undefined) throw new Error("no stream");
  return value;
}

describe("the transport contract", () => {
  const sessions = new WeakMap<object, FakeSession>();

  /** Both ends are ours: the wire format is the same in both directions. */
  async function connect(): Promise<TransportPair> {
    const session = new FakeSession();
    const ends = [session.openStream(), await incoming(session)];
    // nobody answers the ping with which an end closes: that takes a session
    const goodbyes = new DeadlineQueue(systemClock, 5);
    const context = { ...createContext(new FakeClock()), goodbyes, maxQueuedBytes: 1_000_000 };
    const [near, far] = ends.map((end) => new WebTransportTransport(connectionOf(session, end), context));
    if (near === undefined || far === undefined) throw new Error("no pair");
    setImmediate(() => [near, far].forEach((end) => end.start())); // when the kit has bound its handlers
    sessions.set(far, session);
    return { near, far };
  }

  for (const { name, run } of transportCases({ connect })) test(name, run);
});

/** A server's transport and its client; turns of the event loop end when the test says so. */
class Rig {
  readonly clock = new FakeClock();
  readonly told: unknown[] = [];
  readonly session: FakeSession;
  readonly client: FakeClient;
  readonly transport: WebTransportTransport;
  onMessage: (message: EngineMessage) => void = () => {};
  readonly lingering = new Set<unknown>();
  #deferred: (() => void)[] = [];

  constructor(session: FakeSession, client: FakeClient, stream: StreamEnd) {
    this.session = session;
    this.client = client;
    const context = createContext(this.clock, (callback) => void this.#deferred.push(callback), this.lingering);
    this.transport = new WebTransportTransport(connectionOf(session, stream), context);
    this.transport.bind({
      onMessage: (message) => {
        this.told.push(message);
        this.onMessage(message);
      },
      onPacket: (packet: EngineControlPacket) => void this.told.push(packet),
      onWritable: () => void this.told.push("writable"),
      onFlushed: (afterWait) => void (afterWait && this.told.push("drained")),
      onClose: (reason: TransportCloseReason, cause?: Error) => void this.told.push({ reason, cause }),
    });
    this.transport.start();
  }

  async turn(): Promise<void> {
    for (const callback of this.#deferred.splice(0)) callback();
    await settled();
  }
}

async function start(): Promise<Rig> {
  const session = new FakeSession();
  const client = new FakeClient(session);
  return new Rig(session, client, await incoming(session));
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `4${index}`);

describe("reading", () => {
  test("delivers messages and packets, binary data as buffers", async () => {
    const { client, told } = await start();
    client.send("4a", Buffer.from([1, 2]), "2probe", "b", "bAQID");
    await settled();
    expect(told).toEqual([
      "a",
      Buffer.from([1, 2]),
      { type: "ping", data: "probe" },
      Buffer.alloc(0),
      Buffer.from([1, 2, 3]),
    ]);
    expect(Buffer.isBuffer(told[1])).toBe(true);
  });

  test("a client has its share of a turn, and the rest of its packets in the next ones, in order", async () => {
    const rig = await start();
    rig.client.send(...numbered(20));
    await settled();
    const shares = [rig.told.length];
    while (rig.told.length < 20) {
      await rig.turn();
      shares.push(rig.told.length);
    }
    expect(rig.told).toEqual(Array.from({ length: 20 }, (_, index) => `${index}`));
    expect(shares.length).toBeGreaterThan(2);
    expect(Math.max(...shares.map((count, index) => count - (shares[index - 1] ?? 0)))).toBeLessThanOrEqual(8);
  });

  test("reads no further while it is held, and goes on where it was", async () => {
    const rig = await start();
    rig.onMessage = () => rig.transport.pauseReading();
    rig.client.send("4a", "4b");
    rig.client.send("4c");
    await settled();
    await rig.turn();
    expect(rig.told).toEqual(["a"]);
    rig.onMessage = () => {};
    rig.transport.resumeReading();
    await settled();
    await rig.turn();
    expect(rig.told).toEqual(["a", "b", "c"]);
  });

  test("a handler that pauses and resumes at once gets the packets in order", async () => {
    const rig = await start();
    rig.onMessage = (message) => {
      rig.transport.pauseReading();
      rig.transport.resumeReading();
      rig.told.push(`done with ${String(message)}`);
    };
    rig.client.send("4a", "4b");
    await settled();
    expect(rig.told).toEqual(["a", "done with a", "b", "done with b"]);
  });

  test.each([
    ["an unknown packet type", "9"],
    ["an empty packet", ""],
    ["a byte order mark", "\ufeff4a"],
    ["bad base64", "b*"],
  ])("%s ends the session: parse error", async (_, packet) => {
    const rig = await start();
    rig.client.send("4a", packet, "4b");
    await settled();
    expect(rig.told).toEqual([
      "a",
      { reason: "parse error", cause: expect.objectContaining({ code: "ENGINE_PARSE" }) },
    ]);
    expect(rig.session.closings).toEqual([{ closeCode: 1002, reason: "parse error" }]);
  });

  test("text that is not UTF-8 ends the session: parse error", async () => {
    const rig = await start();
    rig.client.sendRaw(Uint8Array.of(2, 0x34, 0xff));
    await settled();
    expect(rig.told).toEqual([expect.objectContaining({ reason: "parse error" })]);
  });

  test("a length above the limit ends the session as soon as it is announced", async () => {
    const rig = await start();
    rig.client.send(Buffer.alloc(MAX_PAYLOAD_BYTES));
    await settled();
    rig.client.sendRaw(frameOf(Buffer.alloc(MAX_PAYLOAD_BYTES + 1)).subarray(0, 9));
    await settled();
    expect(rig.told).toEqual([expect.any(Buffer), expect.objectContaining({ reason: "parse error" })]);
    expect(rig.client.isEnded || rig.session.closings.length === 1).toBe(true);
  });

  test("what a handler throws ends its own session only, and is its cause", async () => {
    const rig = await start();
    const error = new Error("thrown by the test");
    rig.onMessage = () => {
      throw error;
    };
    rig.client.send("4a");
    await settled();
    expect(rig.told).toEqual(["a", { reason: "transport close", cause: error }]);
  });
});

describe("writing", () => {
  test("what is sent in one iteration arrives in one chunk", async () => {
    const { client, transport } = await start();
    transport.send([{ type: "open", data: "{}" }]);
    transport.sendMessage("é");
    transport.sendMessage(Buffer.from([1, 2]));
    transport.sendPrepared(new PreparedFrames(["shared", Buffer.from([3])]));
    transport.sendPrepared({ messages: ["foreign"] });
    transport.sendQueued([{ packet: { type: "ping" }, compress: true }]);
    expect(await client.receive(7)).toEqual([
      "0{}",
      "4é",
      Uint8Array.of(1, 2),
      "4shared",
      Uint8Array.of(3),
      "4foreign",
      "2",
    ]);
    expect(client.chunks).toHaveLength(1);
  });

  test("counts what the client has not taken, and tells when it has", async () => {
    const { client, transport, told } = await start();
    transport.sendMessage("x".repeat(80_000));
    await settled();
    expect(transport.bufferedBytes).toBeGreaterThan(0);
    client.read();
    await settled();
    expect([transport.bufferedBytes, told]).toEqual([0, ["drained", "writable"]]);
  });

  test("a client that reads nothing is given up at the limit, in a later tick", async () => {
    const { session, transport, told } = await start();
    for (let sent = 0; sent < 10; sent++) transport.sendMessage("x".repeat(30_000));
    expect([told, transport.writable]).toEqual([[], false]);
    await settled();
    expect(told).toEqual([{ reason: "transport error", cause: expect.objectContaining({ code: "SLOW_CONSUMER" }) }]);
    expect(session.closings[0]).toEqual({ closeCode: 1008, reason: "slow consumer" });
  });

  test("a client that reads nothing for too long is given up", async () => {
    const rig = await start();
    rig.transport.sendMessage("x".repeat(80_000));
    await settled();
    rig.clock.advance(30_000);
    await rig.turn();
    expect(rig.told).toEqual([
      { reason: "transport error", cause: expect.objectContaining({ code: "SLOW_CONSUMER" }) },
    ]);
  });
});

describe("the end", () => {
  test.each(["close", "shutDown"] as const)(
    "%s lets what was sent before arrive, then ends the session",
    async (how) => {
      const rig = await start();
      const { client, session, transport, told } = rig;
      for (let sent = 0; sent < 3; sent++) transport.sendMessage("x".repeat(30_000));
      transport[how]();
      transport.sendMessage("too late");
      await settled();
      expect([told, session.closings, transport.writable]).toEqual([[], [], false]);
      expect((await client.receive(4))[3]).toBe("2");
      await settled();
      expect([told, session.closings, rig.lingering.size]).toEqual([[], [], 1]);
      client.send("3");
      await settled();
      expect([client.received.length, told]).toEqual([4, [{ reason: "transport close", cause: undefined }]]);
      const info = how === "close" ? undefined : { closeCode: 1001, reason: "server shutting down" };
      expect([session.closings, rig.lingering.size, rig.clock.pendingCount]).toEqual([[info], 0, 0]);
    },
  );

  test("the answer to an earlier ping does not count for the last one", async () => {
    const { client, session, transport, told } = await start();
    transport.send([{ type: "ping" }]);
    transport.sendMessage("last");
    transport.close();
    client.send("3");
    await settled();
    expect([told, session.closings]).toEqual([[{ type: "pong" }], []]);
    client.send("3");
    await settled();
    expect(session.closings).toHaveLength(1);
  });

  test("a client that is owed no message is not asked", async () => {
    const { client, session, transport, told } = await start();
    client.read();
    transport.send([{ type: "pong", data: "probe" }]);
    transport.close();
    await settled();
    expect([told.length, session.closings.length, client.received]).toEqual([1, 1, ["3probe"]]);
  });

  test("close does not wait long for a client that does not answer, once it has everything", async () => {
    const rig = await start();
    rig.transport.sendMessage("x".repeat(80_000));
    rig.transport.close();
    await settled();
    rig.clock.advance(10_000);
    expect(rig.told).toEqual([]);
    await rig.client.receive(2);
    await settled();
    rig.clock.advance(1_999);
    expect(rig.told).toEqual([]);
    rig.clock.advance(1);
    expect(rig.told).toEqual([{ reason: "transport close", cause: undefined }]);
  });

  test("a transport that lingers can be ended", async () => {
    const rig = await start();
    rig.transport.sendMessage("last");
    rig.transport.close();
    rig.transport.terminate();
    await settled();
    expect([rig.told.length, rig.lingering.size, rig.clock.pendingCount]).toEqual([1, 0, 0]);
  });

  test("abort drops what is queued and closes the session at once", async () => {
    const { session, transport, told } = await start();
    transport.sendMessage("x".repeat(80_000));
    transport.abort();
    expect(told).toEqual([{ reason: "transport close", cause: undefined }]);
    expect([session.closings, transport.bufferedBytes]).toEqual([[undefined], 0]);
  });

  test.each([
    ["the client ends its stream", (rig: Rig) => rig.client.finish()],
    ["the client closes the session", (rig: Rig) => rig.session.end()],
    ["the connection fails", (rig: Rig) => rig.session.fail(new Error("lost"))],
  ])("%s: transport close, once, and nothing is left", async (_, end) => {
    const rig = await start();
    rig.transport.sendMessage("x".repeat(80_000));
    end(rig);
    await settled();
    expect(rig.told).toEqual([expect.objectContaining({ reason: "transport close" })]);
    await rig.turn();
    expect([rig.told.length, rig.clock.pendingCount]).toEqual([1, 0]);
  });

  test("packets that have been read are delivered though the session is over", async () => {
    const rig = await start();
    rig.client.send(...numbered(20));
    await settled();
    rig.session.end();
    await settled();
    expect(rig.told.length).toBeLessThan(20);
    for (let turn = 0; turn < 5; turn++) await rig.turn();
    expect(rig.told.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, index) => `${index}`));
    expect(rig.told.slice(20)).toEqual([expect.objectContaining({ reason: "transport close" })]);
  });

  test("a session that ends while it is held ends when it is not, even if its streams do not", async () => {
    const rig = await start();
    rig.session.endsStreams = false;
    rig.onMessage = () => rig.transport.pauseReading();
    rig.client.send("4a");
    await settled();
    rig.session.end();
    await settled();
    expect(rig.told).toEqual(["a"]);
    rig.transport.resumeReading();
    await settled();
    expect(rig.told).toEqual(["a", expect.objectContaining({ reason: "transport close" })]);
  });

  test("a session that ends while it is held waits until it may deliver what it has", async () => {
    const rig = await start();
    rig.onMessage = () => rig.transport.pauseReading();
    rig.client.send("4a", "4b");
    await settled();
    rig.session.end();
    await settled();
    expect(rig.told).toEqual(["a"]);
    rig.onMessage = () => {};
    rig.transport.resumeReading();
    await settled();
    expect(rig.told).toEqual(["a", "b", expect.objectContaining({ reason: "transport close" })]);
  });
});
