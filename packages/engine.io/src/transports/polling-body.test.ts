import { hasCode } from "@halyard/core";
import { expect, test } from "vitest";
import { codecOf } from "../codecs.ts";
import { decodeBody, type PayloadReader } from "./polling-body.ts";

function readAll(reader: PayloadReader): unknown[] {
  const packets: unknown[] = [];
  for (let packet = reader.peek(); packet !== undefined; packet = reader.peek()) {
    packets.push(packet);
    reader.next();
  }
  return packets;
}

test("a long payload is read piece by piece and reads the same as at once", () => {
  const text = Array.from({ length: 20_000 }, (_, index) => `4é${index}`).join("\x1e");
  expect(readAll(decodeBody(Buffer.from(text), codecOf(4), false))).toEqual(codecOf(4).decodePayload(text));
});

test("one packet may be longer than a piece", () => {
  const text = `4a\x1e4${"x".repeat(100_000)}\x1e4b`;
  expect(readAll(decodeBody(Buffer.from(text), codecOf(4), false))).toHaveLength(3);
});

test.each(["?", "", "4a\x1e"])("what is wrong at the end of a long payload is found when it is reached: %j", (end) => {
  const reader = decodeBody(Buffer.from(`4${"x".repeat(20_000)}\x1e4b\x1e${end}`), codecOf(4), false);
  let error: unknown;
  try {
    readAll(reader);
  } catch (caught) {
    error = caught;
  }
  expect(hasCode(error, "ENGINE_PARSE")).toBe(true);
});

test("a long payload of revision 3 is read packet by packet, as text and as bytes", () => {
  const messages = Array.from({ length: 20_000 }, (_, index) => ({ type: "message", data: `é${index}` }) as const);
  const text = codecOf(3).encodePayload(messages);
  expect(readAll(decodeBody(Buffer.from(String(text)), codecOf(3), false))).toEqual(messages);
  const mixed = [...messages, { type: "message", data: Buffer.from([1, 2]) } as const];
  const bytes = codecOf(3).encodePayload(mixed);
  expect(readAll(decodeBody(Buffer.from(bytes), codecOf(3), true))).toEqual(mixed);
});

test.each([
  ["text", Buffer.from(`${"2:4a".repeat(10_000)}9:4`), false],
  ["bytes", Buffer.concat([Buffer.from([0, 2, 255, 0x34, 0x61]), Buffer.from([7])]), true],
])("what is wrong at the end of a payload of revision 3 is found when it is reached: %s", (_what, body, isBinary) => {
  const reader = decodeBody(body, codecOf(3), isBinary);
  expect(reader.peek()).toEqual({ type: "message", data: "a" });
  expect(() => readAll(reader)).toThrow(expect.objectContaining({ code: "ENGINE_PARSE" }));
});
