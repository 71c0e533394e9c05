import type { Parser } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import { bridgeParser, isForeignParser } from "./bridge.ts";
import { parser } from "./parser.ts";

/**
 * Finds the parser that a `parser` option stands for: none (the default), a {@link Parser}, a module that exports one
 * as `parser`, or a module of the incumbent's kind with the classes `Encoder` and `Decoder`.
 * @throws `INVALID_OPTION` for anything else.
 *
 * @example
 * const { encode } = resolveParser(await import("socket.io-msgpack-parser"));
 */
export function resolveParser(option: unknown): Parser {
  return option === undefined || option === null ? parser : resolveGiven(option);
}

function resolveGiven(option: unknown): Parser {
  if (isParser(option)) return option;
  if (isObject(option)) {
    if ("parser" in option && isParser(option.parser)) return option.parser;
    if (isForeignParser(option)) return bridgeParser(option);
    // a CommonJS module seen from an ES module
    if ("default" in option && isObject(option.default)) return resolveGiven(option.default);
  }
  throw codedError("INVALID_OPTION", "parser must have encode() and createDecoder(), or Encoder and Decoder");
}

function isParser(value: unknown): value is Parser {
  return (
    isObject(value) &&
    "encode" in value &&
    typeof value.encode === "function" &&
    "createDecoder" in value &&
    typeof value.createDecoder === "function"
  );
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
