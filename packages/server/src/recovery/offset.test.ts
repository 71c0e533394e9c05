import fc from "fast-check";
import { expect, test } from "vitest";
import { formatMark, formatOffset, parseMark, parseOffset } from "./offset.ts";

const epoch = "a-B_0aZ9";

test("offsets are read as they were written", () => {
  fc.assert(
    fc.property(fc.nat(Number.MAX_SAFE_INTEGER), (position) => {
      expect(parseOffset(formatOffset(epoch, position))).toEqual({ epoch, position });
      expect(parseOffset(formatOffset(epoch, position, "1.a:2!b*"))).toEqual({ epoch, position, hint: "1.a:2!b*" });
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
    "12345678.1~",
    "12345678.1~\u00e4",
    `12345678.1~${"a".repeat(501)}`,
  ];
  for (const text of [...texts, "12345678.zzzzzzzzzzz", `12345678.${"z".repeat(1_000_000)}`])
    expect(parseOffset(text)).toBeUndefined();
  fc.assert(
    fc.property(fc.string(), (text) => {
      const place = parseOffset(text);
      if (place !== undefined) expect(formatOffset(place.epoch, place.position, place.hint)).toBe(text);
    }),
  );
});

test("marks are read as they were written, and nothing else is one", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), fc.nat(Number.MAX_SAFE_INTEGER), (one, other) => {
      const origin = { epoch, position: one, previous: other % one };
      expect(parseMark(formatMark(origin))).toEqual(origin);
    }),
  );
  const texts = [
    "",
    ".",
    `${epoch}.1`,
    `${epoch}.1.1`,
    `${epoch}.0.0`,
    `${epoch}.5.x5`,
    `${epoch}.5.1.1`,
    `${epoch}..1`,
  ];
  for (const none of [...texts, undefined, null, 5, {}, [`${epoch}.2.1`]]) expect(parseMark(none)).toBeUndefined();
});
