import { expect, test } from "vitest";
import { plainCopy } from "./plain-copy.ts";

test("copies as JSON would, and keeps bytes", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4);
  const value = {
    text: "ü",
    list: [1, undefined, () => 1, Number.NaN],
    date: new Date(0),
    gone: undefined,
    call() {},
    view: new DataView(bytes.buffer, 1, 2),
    buffer: bytes.buffer,
    own: { toJSON: () => ["as it says", { bytes }] },
  };
  const copy = plainCopy(value);
  expect(copy).toEqual({
    text: "ü",
    list: [1, null, null, null],
    date: "1970-01-01T00:00:00.000Z",
    view: Uint8Array.of(2, 3),
    buffer: bytes,
    own: ["as it says", { bytes }],
  });
  bytes[1] = 9;
  expect(copy).toMatchObject({ view: Uint8Array.of(2, 3) });
});

test("makes no prototypes of keys", () => {
  const copy: any = plainCopy(JSON.parse('{"__proto__":{"polluted":true}}'));
  expect(copy.polluted).toBeUndefined();
  expect(Object.keys(copy)).toEqual(["__proto__"]);
});

const circular: unknown[] = [];
circular.push(circular);

test.each([
  ["a BigInt", { deep: [1n] }],
  ["circular data", circular],
])("refuses %s", (_what, value) => {
  expect(() => plainCopy(value)).toThrow(expect.objectContaining({ code: "BUS_ENCODE" }));
});
