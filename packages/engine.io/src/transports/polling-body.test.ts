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
