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
 * const parser = resolveParser(await import("socket.io-msgpack-parser"));
 */
export function resolveParser(option: unknown): Parser {
  if (option === undefined || option === null) return parser;
  // a CommonJS module seen from an ES module is behind its default export
  const found = asParser(option) ?? (isObject(option) && "default" in option ? asParser(option.default) : undefined);
  if (found !== undefined) return found;
  throw codedError("INVALID_OPTION", "parser must have encode() and createDecoder(), or Encoder and Decoder");
}

function asParser(value: unknown): Parser | undefined {
  if (!isObject(value)) return undefined;
  if (isParser(value)) return value;
  if ("parser" in value && isParser(value.parser)) return value.parser;
  return isForeignParser(value) ? bridgeParser(value) : undefined;
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
