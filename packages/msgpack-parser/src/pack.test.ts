import { describe, expect, test } from "vitest";
import { pack } from "./pack.ts";
import { unpack } from "./unpack.ts";

const roundTrip = (value: unknown): unknown => unpack(pack(value), 256);
const refusal: Error = expect.objectContaining({ code: "SOCKET_ENCODE" });

describe("where the incumbent loses something, we do not", () => {
  const memory = Uint8Array.of(0, 1, 2, 3).buffer;

  test.each([
    ["a view of a part of its buffer", new Uint8Array(memory, 1, 2), Buffer.of(1, 2)],
    ["a DataView", new DataView(memory, 3), Buffer.of(3)],
    ["wider numbers", new Uint16Array(memory, 2, 1), Buffer.of(2, 3)],
    ["an ArrayBuffer", memory, Buffer.of(0, 1, 2, 3)],
    ["an integer past 64 bits", 2 ** 64, 2 ** 64],
    ["a very large integer", 1e300, 1e300],
    ["a very small integer", -1e300, -1e300],
    ["a lone surrogate", "a\ud800b", "a\ufffdb"],
    ["a lone surrogate in a long text", `${"a".repeat(40)}\udc00`, `${"a".repeat(40)}\ufffd`],
    ["an invalid date", new Date(Number.NaN), null],
  ])("%s", (_, value, expected) => {
    expect(roundTrip(value)).toStrictEqual(expected);
  });

  test("__proto__, which no decoder takes, is left out", () => {
    expect(pack(JSON.parse('{"a":1,"__proto__":{"b":1}}'))).toEqual(pack({ a: 1 }));
  });
});

describe("refuses", () => {
  const circular: unknown[] = [];
  circular.push({ circular });
  const nested = (depth: number): unknown => Array.from({ length: depth }).reduce((inner) => [inner], 1);

  test.each([
    ["a circle", circular],
    [
      "toJSON that returns itself",
      {
        toJSON() {
          return this;
        },
      },
    ],
    ["depth", nested(258)],
    ["a BigInt", { member: 1n }],
    ["a function in an array", [() => 1]],
    ["a symbol", Symbol("s")],
  ])("%s", (_, value) => {
    expect(() => pack(value)).toThrow(refusal);
  });

  test("but not the greatest depth allowed", () => {
    expect(roundTrip(nested(257))).toEqual(nested(257));
  });

  test("and goes on as if nothing had been", () => {
    const before = pack(["a", "b"]);
    expect(() => pack(["a lot of text", 1n])).toThrow(refusal);
    expect(pack(["a", "b"])).toEqual(before);
  });

  test("a toJSON that throws, with its cause", () => {
    const cause = new Error("mine");
    const value = {
      toJSON() {
        throw cause;
      },
    };
    expect(() => pack(value)).toThrow(expect.objectContaining({ code: "SOCKET_ENCODE", cause }));
  });
});

test("a toJSON may pack something itself", () => {
  const value = ["before", { toJSON: () => roundTrip({ inner: "x".repeat(20_000) }) }, "after"];
  expect(roundTrip(value)).toEqual(["before", { inner: "x".repeat(20_000) }, "after"]);
});

test("messages do not share their bytes, whatever their sizes", () => {
  const sizes = [0, 1, 100, 7_000, 8_191, 8_192, 50_000, 3, 1_000_000, 5];
  const messages = sizes.map((size) => pack(["x".repeat(size), size]));
  expect(messages.map((message) => unpack(message, 256))).toEqual(sizes.map((size) => ["x".repeat(size), size]));
});

test("texts of every length around the widths of their headers survive", () => {
  for (const length of [
    0, 1, 10, 11, 15, 16, 30, 31, 32, 33, 85, 86, 127, 128, 255, 256, 21_845, 21_846, 65_535, 65_536,
  ])
    for (const character of ["x", "é", "€", "\u{1f600}"]) {
      const text = character.repeat(length);
      expect(roundTrip(text)).toBe(text);
    }
});
