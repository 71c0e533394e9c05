import { DeadlineQueue } from "@halyard/core";
import { FakeClock } from "@halyard/core/testing";
import { expect, test } from "vitest";
import { FlushScheduler } from "./flush-scheduler.ts";
import type { FrameWriterOwner } from "./frame-writer.ts";
import { LibraryWriter, type SendingWebSocket } from "./library-writer.ts";
import { PreparedFrames } from "./prepared-frames.ts";

/** A library's connection that confirms what it is given when the test says so. */
class FakeLibrary implements SendingWebSocket {
  readyState = 1;
  readonly sent: { readonly data: unknown; readonly compress: boolean }[] = [];
  readonly pongs: string[] = [];
  #waiting: ((error?: Error) => void)[] = [];

  send(data: string | Uint8Array, { compress }: { compress: boolean }, onSent: (error?: Error) => void): void {
    this.sent.push({ data, compress });
    this.#waiting.push(onSent);
  }

  pong(data: Uint8Array, _mask: boolean, onSent: (error?: Error) => void): void {
    this.pongs.push(Buffer.from(data).toString());
    this.#waiting.push(onSent);
  }

  confirm(count = this.#waiting.length): void {
    for (const onSent of this.#waiting.splice(0, count)) onSent();
  }
}

class Rig implements FrameWriterOwner {
  readonly acceptsFrames = true;
  readonly clock = new FakeClock();
  readonly library = new FakeLibrary();
  readonly writer: LibraryWriter;
  readonly failures: Error[] = [];
  flushes = 0;

  constructor(protocol: 3 | 4 = 4) {
    this.writer = new LibraryWriter(this.library, protocol, this, {
      scheduler: new FlushScheduler("immediate", () => {}),
      stalls: new DeadlineQueue(this.clock, 30_000),
      afterInput: (callback) => callback(),
      maxQueuedBytes: 1_000,
      minCompressedBytes: 100,
    });
  }

  onFlushed(): void {
    this.flushes++;
  }

  onSlowConsumer(cause: Error): void {
    this.failures.push(cause);
  }
}

test("messages are sent in order, and compressed if they are long enough and may be", () => {
  const { writer, library } = new Rig();
  const long = "x".repeat(99);
  writer.writeMessage("short", true);
  writer.writeMessage(long, true);
  writer.writeMessage(long, false);
  writer.writeMessage(Buffer.alloc(100), true);
  writer.writePrepared(new PreparedFrames([long, Buffer.alloc(99)]), true);
  writer.writePacket("2");
  expect(library.sent.map(({ data }) => (typeof data === "string" ? data.slice(0, 2) : "bytes"))).toEqual([
    "4s",
    "4x",
    "4x",
    "bytes",
    "4x",
    "bytes",
    "2",
  ]);
  expect(library.sent.map(({ compress }) => compress)).toEqual([false, true, false, true, true, false, false]);
});

test("binary of protocol revision 3 is preceded by the packet type", () => {
  const { writer, library } = new Rig(3);
  writer.writeMessage(Uint8Array.of(1, 2), true);
  expect(library.sent[0]?.data).toEqual(Uint8Array.of(4, 1, 2));
});

test("what the library has not confirmed is unsent; the owner hears when nothing is", () => {
  const rig = new Rig();
  rig.writer.writeMessage("abc", true);
  rig.writer.writeMessage("é", true);
  expect([rig.writer.bufferedBytes, rig.flushes]).toEqual([7, 0]);
  rig.library.confirm(1);
  expect([rig.writer.bufferedBytes, rig.flushes]).toEqual([3, 0]);
  rig.library.confirm();
  expect([rig.writer.bufferedBytes, rig.flushes]).toEqual([0, 1]);
});

test("more than the limit behind the message being written ends the connection", () => {
  const { writer, failures } = new Rig();
  writer.writeMessage("x".repeat(5_000), true); // may be of any size
  writer.writeMessage("x".repeat(999), true);
  writer.writeMessage("a", true);
  expect(failures).toEqual([]);
  writer.writeMessage("b", true);
  expect(failures).toMatchObject([{ code: "SLOW_CONSUMER" }]);
});

test("a client that takes nothing for the stall time is given up; one that takes something is not", () => {
  const rig = new Rig();
  for (let each = 0; each < 3; each++) rig.writer.writeMessage("a", true);
  rig.clock.advance(29_000);
  rig.library.confirm(1);
  rig.clock.advance(29_000);
  expect(rig.failures).toEqual([]);
  rig.clock.advance(1_000);
  expect(rig.failures).toMatchObject([{ code: "SLOW_CONSUMER" }]);
});

test("of many pings the latest is answered, once the answer before has left", () => {
  const { writer, library } = new Rig();
  for (const data of ["1", "2", "3"]) writer.writePong(Buffer.from(data));
  expect(library.pongs).toEqual(["1"]);
  library.confirm();
  expect(library.pongs).toEqual(["1", "3"]);
  library.confirm();
  expect(library.pongs).toEqual(["1", "3"]);
});

test("no pong is written while much is unsent; then the latest ping is answered", () => {
  const { writer, library } = new Rig();
  writer.writeMessage("x".repeat(70_000), true);
  writer.writePong(Buffer.from("1"));
  writer.writePong(Buffer.from("2"));
  expect(library.pongs).toEqual([]);
  library.confirm();
  expect(library.pongs).toEqual(["2"]);
});

test("nothing follows the end", () => {
  const { writer, library, failures, clock } = new Rig();
  writer.writeMessage("a", true);
  let ended = 0;
  writer.end(() => ended++);
  writer.end(() => ended++);
  writer.writeMessage("b", true);
  writer.writePong(Buffer.from("1"));
  writer.discard();
  clock.advance(60_000);
  expect([ended, library.sent.length, library.pongs, failures]).toEqual([1, 1, [], []]);
});
