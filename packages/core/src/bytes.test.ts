import { expect, test } from "vitest";
import { toBytes, utf8Length } from "./bytes.ts";

test.each([
  "",
  "ascii",
  "é",
  "€",
  "😀",
  "a😀é€b",
  "\u07ff\u0800\uffff",
  "\ud800",
  "\udc00",
  "\udc00\ud800",
  "x\ud83d",
  "\u{10ffff}",
])("counts %j as the encoder does", (text) => {
  expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
});

test("views bytes without a copy", () => {
  const buffer = new Uint8Array([1, 2, 3, 4]).buffer;
  expect(toBytes(buffer)).toEqual(new Uint8Array([1, 2, 3, 4]));
  expect(toBytes(buffer)?.buffer).toBe(buffer);
  expect(toBytes(new DataView(buffer, 1, 2))).toEqual(new Uint8Array([2, 3]));
  const bytes = Buffer.of(1);
  expect(toBytes(bytes)).toBe(bytes);
  for (const value of ["text", null, undefined, {}, [1], 1]) expect(toBytes(value)).toBeUndefined();
});
