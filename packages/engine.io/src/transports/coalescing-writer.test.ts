import { DeadlineQueue, hasCode } from "@halyard/core";
import { FakeClock } from "@halyard/core/testing";
import { expect, test } from "vitest";
import { CoalescingWriter } from "./coalescing-writer.ts";
import { FakeConnection } from "./fake-connection.fixture.ts";
import { FlushScheduler } from "./flush-scheduler.ts";
import { readFrames, readPayloads } from "./frame-reader.fixture.ts";
import type { FrameWriterOwner } from "./frame-writer.ts";
import { PreparedFrames } from "./prepared-frames.ts";

const STALL_MS = 30_000;

class Rig implements FrameWriterOwner {
  readonly clock = new FakeClock();
  readonly connection = new FakeConnection();
  acceptsFrames = true;
  readonly flushed: boolean[] = [];
  readonly failures: Error[] = [];
  readonly writer: CoalescingWriter;
  #scheduled: (() => void)[] = [];

  constructor({ maxQueuedBytes = 4_194_304, answer = "" } = {}) {
    const stalls = new DeadlineQueue(this.clock, STALL_MS);
    const defer = (callback: () => void): void => void this.#scheduled.push(callback);
    const rethrow = (error: unknown): void => {
      throw error;
    };
    const scheduler = new FlushScheduler("immediate", rethrow, { tick: defer, immediate: defer });
    const afterInput = defer;
    const context = { scheduler, stalls, afterInput, maxQueuedBytes };
    this.writer = new CoalescingWriter(this.connection, 4, this, context, answer);
  }

  onFlushed(afterWait: boolean): void {
    this.flushed.push(afterWait);
  }

  onSlowConsumer(cause: Error): void {
    this.failures.push(cause);
  }

  /** Ends the event-loop iteration. */
  turn(): void {
    const scheduled = this.#scheduled;
    this.#scheduled = [];
    for (const callback of scheduled) callback();
  }

  get payloads(): (string | number[])[] {
    return readPayloads(this.connection.wire);
  }

  /** Fills the socket, so that the writer has to wait. */
  fill(): void {
    this.connection.room = 0;
    this.writer.writeMessage("f".repeat(20_000));
    this.turn();
    expect(this.connection.writableLength).toBeGreaterThan(20_000);
  }
}

test("what one iteration collects leaves in one write, in order", () => {
  const rig = new Rig();
  rig.writer.writeMessage("a");
  rig.writer.writePacket("2");
  rig.writer.writeMessage(Uint8Array.of(1, 2));
  rig.writer.writePrepared(new PreparedFrames(["b", Uint8Array.of(3)]));
  rig.writer.writeMessage("é");
  expect(rig.connection.writes).toHaveLength(0);
  rig.turn();
  expect(rig.connection.writes).toHaveLength(1);
  expect(rig.payloads).toEqual(["4a", "2", [1, 2], "4b", [3], "4é"]);
  expect(rig.flushed).toEqual([false]);
});

test("the first packet leaves at once, together with the answer to the handshake", () => {
  const rig = new Rig({ answer: "101" });
  rig.writer.writePacket("0{}");
  expect(rig.connection.writes.map((bytes) => bytes.toString("latin1"))).toEqual(["101\u0081\u00030{}"]);
  rig.writer.writeMessage("a");
  expect([rig.connection.writes.length, rig.flushed]).toEqual([1, []]);
  rig.turn();
  expect([rig.connection.writes.length, rig.flushed]).toEqual([2, [false]]);
});

test("an answer that nothing follows at once leaves by itself", () => {
  const rig = new Rig({ answer: "101" });
  rig.writer.start();
  rig.writer.start();
  expect(rig.connection.writes.map(String)).toEqual(["101"]);
});

test("a broadcast that is alone is written as the bytes that all recipients share", () => {
  const rig = new Rig();
  const prepared = new PreparedFrames(["b"]);
  rig.writer.writePrepared(prepared);
  rig.turn();
  expect(rig.connection.chunks[0]).toBe(prepared.frames(4).bytes);
});

test("a broadcast that is not alone keeps its place", () => {
  const rig = new Rig();
  rig.writer.writePrepared(new PreparedFrames(["first"]));
  rig.writer.writePrepared(new PreparedFrames(["second"]));
  rig.writer.writePrepared(new PreparedFrames(["x".repeat(5_000)]));
  rig.writer.writeMessage("last");
  rig.turn();
  expect(rig.connection.writes).toHaveLength(1);
  expect(rig.payloads).toEqual(["4first", "4second", `4${"x".repeat(5_000)}`, "4last"]);
});

test("binary may be reused by its owner as soon as it has been sent", () => {
  for (const length of [10, 10_000, 100_000]) {
    const rig = new Rig();
    const data = new Uint8Array(length).fill(1);
    rig.writer.writeMessage(data);
    data.fill(2);
    rig.turn();
    expect(readFrames(rig.connection.wire)[0]?.payload.every((byte) => byte === 1)).toBe(true);
  }
});

