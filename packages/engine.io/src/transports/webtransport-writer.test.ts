import { codedError, DeadlineQueue } from "@halyard/core";
import { FakeClock } from "@halyard/core/testing";
import { describe, expect, test } from "vitest";
import { FlushScheduler } from "./flush-scheduler.ts";
import { settled } from "./fake-exchange.fixture.ts";
import { StreamWriter, type StreamSink } from "./webtransport-writer.ts";

/** A stream's writer that takes chunks when the test lets it. */
class FakeSink implements StreamSink {
  readonly chunks: Uint8Array[] = [];
  desiredSize: number | null = 1;
  readonly closed: Promise<unknown>;
  break: (error: Error) => void = () => {};
  readonly #writes: { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }[] = [];

  constructor() {
    this.closed = new Promise((_, reject) => (this.break = reject));
  }

  write(chunk: Uint8Array): Promise<unknown> {
    this.chunks.push(chunk);
    if (this.desiredSize !== null) this.desiredSize--;
    return new Promise((resolve, reject) => this.#writes.push({ resolve, reject }));
  }

  /** Takes the oldest chunk. */
  async take(): Promise<void> {
    if (this.desiredSize !== null) this.desiredSize++;
    this.#writes.shift()?.resolve(undefined);
    await settled();
  }

  async refuse(error: Error): Promise<void> {
    this.desiredSize = null;
    this.#writes.shift()?.reject(error);
    await settled();
  }
}

class Rig {
  readonly clock = new FakeClock();
  readonly sink = new FakeSink();
  readonly told: unknown[] = [];
  /** What is to happen once pending input has been seen to. */
  readonly afterInput: (() => void)[] = [];
  readonly stalls = new DeadlineQueue(this.clock, 30_000);
  readonly #deferred: (() => void)[] = [];
  readonly writer = new StreamWriter(
    this.sink,
    {
      onFlushed: (afterWait) => void this.told.push(afterWait ? "drained" : "flushed"),
      onSlowConsumer: (cause) => void this.told.push(cause),
      onBroken: (cause) => void this.told.push(cause),
    },
    {
      scheduler: new FlushScheduler("immediate", (error) => this.told.push(error), {
        tick: (callback) => void this.#deferred.push(callback),
        immediate: (callback) => void this.#deferred.push(callback),
      }),
      stalls: this.stalls,
      afterInput: (callback) => void this.afterInput.push(callback),
      maxQueuedBytes: 100_000,
    },
  );

