import { describe, expect, test } from "vitest";
import { createParser, parser } from "./index.ts";

const encode = (...args: unknown[]): unknown[] => [
  ...parser.encode({ type: "event", namespace: "/", data: ["e", ...args] }),
];
const textOf = (value: unknown): unknown => encode(value)[0];

describe("text", () => {
  test.each([
    ["a function", () => 1],
    ["undefined", undefined],
    ["a symbol", Symbol("s")],
    ["NaN", Number.NaN],
    ["minus zero", -0],
    [
      "every character that JSON escapes",
      Array.from({ length: 0x80 }, (_, code) => String.fromCharCode(code)).join(""),
    ],
    ["surrogates", "\ud83d\ude00 \ud83d \ude00"],
    ["a date", new Date(5)],
    ["an invalid date", new Date(Number.NaN)],
    ["boxed values", [new String("x"), new Number(1), new Boolean(false)]],
    ["maps and sets", [new Map([[1, 2]]), new Set([1])]],
    [
      "a class instance",
      new (class Point {
        x = 1;
        #y = 2;
        get y() {
          return this.#y;
        }
      })(),
    ],
    ["an object without prototype", Object.assign(Object.create(null), { a: { b: 1 } })],
    ["an array with holes", Object.assign([], { 0: 1, 2: 3 })],
    ["members that have no JSON", { f() {}, u: undefined, s: Symbol("s"), list: [undefined, () => 1] }],
    ["toJSON", { toJSON: () => ({ a: [1] }) }],
    [
      "toJSON that returns itself",
      new (class Self {
        x = 1;
        toJSON() {
          return this;
        }
      })(),
    ],
    ["toJSON with its key", [{ key: { toJSON: (key: string) => key } }, { toJSON: (key: string) => key }]],
    ["toJSON on what toJSON returned", { toJSON: () => ({ toJSON: () => 1, b: 2 }) }],
    ["toJSON without a result", [{ toJSON: () => undefined }]],
    ["an own __proto__", JSON.parse('{"__proto__":{"a":[1]}}')],
  ])("is what JSON.stringify gives for %s", (_, value) => {
    expect(textOf(value)).toBe(`2${JSON.stringify(["e", value])}`);
  });

  test("passes a replacer all data but bytes", () => {
    const parser = createParser({ replacer: (_, value) => (typeof value === "bigint" ? `${value}n` : value) });
    expect(parser.encode({ type: "event", namespace: "/", data: ["e", 5n, { deep: [6n] }, Buffer.of(1)] })).toEqual([
      '51-["e","5n",{"deep":["6n"]},{"_placeholder":true,"num":0}]',
      Buffer.of(1),
    ]);
    expect(parser.encode({ type: "connect", namespace: "/", data: { id: 7n } })).toEqual(['0{"id":"7n"}']);
  });
});

describe("bytes", () => {
  const placeholder = (num: number): string => `{"_placeholder":true,"num":${num}}`;

  test("are what views show of their buffer", () => {
    const memory = Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7]).buffer;
    const [, ...attachments] = encode(
      new Uint8Array(memory, 1, 2),
      new DataView(memory, 3, 1),
      new Uint16Array(memory, 4, 1),
      memory,
    );
    expect(attachments.map((bytes) => [...(bytes as Uint8Array)])).toEqual([
      [1, 2],
      [3],
      [4, 5],
      [0, 1, 2, 3, 4, 5, 6, 7],
    ]);
  });

  test("stay the Buffer that they were", () => {
    const bytes = Buffer.of(1);
    expect(encode({ bytes })[1]).toBe(bytes);
  });

  test("are found in whatever toJSON returns", () => {
    const view = { toJSON: () => ({ inner: Buffer.of(1) }) };
    expect(encode(view, { toJSON: () => Buffer.of(2) })).toEqual([
      `52-["e",{"inner":${placeholder(0)}},${placeholder(1)}]`,
      Buffer.of(1),
      Buffer.of(2),
    ]);
  });

  test("are not looked for in what an object only inherits", () => {
    expect(encode(Object.create({ inherited: Buffer.of(1) }))).toEqual(['2["e",{}]']);
  });

  test("leave the caller's data alone", () => {
    const data = { list: [Uint8Array.of(1), { a: 1 }], "": Uint8Array.of(2) };
    const before = structuredClone(data);
    expect(encode(data)[0]).toBe(`52-["e",{"list":[${placeholder(0)},{"a":1}],"":${placeholder(1)}}]`);
    expect(data).toEqual(before);
  });

  test("under the key __proto__ do not become a prototype", () => {
    const data = JSON.parse('{"__proto__":0}');
    Object.defineProperty(data, "__proto__", { value: Buffer.of(1), enumerable: true });
    expect(encode(data)).toEqual([`51-["e",{"__proto__":${placeholder(0)}}]`, Buffer.of(1)]);
  });
});

describe("what cannot be encoded is refused with a code", () => {
  const nested = (depth: number): unknown => Array.from({ length: depth }).reduce((inner) => [inner], 1);
  const circular: unknown[] = [];
  circular.push({ circular });

  test.each([
    ["a circle", circular],
    ["a circle through toJSON", { toJSON: () => circular }],
    [
      "toJSON without an end",
      new (class Endless {
        next = { toJSON: () => new Endless() };
      })(),
    ],
    ["depth", nested(256)],
    ["a BigInt", [1n]],
    [
      "a toJSON that throws",
      {
        toJSON() {
          throw new Error("mine");
        },
      },
    ],
  ])("%s", (_, value) => {
    expect(() => encode(value)).toThrow(expect.objectContaining({ code: "SOCKET_ENCODE" }));
  });

  test("but not the greatest depth allowed", () => {
    expect(parser.createDecoder().write(String(textOf(nested(255))))).toMatchObject({ data: ["e", nested(255)] });
  });

  test("the cause is what was thrown", () => {
    const cause = new Error("mine");
    const value = {
      toJSON() {
        throw cause;
      },
    };
    expect(() => encode(value)).toThrow(expect.objectContaining({ cause }));
  });
});