test("much output does not wait for the end of the iteration", () => {
  const rig = new Rig();
  for (let count = 0; count < 70; count++) rig.writer.writeMessage("x".repeat(1_000));
  expect(rig.connection.writes).toHaveLength(1);
  rig.turn();
  expect(rig.payloads).toHaveLength(70);
});

test("a large message goes out in slices while the socket takes them", () => {
  const rig = new Rig();
  const text = "x".repeat(300_000);
  rig.writer.writeMessage("before");
  rig.writer.writeMessage(text);
  rig.writer.writeMessage("after");
  rig.turn();
  expect(rig.payloads).toEqual(["4before", `4${text}`, "4after"]);
  expect(Math.max(...rig.connection.writes.map((write) => write.byteLength))).toBeLessThanOrEqual(65_536);
});

test("while the socket is full, frames wait, and leave when it drains", () => {
  const rig = new Rig();
  rig.fill();
  const writes = rig.connection.writes.length;
  for (let count = 0; count < 50; count++) rig.writer.writeMessage(`${count} ${"x".repeat(1_000)}`);
  rig.writer.writePrepared(new PreparedFrames(["b"]));
  rig.turn();
  expect(rig.connection.writes).toHaveLength(writes);
  expect(rig.writer.bufferedBytes).toBeGreaterThan(70_000);
  expect(rig.flushed).toEqual([]);
  rig.connection.room = Number.POSITIVE_INFINITY;
  rig.connection.take(Number.POSITIVE_INFINITY);
  expect(rig.payloads.slice(1, 51).map((payload) => String(payload).split(" ")[0])).toEqual(
    Array.from({ length: 50 }, (_, count) => `4${count}`),
  );
  expect(rig.payloads.at(-1)).toBe("4b");
  expect(rig.writer.bufferedBytes).toBe(0);
  expect(rig.flushed).toEqual([true]);
});

test("a message larger than the limit is no reason to give up on a client that takes it", () => {
  const rig = new Rig({ maxQueuedBytes: 100_000 });
  rig.connection.room = 70_000;
  rig.writer.writeMessage("x".repeat(1_000_000));
  rig.writer.writeMessage("behind");
  expect(rig.failures).toEqual([]);
  expect(rig.connection.wire.byteLength).toBeLessThan(140_000); // the socket has no more than it is about to send
  rig.connection.room = Number.POSITIVE_INFINITY;
  rig.connection.take(Number.POSITIVE_INFINITY);
  rig.turn();
  expect(rig.payloads.map((payload) => payload.length)).toEqual([1_000_001, 7]);
});

test("more than the limit behind the message being written ends the connection", () => {
  const rig = new Rig({ maxQueuedBytes: 100_000 });
  rig.fill();
  for (let count = 0; count < 99; count++) rig.writer.writeMessage("x".repeat(1_000));
  expect(rig.failures).toEqual([]);
  for (let count = 0; count < 5; count++) rig.writer.writeMessage("x".repeat(1_000));
  expect(rig.failures.map((error) => hasCode(error, "SLOW_CONSUMER"))).toEqual([true]);
  const writes = rig.connection.writes.length;
  rig.connection.take(Number.POSITIVE_INFINITY);
  rig.turn();
  expect(rig.connection.writes).toHaveLength(writes);
});

test("a socket that takes nothing for the stall time ends the connection, after one more look", () => {
  const rig = new Rig();
  rig.fill();
  rig.clock.advance(STALL_MS - 1);
  rig.turn();
  expect(rig.failures).toEqual([]);
  rig.clock.advance(1);
  expect(rig.failures).toEqual([]); // what drained while the loop stalled has not been seen yet
  rig.turn();
  expect(rig.failures.map((error) => hasCode(error, "SLOW_CONSUMER"))).toEqual([true]);
});

test("little that is never taken ends the connection too", () => {
  const rig = new Rig();
  rig.connection.room = 0;
  rig.writer.writeMessage("little");
  rig.turn();
  rig.clock.advance(STALL_MS);
  rig.turn();
  expect(rig.failures).toHaveLength(1);
});

test("a socket that takes something in time is left alone", () => {
  const rig = new Rig();
  rig.fill();
  for (let count = 0; count < 5; count++) {
    rig.connection.take(1_000);
    rig.clock.advance(STALL_MS);
    rig.turn();
  }
  expect(rig.failures).toEqual([]);
  rig.connection.take(Number.POSITIVE_INFINITY);
  rig.clock.advance(10 * STALL_MS);
  rig.turn();
  expect(rig.failures).toEqual([]);
  expect(rig.clock.pendingCount).toBe(0);
});

test("pings of one iteration are answered once, with the latest payload", () => {
  const rig = new Rig();
  for (let count = 0; count < 1_000; count++) rig.writer.writePong(Uint8Array.of(count % 256, count >> 8));
  rig.turn();
  expect(readFrames(rig.connection.wire)).toEqual([{ opcode: 10, payload: Buffer.from([231, 3]) }]);
});

