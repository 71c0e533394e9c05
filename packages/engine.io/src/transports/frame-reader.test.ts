import { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { clientFrame } from "./client-frame.fixture.ts";
import { FrameReader, type FrameTaker } from "./frame-reader.ts";
import type { LibraryPart } from "./library-part.ts";

const MAX_BYTES = 1_000;
const PING = clientFrame("p", { opcode: 9 });
const A = clientFrame("4a");
const B = clientFrame("4b");
const C = clientFrame("4c");

class Taker implements FrameTaker {
  libraryPart: LibraryPart | undefined = undefined;
  readonly taken: unknown[] = [];
  /** Whether goodbyes are answered here. */
  answers = false;

  callLibrary(): boolean {
    return true;
  }

  onText(chunk: Buffer, start: number, end: number, isAscii: boolean): void {
    this.taken.push(chunk.toString(isAscii ? "latin1" : "utf8", start, end));
  }

  onFrame(data: Buffer): void {
    this.taken.push([...data]);
  }

  onGoodbye(code: number | undefined, reason: Uint8Array | undefined): boolean {
    if (this.answers) this.taken.push({ code, reason: reason && Buffer.from(reason).toString() });
    return this.answers;
  }

  onEnd(): void {
    this.taken.push("end");
  }
}

/** A connection read by our reader, in front of a library that writes down what it gets. */
class Rig {
  readonly connection = new Duplex({ read() {} });
  readonly taker = new Taker();
  readonly left: Buffer[] = [];
  /** Whether the library tells of the frames that it gets. */
  tells = true;
  readonly library = (chunk: Buffer): void => {
    this.left.push(Buffer.from(chunk));
    if (this.tells) this.taker.libraryPart?.onTold();
  };

  constructor() {
    this.connection.on("data", this.library);
  }

  attach(reader = new FrameReader(MAX_BYTES)): this {
    reader.attach(this.connection, this.taker);
    return this;
  }

  /** A chunk arrives. */
  bring(...frames: readonly Buffer[]): this {
    this.connection.emit("data", Buffer.concat(frames));
    return this;
  }

  leaves(...chunks: readonly Buffer[]): void {
    expect(this.left.map((chunk) => chunk.toString("hex"))).toEqual(chunks.map((chunk) => chunk.toString("hex")));
  }
}

test("messages that came in one piece are taken, and the library gets nothing", () => {
  const rig = new Rig().attach();
  const long = `4${"x".repeat(900)}`;
  rig.bring(A, clientFrame("4é"), clientFrame(""), clientFrame(long), clientFrame(`${long}é`), B);
  rig.bring(clientFrame(Buffer.of(1, 200), { opcode: 2 }), clientFrame(long, { mask: [0, 0, 0, 0] }));
  expect(rig.taker.taken).toEqual(["4a", "4é", "", long, `${long}é`, "4b", [1, 200], long]);
  rig.leaves();
});

test.each([
  ["a control frame", PING],
  ["a message above the limit", clientFrame("x".repeat(MAX_BYTES + 1))],
  ["a length in more bits than it takes", clientFrame("4x", { lengthBits: 16 })],
  ["a length of 64 bits", clientFrame("4x", { lengthBits: 64 })],
  ["a frame with an RSV bit", clientFrame("4x", { rsv: 4 })],
  ["a frame without a mask", clientFrame("4x", { mask: null })],
  ["a text that is not UTF-8", clientFrame(Buffer.from([0x34, 0xc3]))],
])("%s is left to the library, as it came, and what follows is taken", (_what, frame) => {
  const rig = new Rig().attach().bring(A, frame, B).bring(C);
  expect(rig.taker.taken).toEqual(["4a", "4b", "4c"]);
  rig.leaves(frame);
});

test("a frame that comes in pieces is left to the library, and what follows is taken", () => {
  for (let at = 1; at < B.length; at++) {
    const rig = new Rig().attach().bring(A, B.subarray(0, at)).bring(B.subarray(at), C);
    expect(rig.taker.taken).toEqual(["4a", "4c"]);
    rig.leaves(B.subarray(0, at), B.subarray(at));
  }
});

test("a message in fragments is left to the library, with the control frames in it", () => {
  const parts = [clientFrame("4x", { fin: false }), PING, clientFrame("y", { opcode: 0 })];
  const rig = new Rig().attach().bring(A, ...parts, B);
  expect(rig.taker.taken).toEqual(["4a", "4b"]);
  rig.leaves(...parts);
});

test("a library that does not tell of a frame at once gets everything from then on", () => {
  const rig = new Rig().attach();
  rig.tells = false;
  rig.bring(A, PING, B);
  rig.tells = true;
  rig.bring(C).bring(A);
  expect(rig.taker.taken).toEqual(["4a"]);
  rig.leaves(PING, B, C, A);
});

test("a goodbye that is in order is taken, and nobody reads what follows", () => {
  for (const [payload, expected] of [
    [Buffer.alloc(0), { code: undefined, reason: undefined }],
    [Buffer.of(0x03, 0xe8), { code: 1_000, reason: "" }],
    [Buffer.from([0x0f, 0xa1, ...Buffer.from("é")]), { code: 4_001, reason: "é" }],
  ] as const) {
    const rig = new Rig().attach();
    rig.taker.answers = true;
    rig.bring(A, clientFrame(payload, { opcode: 8 }), B).bring(C);
    expect(rig.taker.taken).toEqual(["4a", expected]);
    rig.leaves();
  }
});

test.each([
  ["that its owner does not answer", [0x03, 0xe8], false],
  ["with half a code", [0x03], true],
  ["with a code that is kept for other uses", [0x03, 0xee], true],
  ["with a code above all others", [0x13, 0x88], true],
  ["with a reason that is not UTF-8", [0x03, 0xe8, 0xff], true],
])("a goodbye %s is left to the library together with all that follows", (_what, payload, answers) => {
  const goodbye = clientFrame(Buffer.from(payload), { opcode: 8 });
  const rig = new Rig().attach();
  rig.taker.answers = answers;
  rig.bring(A, goodbye, B).bring(C);
  expect(rig.taker.taken).toEqual(["4a"]);
  rig.leaves(Buffer.concat([goodbye, B]), C);
});

test("the library's listener is told from others: it can be removed, and counts once", () => {
  const rig = new Rig().attach();
  expect(rig.connection.listenerCount("data")).toBe(1);
  expect(rig.connection.listeners("data")).toEqual([rig.library]);
  rig.connection.removeListener("data", rig.library);
  rig.bring(A, PING);
  expect(rig.taker.taken).toEqual([]);
  rig.leaves();
});

test("connections of one library share a listener", () => {
  const reader = new FrameReader(MAX_BYTES);
  const first = new Rig().attach(reader);
  const second = new Rig();
  second.connection.removeAllListeners("data").on("data", first.library);
  second.attach(reader);
  expect(second.connection.rawListeners("data")).toEqual(first.connection.rawListeners("data"));
  second.bring(B);
  expect([first.taker.taken, second.taker.taken]).toEqual([[], ["4b"]]);
});

test("where others listen as well, the library reads alone", () => {
  const rig = new Rig();
  rig.connection.on("data", () => {});
  rig.attach().bring(A, PING);
  expect(rig.taker.taken).toEqual([]);
  rig.leaves(Buffer.concat([A, PING]));
});