  /** The event-loop iteration ends. */
  turn(): void {
    for (const callback of this.#deferred.splice(0)) callback();
  }

  write(...texts: readonly string[]): void {
    for (const text of texts) this.writer.write(Buffer.from(text));
  }

  get sent(): string[] {
    return this.sink.chunks.map((chunk) => Buffer.from(chunk).toString());
  }
}

const SLOW = expect.objectContaining({ code: "SLOW_CONSUMER" });

describe("writing", () => {
  test("merges the frames of one iteration in one write", async () => {
    const rig = new Rig();
    rig.write("a", "b", "c");
    expect([rig.sent, rig.writer.bufferedBytes]).toEqual([[], 3]);
    rig.turn();
    expect([rig.sent, rig.writer.bufferedBytes]).toEqual([["abc"], 3]);
    await rig.sink.take();
    expect([rig.told, rig.writer.bufferedBytes]).toEqual([["flushed"], 0]);
  });

  test("waits while the stream is full, then goes on at once with what has collected", async () => {
    const rig = new Rig();
    rig.write("a");
    rig.turn();
    rig.write("b");
    rig.turn();
    rig.write("c");
    expect(rig.sent).toEqual(["a"]);
    await rig.sink.take();
    expect(rig.sent).toEqual(["a", "bc"]);
    expect(rig.told).toEqual([]);
    await rig.sink.take();
    expect(rig.told).toEqual(["drained"]);
    rig.write("d");
    rig.turn();
    await rig.sink.take();
    expect(rig.told).toEqual(["drained", "flushed"]);
  });

  test("has as many writes under way as the stream has room for", async () => {
    const rig = new Rig();
    rig.sink.desiredSize = 2;
    for (const text of ["a", "b", "c"]) {
      rig.write(text);
      rig.turn();
    }
    expect(rig.sent).toEqual(["a", "b"]);
    await rig.sink.take();
    expect(rig.sent).toEqual(["a", "b", "c"]);
  });

  test("does not wait for the end of the iteration with much, and writes it slice by slice", async () => {
    const rig = new Rig();
    rig.writer.write(Buffer.alloc(150_000));
    expect(rig.sink.chunks.map(({ byteLength }) => byteLength)).toEqual([65_536]);
    await rig.sink.take();
    await rig.sink.take();
    expect(rig.sink.chunks.map(({ byteLength }) => byteLength)).toEqual([65_536, 65_536, 18_928]);
    expect(rig.writer.bufferedBytes).toBe(18_928);
  });
});

describe("a client that reads too little", () => {
  test("is given up when more than the limit is queued behind the message being written", () => {
    const rig = new Rig();
    rig.writer.write(Buffer.alloc(500_000)); // one message may be of any size
    rig.writer.write(Buffer.alloc(90_000));
    rig.writer.write(Buffer.alloc(20_000));
    expect(rig.told).toEqual([]);
    rig.write("one more");
    expect(rig.told).toEqual([SLOW]);
    expect(rig.writer.bufferedBytes).toBe(0);
    rig.write("nothing follows");
    expect(rig.told).toEqual([SLOW]);
  });

  test("is given up when it takes nothing for the stall delay", async () => {
    const rig = new Rig();
    rig.writer.write(Buffer.alloc(150_000));
    rig.clock.advance(29_999);
    await rig.sink.take();
    rig.clock.advance(29_999);
    expect(rig.told).toEqual([]);
    rig.clock.advance(1);
    for (const decide of rig.afterInput) decide();
    expect(rig.told).toEqual([SLOW]);
  });

  test("is not waited for when nothing is under way", async () => {
    const rig = new Rig();
    rig.write("a");
    rig.turn();
    await rig.sink.take();
    rig.clock.advance(60_000);
    expect(rig.told).toEqual(["flushed"]);
    expect([rig.stalls.size, rig.clock.pendingCount]).toEqual([0, 0]);
  });

  test("is kept when what it has read becomes known together with the delay", async () => {
    const rig = new Rig();
    rig.writer.write(Buffer.alloc(150_000));
    rig.clock.advance(30_000);
    await rig.sink.take();
    for (const decide of rig.afterInput) decide();
    expect(rig.told).toEqual([]);
    expect(rig.stalls.size).toBe(1);
  });
});

describe("the end", () => {
  test("comes when the stream has taken everything", async () => {
    const rig = new Rig();
    rig.write("a");
    rig.turn();
    rig.write("b");
    rig.writer.end(() => rig.told.push("ended"));
    rig.write("c");
    expect(rig.sent).toEqual(["a"]);
    await rig.sink.take();
    expect([rig.sent, rig.told]).toEqual([["a", "b"], []]);
    await rig.sink.take();
    expect([rig.told, rig.clock.pendingCount]).toEqual([["drained", "ended"], 0]);
  });

  test("comes at once when nothing is under way", () => {
    const rig = new Rig();
    rig.writer.end(() => rig.told.push("ended"));
    expect(rig.told).toEqual(["ended"]);
  });

  test("is told once when the stream breaks", async () => {
    const rig = new Rig();
    const error = codedError("BROKEN", "broken");
    rig.write("a");
    rig.turn();
    await rig.sink.refuse(error);
    rig.sink.break(error);
    await settled();
    expect(rig.told).toEqual([error]);
    expect(rig.clock.pendingCount).toBe(0);
  });

  test("is told when the stream breaks while nothing is under way", async () => {
    const rig = new Rig();
    const error = codedError("BROKEN", "broken");
    rig.sink.break(error);
    await settled();
    expect(rig.told).toEqual([error]);
  });

  test("nothing is told, kept or waited for once it is discarded", async () => {
    const rig = new Rig();
    rig.writer.write(Buffer.alloc(150_000));
    rig.writer.end(() => rig.told.push("ended"));
    rig.writer.discard();
    expect(rig.clock.pendingCount).toBe(0);
    await rig.sink.take();
    rig.sink.break(codedError("BROKEN", "broken"));
    await settled();
    expect([rig.told, rig.sink.chunks.length, rig.writer.bufferedBytes]).toEqual([[], 1, 0]);
  });
});