test("no pong is written while much is unsent, and at most one waits", () => {
  const rig = new Rig();
  rig.fill();
  for (let count = 0; count < 100; count++) {
    rig.writer.writePong(Uint8Array.of(count));
    rig.turn();
  }
  expect(readFrames(rig.connection.wire)).toHaveLength(1);
  rig.connection.room = Number.POSITIVE_INFINITY;
  rig.connection.take(Number.POSITIVE_INFINITY);
  expect(readFrames(rig.connection.wire).slice(1)).toEqual([{ opcode: 10, payload: Buffer.from([99]) }]);
});

test("pongs do not queue up behind much that is unsent", () => {
  const rig = new Rig();
  rig.fill();
  for (let count = 0; count < 4; count++) rig.writer.writeMessage("x".repeat(60_000));
  for (let count = 0; count < 3; count++) {
    rig.writer.writePong(Uint8Array.of(count));
    rig.connection.room = 10_000;
    rig.connection.take(Number.POSITIVE_INFINITY);
  }
  rig.connection.room = Number.POSITIVE_INFINITY;
  rig.connection.take(Number.POSITIVE_INFINITY);
  const pongs = readFrames(rig.connection.wire).filter(({ opcode }) => opcode === 10);
  expect(pongs.map(({ payload }) => [...payload])).toEqual([[2]]);
});

test("end hands over what is collected, and then calls back", () => {
  const rig = new Rig();
  let ended = 0;
  rig.writer.writeMessage("last");
  rig.writer.end(() => ended++);
  expect(ended).toBe(1);
  expect(rig.payloads).toEqual(["4last"]);
  rig.writer.writeMessage("late");
  rig.writer.writePong(Uint8Array.of(1));
  rig.turn();
  expect(rig.payloads).toEqual(["4last"]);
});

test("end waits for a full socket", () => {
  const rig = new Rig();
  let ended = 0;
  rig.fill();
  rig.writer.writeMessage("last");
  rig.writer.end(() => ended++);
  expect(ended).toBe(0);
  rig.connection.room = Number.POSITIVE_INFINITY;
  rig.connection.take(Number.POSITIVE_INFINITY);
  expect(ended).toBe(1);
  expect(rig.payloads.at(-1)).toBe("4last");
});

test("nothing is written to a connection that has gone, and end does not wait for it", () => {
  const rig = new Rig();
  rig.connection.writable = false;
  rig.writer.writeMessage("lost");
  rig.turn();
  let ended = 0;
  rig.writer.end(() => ended++);
  expect(rig.connection.writes).toEqual([]);
  expect(rig.writer.bufferedBytes).toBe(0);
  expect(ended).toBe(1);
});

test("nothing follows a close frame", () => {
  const rig = new Rig();
  rig.writer.writeMessage("too late");
  rig.acceptsFrames = false;
  rig.turn();
  expect(rig.connection.writes).toEqual([]);
  expect(rig.writer.bufferedBytes).toBe(0);
});

test("discard drops everything", () => {
  const rig = new Rig();
  rig.fill();
  rig.writer.writeMessage("dropped");
  rig.writer.discard();
  rig.connection.room = Number.POSITIVE_INFINITY;
  rig.connection.take(Number.POSITIVE_INFINITY);
  rig.turn();
  expect(readFrames(rig.connection.wire)).toHaveLength(1);
  expect(rig.clock.pendingCount).toBe(0);
});

test("the last frame follows what has been collected, and nothing follows it", () => {
  const rig = new Rig();
  rig.writer.writeMessage("first");
  expect(rig.writer.finish("last")).toBe(true);
  rig.writer.writeMessage("later");
  rig.turn();
  expect(rig.connection.wire.toString("latin1")).toMatch(/first.?last$/);
  expect(rig.writer.finish("again")).toBe(false);
  expect(rig.clock.pendingCount).toBe(0);
});

test.each([
  ["something is unsent", { room: 0 }],
  ["the connection is over", { writable: false }],
  ["the connection is encrypted", { encrypted: true }],
])("the last frame is left to the library when %s", (_what, state) => {
  const rig = new Rig();
  Object.assign(rig.connection, state);
  rig.writer.writeMessage("first");
  rig.turn();
  const { wire } = rig.connection;
  expect(rig.writer.finish("last")).toBe(false);
  expect(rig.connection.wire).toEqual(wire);
});

test("of what waits, the rest of a frame that was begun is handed over before the library says goodbye", () => {
  const rig = new Rig();
  const message = "x".repeat(300_000);
  rig.connection.room = 70_000;
  rig.writer.writeMessage(message);
  rig.writer.writeMessage("behind");
  rig.turn();
  expect(rig.connection.wire.byteLength).toBeLessThan(message.length);
  expect(rig.writer.finish("last")).toBe(false);
  expect(rig.payloads).toEqual([`4${message}`]);
  rig.acceptsFrames = false;
  rig.connection.take(Number.POSITIVE_INFINITY);
  expect(rig.payloads).toEqual([`4${message}`]);
  expect(rig.writer.bufferedBytes).toBe(0);
});
