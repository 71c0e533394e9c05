import { expect, test } from "vitest";
import { byteLength } from "./byte-length.ts";

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
  expect(byteLength(text)).toBe(new TextEncoder().encode(text).length);
});
