import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { mayHaveChanged, nameOfNumber, readHint, writeChanged, writeHint, writeSeen } from "./place-hint.ts";

test("hints are read as they were written, of characters that clients and servers carry", () => {
  const servers = [
    ["e-p_o0Ch", 7],
    [nameOfNumber(1_000), Number.MAX_SAFE_INTEGER],
    [nameOfNumber(0), 0],
  ] as const;
  const sids = Array.from({ length: 16 }, () => randomBytes(15).toString("base64url"));
  for (let count = 0; count <= servers.length; count++)
    for (let changed = 0; changed <= sids.length; changed++) {
      const [seen, those] = [servers.slice(0, count), sids.slice(0, changed)];
      const places = seen.map(([of, at]) => writeSeen(of, at)).join("");
      const text = writeHint(1_234, places, writeChanged(those, changed));
      expect(text).toMatch(/^[\w\-.:!*]{1,500}$/);
      const hint = readHint(text);
      expect(hint).toMatchObject({ distance: 1_234, seen });
      expect(hint !== undefined && those.every((sid) => mayHaveChanged(hint, sid))).toBe(true);
    }
});

test("a session that has not changed is not taken for one that has, unless there are many", () => {
  const sids = Array.from({ length: 17 }, (_, n) => `sid${String.fromCharCode(65 + n)}`.padEnd(20, "x"));
  const few = readHint(`1${writeChanged(["abcdef"], 1)}`);
  const many = readHint(`1${writeChanged(sids, sids.length)}`);
  expect([few && mayHaveChanged(few, "abd"), few && mayHaveChanged(few, "abcx")]).toEqual([false, true]);
  expect(many && mayHaveChanged(many, "someone")).toBe(true);
  expect(writeChanged([], 0)).toBe("");
});

test("a hint that is too long is none", () => {
  const seen = Array.from({ length: 40 }, (_, n) => writeSeen(`epoch-${String(n).padStart(2, "0")}`, 1)).join("");
  expect(writeHint(1, seen, "")).toBeUndefined();
});

test("what clients make up is a hint or nothing, and never an exception", () => {
  const texts = [
    "",
    "-1",
    "1.",
    "1.a",
    "1.a:",
    "1.a:-1",
    "1.a:zzzzzzzzzzz",
    "zzzzzzzzzzzz",
    "1!",
    "1!ab",
    "1!**",
    "1 ",
  ];
  for (const text of [undefined, ...texts, "1".repeat(1_000_000)]) expect(readHint(text)).toBeUndefined();
});
