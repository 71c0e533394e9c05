import type { Parser } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import type { ForeignParser } from "./bridge.ts";

/**
 * Finds the parser that an option stands for: none (the standard one), a {@link Parser}, a module that exports one as
 * `parser`, or a module with the classes `Encoder` and `Decoder`, which needs a bridge.
 * @throws `INVALID_OPTION` for anything else.
 */
export function findParser(option: unknown, standard: Parser, bridge: (module: ForeignParser) => Parser): Parser {
  // a CommonJS module seen from an ES module is behind its default export
  for (const module of [option ?? standard, member(option, "default")]) {
    for (const value of [module, member(module, "parser")])
      if (has<Parser>(value, "encode", "createDecoder")) return value;
    if (has<ForeignParser>(module, "Encoder", "Decoder")) return bridge(module);
  }
  throw codedError("INVALID_OPTION", "invalid parser");
}

function member(value: unknown, name: string): unknown {
  return Reflect.get(Object(value), name);
}

/** Tells whether a value has functions of both names. */
function has<Type>(value: unknown, first: keyof Type & string, second: keyof Type & string): value is Type {
  return typeof member(value, first) === "function" && typeof member(value, second) === "function";
}
