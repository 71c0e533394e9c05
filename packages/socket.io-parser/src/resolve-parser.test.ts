import type { Parser } from "@halyard/contracts";
import { expect, test } from "vitest";
import * as module from "./index.ts";
import { parser, resolveParser } from "./index.ts";

const own: Parser = { name: "own", encode: () => [], createDecoder: () => parser.createDecoder() };

test("nothing given means the default", () => {
  expect(resolveParser(undefined)).toBe(parser);
  expect(resolveParser(null)).toBe(parser);
});

test("a parser is taken as it is", () => {
  expect(resolveParser(own)).toBe(own);
});

test("a module's parser is preferred to its classes", () => {
  expect(resolveParser(module)).toBe(parser);
  expect(resolveParser({ ...module, parser: own })).toBe(own);
  expect(resolveParser({ default: { parser: own } })).toBe(own);
});

test.each([["json"], [5], [{}], [{ encode() {} }], [{ Encoder: class {} }], [{ default: null }], [() => {}]])(
  "%s is refused",
  (option) => {
    expect(() => resolveParser(option)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  },
);

test("a module that is its own default is no reason to hang", () => {
  const module: { default?: unknown } = {};
  module.default = module;
  expect(() => resolveParser(module)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});
