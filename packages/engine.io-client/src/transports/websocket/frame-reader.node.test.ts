import { Duplex, type Writable } from "node:stream";
import type { Socket as TcpSocket } from "node:net";
import { beforeEach, describe, expect, test } from "vitest";
import * as ws from "ws";
import { readInFront, type FrameTaker } from "./frame-reader.node.ts";

/** The library's reader, which its types do not have. */
const { Receiver } = ws as unknown as { readonly Receiver: new () => Writable };

/** A server's frame (RFC 6455, section 5.2). */
function frame(payload: string | Buffer, opcode = 1, { fin = true, rsv = 0, mask = false } = {}): Buffer {
  const bytes = Buffer.from(payload);
  const bit = mask ? 0x80 : 0;
  const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
  if (bytes.length < 126) head.push(bit | bytes.length);
  else if (bytes.length < 65_536) head.push(bit | 126, bytes.length >> 8, bytes.length & 0xff);
  else head.push(bit | 127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((shift) => (bytes.length >> shift) & 0xff));
  return Buffer.concat([Buffer.from(head), ...(mask ? [Buffer.alloc(4)] : []), bytes]);
}

/** A connection read by the library, with our reader in front of it or without. */
class Rig implements FrameTaker {
  libraryBytes = 0;
  readonly socket: Duplex = new Duplex({ read() {} });
  readonly events: string[] = [];
  /** How many bytes the library has got. */
  left = 0;
  readonly #receiver = new Receiver();

  constructor(inFront: boolean) {
    this.#receiver.on("message", (data: Buffer, isBinary: boolean) => this.#note(data, isBinary));
    this.#receiver.on("ping", (data: Buffer) => this.events.push(`ping ${String(data)}`));
    this.#receiver.on("pong", (data: Buffer) => this.events.push(`pong ${String(data)}`));
    this.#receiver.on("conclude", (code: number) => this.events.push(`close ${code}`));
    this.#receiver.on("error", (error: Error & { code?: string }) => this.events.push(`error ${error.code}`));
    const receiver = this.#receiver;
    const library = (chunk: Buffer): void => {
      this.left += chunk.length;
      receiver.write(chunk);
    };
    this.socket.on("data", library);
    // as the library does
    this.#receiver.on("conclude", () => this.socket.removeListener("data", library));
    if (inFront) readInFront(this.socket as TcpSocket, this);
  }

  onText(chunk: Buffer, start: number, end: number, isAscii: boolean): void {
    this.events.push(`text ${chunk.toString(isAscii ? "latin1" : "utf8", start, end)}`);
  }

  onBinary(data: Buffer): void {
    this.events.push(`binary ${data.toString("hex")}`);
  }

  async play(chunks: readonly Buffer[]): Promise<string[]> {
    for (const chunk of chunks) this.socket.emit("data", chunk);
    // errors are told later
    await new Promise(setImmediate);
    return this.events;
  }

  #note(data: Buffer, isBinary: boolean): void {
    this.libraryBytes = 0;
    if (isBinary) this.onBinary(data);
    else this.onText(data, 0, data.length, false);
  }
}

const HELLO = frame("4hello");
const CASES: readonly (readonly [string, readonly Buffer[]])[] = [
  ["a text", [frame("4é€😀")]],
  ["an empty text", [frame("")]],
  ["bytes", [frame(Buffer.from([0, 200]), 2)]],
  [
    "texts of all lengths",
    [125, 126, 127, 193, 1_000, 65_535, 65_536].map((size) => frame("4" + "x".repeat(size - 1))),
  ],
  ["long texts that are not ASCII", [frame("4" + "é".repeat(150)), frame("4" + "é".repeat(40_000))]],
  ["long bytes", [frame(Buffer.alloc(70_000, 7), 2)]],
  ["a ping and a pong", [frame("p", 9), frame("q", 10)]],
  ["fragments, with a ping between", [frame("4a", 1, { fin: false }), frame("p", 9), frame("b", 0)]],
  ["a goodbye, and more", [frame(Buffer.from([3, 232]), 8), frame("4late")]],
  ["text that is not UTF-8", [frame(Buffer.from([0x34, 0xff]))]],
  ["long text that is not UTF-8", [frame(Buffer.alloc(300, 0xff))]],
  ["a reserved bit", [frame("4x", 1, { rsv: 4 })]],
  ["a mask", [frame("4x", 1, { mask: true })]],
  ["an unknown opcode", [frame("4x", 3)]],
  ["a fragment of nothing", [frame("4x", 0)]],
  ["a control frame in fragments", [frame("p", 9, { fin: false })]],
  ["a length in too many bytes", [Buffer.from([0x81, 126, 0, 1, 0x34])]],
];

describe("comes to the same as the library alone", () => {
  test.each(CASES)("%s", async (_name, frames) => {
    const input = [HELLO, ...frames, HELLO];
    const whole = Buffer.concat(input);
    const events = await new Rig(false).play([whole]);
    expect(events[0]).toBe("text 4hello");
    expect(await new Rig(true).play([whole])).toEqual(events);
    expect(await new Rig(true).play(input)).toEqual(await new Rig(false).play(input));
    const step = whole.length < 1_000 ? 1 : 997;
    for (let at = 1; at < whole.length; at += step)
      expect(await new Rig(true).play([whole.subarray(0, at), whole.subarray(at)])).toEqual(events);
  });
});

describe("in front of the library", () => {
  let rig: Rig;

  beforeEach(() => {
    rig = new Rig(true);
  });

  test("takes whole messages, and leaves it what else there is", async () => {
    const ping = frame("p", 9);
    await rig.play([Buffer.concat([HELLO, ping, HELLO]), HELLO]);
    expect(rig.left).toBe(ping.length);
    expect(rig.events).toEqual(["text 4hello", "ping p", "text 4hello", "text 4hello"]);
  });

  test("goes on after a message that came in pieces", async () => {
    const long = frame("4" + "x".repeat(500));
    await rig.play([long.subarray(0, 100), Buffer.concat([long.subarray(100), HELLO])]);
    expect(rig.left).toBe(long.length);
    expect(rig.events.at(-1)).toBe("text 4hello");
  });

  test("is gone when the library goes", () => {
    const [library] = rig.socket.listeners("data");
    rig.socket.removeListener("data", library as () => void);
    expect(rig.socket.listenerCount("data")).toBe(0);
  });

  test("does not begin where others listen, too", () => {
    const other = new Rig(false);
    other.socket.on("data", () => {});
    const before = other.socket.rawListeners("data");
    readInFront(other.socket as TcpSocket, other);
    expect(other.socket.rawListeners("data")).toEqual(before);
  });
});
