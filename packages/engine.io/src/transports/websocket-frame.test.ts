import { expect, test } from "vitest";
import { PreparedFrames, textFrameOf } from "./prepared-frames.ts";
import { closeFrame, messageFrameBytes, packetFrame, pongFrame } from "./websocket-frame.ts";
import { readFrames, readPayloads } from "./frame-reader.fixture.ts";

const LENGTHS = [0, 1, 123, 124, 125, 126, 127, 4_095, 4_096, 65_533, 65_534, 65_535, 65_536, 200_000];

test.each(LENGTHS)("a text of %i ASCII characters keeps its length and content", (length) => {
  const text = "x".repeat(length);
  expect(readPayloads(messageFrameBytes(text, 4))).toEqual([`4${text}`]);
  const small = textFrameOf(text, 4);
  if (small === undefined) expect(length).toBeGreaterThan(4_096);
  else expect(Buffer.from(small, "latin1").equals(messageFrameBytes(text, 4))).toBe(true);
});

test.each(["é", "日本語", "😀", "\u0080", "é".repeat(62), "é".repeat(63), "日".repeat(1_300), "\ud800"])(
  "text beyond ASCII is UTF-8: %j",
  (text) => {
    const bytes = messageFrameBytes(text, 4);
    expect(readFrames(bytes)[0]?.payload.equals(Buffer.from(`4${text}`))).toBe(true);
    expect(Buffer.from(textFrameOf(text, 4) ?? "", "latin1").equals(bytes)).toBe(true);
  },
);

test.each(LENGTHS)("binary of %i bytes keeps its length and content", (length) => {
  const data = Uint8Array.from({ length }, (_, index) => index % 256);
  const frames = readFrames(messageFrameBytes(data, 4));
  expect(frames.map(({ opcode, payload }) => [opcode, payload.equals(data)])).toEqual([[2, true]]);
  const small = textFrameOf(data, 4);
  if (small !== undefined) expect(Buffer.from(small, "latin1").equals(messageFrameBytes(data, 4))).toBe(true);
});

test("binary of protocol revision 3 is preceded by the packet type", () => {
  const data = Uint8Array.of(1, 2, 255);
  expect(readPayloads(messageFrameBytes(data, 3))).toEqual([[4, 1, 2, 255]]);
  expect(readPayloads(Buffer.from(textFrameOf(data, 3) ?? "", "latin1"))).toEqual([[4, 1, 2, 255]]);
});

test("a view into a larger buffer is framed without its surroundings", () => {
  const view = new Uint8Array(Uint8Array.of(9, 1, 2, 9).buffer, 1, 2);
  expect(readPayloads(messageFrameBytes(view, 4))).toEqual([[1, 2]]);
  expect(readPayloads(Buffer.from(textFrameOf(view, 4) ?? "", "latin1"))).toEqual([[1, 2]]);
});

test("other packets and pongs", () => {
  expect(readPayloads(Buffer.from(packetFrame('0{"é":1}'), "latin1"))).toEqual(['0{"é":1}']);
  expect(readFrames(Buffer.from(pongFrame(Uint8Array.of(1, 200)), "latin1"))).toEqual([
    { opcode: 10, payload: Buffer.from([1, 200]) },
  ]);
});

test("goodbyes", () => {
  const goodbye = (code?: number, reason?: string) =>
    readFrames(Buffer.from(closeFrame(code, reason === undefined ? undefined : Buffer.from(reason)), "latin1"));
  expect(goodbye()).toEqual([{ opcode: 8, payload: Buffer.alloc(0) }]);
  expect(goodbye(1_001)).toEqual([{ opcode: 8, payload: Buffer.from([3, 0xe9]) }]);
  expect(goodbye(4_999, "é")).toEqual([{ opcode: 8, payload: Buffer.from([0x13, 0x87, 0xc3, 0xa9]) }]);
});

test("a broadcast's frames are built once and carry all its messages", () => {
  const prepared = new PreparedFrames(["text", Uint8Array.of(1), "é"]);
  const frames = prepared.frames(4);
  expect(prepared.frames(4)).toBe(frames);
  expect(readPayloads(Buffer.from(frames.bytes))).toEqual(["4text", [1], "4é"]);
  expect(Buffer.from(frames.text ?? "", "latin1").equals(Buffer.from(frames.bytes))).toBe(true);
  expect(frames.byteLength).toBe(frames.bytes.byteLength);
  expect(readPayloads(Buffer.from(prepared.frames(3).bytes))).toEqual(["4text", [4, 1], "4é"]);
});

test("a large broadcast has no string form", () => {
  const frames = new PreparedFrames(["x".repeat(3_000), "y".repeat(3_000)]).frames(4);
  expect(frames.text).toBeUndefined();
  expect(readPayloads(Buffer.from(frames.bytes)).map((payload) => payload.length)).toEqual([3_001, 3_001]);
});
