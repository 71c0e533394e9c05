import type { Parser } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import { bridgeParser, type ForeignParser } from "./bridge.ts";
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
  const found = asParser(option) ?? asParser(Reflect.get(Object(option), "default"));
  if (found) return found;
  throw codedError("INVALID_OPTION", "invalid parser");
}

function asParser(value: unknown): Parser | undefined {
  if (isParser(value)) return value;
  const module: object = Object(value);
  if ("parser" in module && isParser(module.parser)) return module.parser;
  return has<ForeignParser>(module, "Encoder", "Decoder") ? bridgeParser(module) : undefined;
}

function isParser(value: unknown): value is Parser {
  return has<Parser>(value, "encode", "createDecoder");
}

/** Tells whether a value has functions of all these names. */
function has<Type>(value: unknown, ...names: (keyof Type & string)[]): value is Type {
  return names.every((name) => typeof Reflect.get(Object(value), name) === "function");
}
