import { codec, FrameDecoder } from "@halyard/engine.io-parser";
import type { EngineMessage } from "@halyard/contracts";
import { expect, test } from "vitest";
import { PreparedFrames } from "./prepared-frames.ts";
import { streamMessageFrame, streamPacketFrame } from "./webtransport-frame.ts";

/** Where the length of a frame's header changes; the packet type counts for text. */
const LENGTHS = [0, 1, 124, 125, 126, 127, 65_534, 65_535, 65_536, 300_000];

const messages: EngineMessage[] = [
  ...LENGTHS.map((length) => "x".repeat(length)),
  ...LENGTHS.map((length) => Buffer.alloc(length, 7)),
  "é 🚀 \ud83d\ude80",
  new Uint8Array([9, 1, 2, 9]).subarray(1, 3),
];

function decode(bytes: Uint8Array): EngineMessage[] {
  const decoder = new FrameDecoder(1_000_000);
  const frames: EngineMessage[] = [];
  decoder.push(bytes);
  for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) frames.push(frame);
  return frames;
}

test("frames messages of every length", () => {
  for (const message of messages) {
    const [frame, ...more] = decode(streamMessageFrame(message));
    const packet = codec.decodePacket(frame ?? "");
    expect([packet.type, more]).toEqual(["message", []]);
    const data = packet.type === "message" ? packet.data : "";
    expect(typeof data).toBe(typeof message);
    expect(Buffer.from(data as string).equals(Buffer.from(message as string))).toBe(true);
  }
});

test("frames packets that are encoded already", () => {
  expect(decode(streamPacketFrame("2probe"))).toEqual(["2probe"]);
});

test("no frame has length 0, which stock clients refuse", () => {
  expect([...streamMessageFrame(new Uint8Array(0))]).toEqual([1, 0x62]);
});

test("copies binary data, so that its owner may reuse it", () => {
  const data = Buffer.from([1, 2, 3]);
  const frame = streamMessageFrame(data);
  data.fill(0);
  expect([...frame]).toEqual([0x83, 1, 2, 3]);
});

test("frames a broadcast once, for all its recipients", () => {
  const prepared = new PreparedFrames(["a", Buffer.from([1])]);
  expect(decode(prepared.streamFrames()).map((frame) => Buffer.from(frame as string).toString())).toEqual([
    "4a",
    "\u0001",
  ]);
  expect(prepared.streamFrames()).toBe(prepared.streamFrames());
});
