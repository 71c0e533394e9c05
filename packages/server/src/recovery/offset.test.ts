import fc from "fast-check";
import { expect, test } from "vitest";
import { createEpoch, formatOffset, parseOffset } from "./offset.ts";

test("offsets are read as they were written", () => {
  fc.assert(
    fc.property(fc.nat(Number.MAX_SAFE_INTEGER), (position) => {
      const epoch = createEpoch();
      expect(parseOffset(formatOffset(epoch, position))).toEqual({ epoch, position });
    }),
  );
});

test("what clients make up is an offset or nothing, and never an exception", () => {
  const texts = [
    "",
    ".",
    "12345678",
    "12345678.",
    "12345678.00",
    "12345678.-1",
    "1234567.1",
    "12345678.1 ",
    "12345678.1.1",
  ];
  for (const text of [...texts, "12345678.zzzzzzzzzzz", `12345678.${"z".repeat(1_000_000)}`])
    expect(parseOffset(text)).toBeUndefined();
  fc.assert(
    fc.property(fc.string(), (text) => {
      const place = parseOffset(text);
      if (place !== undefined) expect(formatOffset(place.epoch, place.position)).toBe(text);
    }),
  );
});

test("no two runs have the same epoch", () => {
  expect(new Set(Array.from({ length: 1_000 }, createEpoch)).size).toBe(1_000);
});
