import { describe, expect, test } from "vitest";
import { unpack } from "./unpack.ts";

const read = (hex: string): unknown => unpack(Buffer.from(hex.replaceAll(" ", ""), "hex"), 256);
const refusal: Error = expect.objectContaining({ code: "SOCKET_PARSE" });

describe("reads what other encoders write, too", () => {
  test.each([
    ["a wide positive integer", "ce 00000001", 1],
    ["a wide unsigned integer", "cf 0000000000000001", 1],
    ["a wide signed integer", "d3 ffffffffffffffff", -1],
    ["a signed integer that is positive", "d2 7fffffff", 2 ** 31 - 1],
    ["a float of 4 bytes", "ca 3fc00000", 1.5],
    ["a wide text", "db 00000002 6869", "hi"],
    ["a wide array", "dd 00000001 01", [1]],
    ["a wide map", "df 00000001 a161 01", { a: 1 }],
    ["a map with numbers as keys", "82 01 02 ff 03", { 1: 2, [-1]: 3 }],
    ["a key beyond ASCII", "81 a2c3a9 01", { é: 1 }],
    ["a long key", `81 d920${"61".repeat(32)} 01`, { ["a".repeat(32)]: 1 }],
    ["an empty key", "81 a0 01", { "": 1 }],
    ["a key twice", "82 a161 01 a161 02", { a: 2 }],
    ["a byte order mark", "a6 efbbbf efbbbf", "\ufeff\ufeff"],
    ["a replacement character", "a3 efbfbd", "\ufffd"],
    ["a long text with a replacement character", `d920${"61".repeat(29)}efbfbd`, `${"a".repeat(29)}\ufffd`],
    ["an extension of 1 byte", "d4 05 ff", [5, Buffer.of(255)]],
    ["an extension of 16 bytes", `d8 ff ${"01".repeat(16)}`, [-1, Buffer.alloc(16, 1)]],
    ["an extension of any length", "c7 03 05 010203", [5, Buffer.of(1, 2, 3)]],
    ["a buffer as an extension", "c7 03 00 010203", Uint8Array.of(1, 2, 3).buffer],
    ["a long buffer as an extension", "c8 0001 00 01", Uint8Array.of(1).buffer],
  ])("%s", (_, hex, value) => {
    expect(read(hex)).toStrictEqual(value);
  });
});

describe("bytes come out in the kind of the message", () => {
  const message = Uint8Array.of(0xc4, 2, 7, 8);

  test("Buffer", () => {
    const bytes = unpack(Buffer.from(message), 1);
    expect(Buffer.isBuffer(bytes)).toBe(true);
    expect(bytes).toEqual(Buffer.of(7, 8));
  });

  test("Uint8Array", () => {
    const bytes = unpack(message, 1);
    expect(Buffer.isBuffer(bytes)).toBe(false);
    expect(bytes).toEqual(Uint8Array.of(7, 8));
  });

  test("ArrayBuffer", () => {
    expect(unpack(message.buffer, 1)).toEqual(Uint8Array.of(7, 8).buffer);
  });

  test("with texts read alike", () => {
    const text = "\ufeffhéllo wörld, more than a few bytes of it";
    const bytes = Buffer.concat([Buffer.of(0xd9, Buffer.byteLength(text)), Buffer.from(text)]);
    for (const input of [bytes, new Uint8Array(bytes), new Uint8Array(bytes).buffer])
      expect(unpack(input, 1)).toBe(text);
  });
});

describe("refuses", () => {
  test.each([
    ["nothing", ""],
    ["trailing bytes", "01 02"],
    ["the tag that is never used", "c1"],
    ["a text that ends early", "a5 6869"],
    ["a text of 4 GB", "db ffffffff 61"],
    ["bytes that end early", "c4 05 0102"],
    ["bytes of 4 GB", "c6 ffffffff 01"],
    ["an extension of 4 GB", "c9 ffffffff 00 01"],
    ["an array that ends early", "92 01"],
    ["an array of 4 thousand million items", "dd ffffffff 01"],
    ["a map that ends early", "81 a161"],
    ["a map of 4 thousand million members", "df ffffffff a161 01"],
    ["an integer that ends early", "cf 00000000"],
    ["a float that ends early", "cb 00"],
    ["a length that ends early", "da 00"],
    ["text that is not UTF-8", "a2 c328"],
    ["a long text that is not UTF-8", `d920${"61".repeat(30)}c328`],
    ["a surrogate in UTF-8", "a3 eda080"],
    ["a key that is nil", "81 c0 01"],
    ["a key that is a map", "81 80 01"],
    ["a key that is bytes", "81 c40161 01"],
    ["__proto__ as a key", "81 a95f5f70726f746f5f5f 80"],
    ["__proto__ as a long key", "81 d9095f5f70726f746f5f5f 80"],
    ["arrays within arrays that announce more than there is", `${"dd00000400".repeat(200)}${"01".repeat(1024)}`],
  ])("%s", (_, hex) => {
    expect(() => read(hex)).toThrow(refusal);
  });

  test("text that is not UTF-8 in a plain Uint8Array, too", () => {
    expect(() => unpack(Uint8Array.of(0xa2, 0xc3, 0x28), 1)).toThrow(refusal);
  });

  test("constructor and prototype are keys like any other", () => {
    expect(read("81 ab636f6e7374727563746f72 01")).toEqual({ constructor: 1 });
  });
});

test("depth has a limit", () => {
  const nested = (depth: number): Uint8Array => new Uint8Array([...Array<number>(depth).fill(0x91), 1]);
  expect(() => unpack(nested(257), 256)).not.toThrow(); // the packet around the data is no level of its own
  expect(() => unpack(nested(258), 256)).toThrow("packet exceeds maxDepth");
  expect(() => unpack(nested(1_000_000), 256)).toThrow("packet exceeds maxDepth");
  expect(() => unpack(nested(1_000_000), Infinity)).toThrow(refusal);
});
