import type { Parser } from "@halyard/contracts";
import { bridgeParser, type ForeignParser } from "./bridge.ts";
import { JsonDecoder, parseJson, type Reviver, type TextReader } from "./decoder.ts";
import { findSlots } from "./binary-data.ts";
import { encodePacket, writeJson, type Replacer, type WriteData } from "./encode.ts";
import { LimitedDecoder } from "./limited-decoder.ts";
import { resolveLimits, type ResolvedLimits } from "./limits.ts";
import { checkDepth, mayNestDeeper } from "./nesting.ts";
import { findParser } from "./resolve-parser.ts";
import { splitText } from "./split-text.ts";
import { writeArguments } from "./write-arguments.ts";

/** What {@link createParser} can be told. */
export interface JsonParserOptions {
  /** Given to `JSON.stringify` with every packet's data, after bytes were taken out of it. */
  readonly replacer?: Replacer;
  /** Given to `JSON.parse` with every packet's data, before bytes are put back into it. */
  readonly reviver?: Reviver;
}

/**
 * Makes a parser of the default wire format that converts values on their way.
 *
 * @example
 * const parser = createParser({ replacer: (_, value) => (typeof value === "bigint" ? `${value}n` : value) });
 */
export function createParser({ replacer, reviver }: JsonParserOptions = {}): Parser {
  const write: WriteData = replacer ? (data, attachments) => writeJson(data, attachments, replacer) : writeArguments;
  const reader = createReader(reviver);
  return {
    name: "json",
    encode: (packet) => encodePacket(packet, write),
    createDecoder: (limits) => createDecoder(resolveLimits(limits), reader),
  };
}

/**
 * The default wire format: JSON with attachments.
 *
 * @example
 * const [text] = parser.encode({ type: "event", namespace: "/", data: ["hello", "world"] }); // 2["hello","world"]
 * const packet = parser.createDecoder().write('2["hello","world"]');
 */
export const parser: Parser = /* @__PURE__ */ createParser();

/**
 * Finds the parser that a `parser` option stands for: none (the default), a {@link Parser}, a module that exports one
 * as `parser`, or a module of the incumbent's kind with the classes `Encoder` and `Decoder`.
 * @throws `INVALID_OPTION` for anything else.
 *
 * @example
 * const parser = resolveParser(await import("socket.io-msgpack-parser"));
 */
export function resolveParser(option: unknown): Parser {
  return findParser(option, parser, bridgeWithLimits);
}

/** How decoders that keep all limits read texts; they share it, as there is one for each connection. */
export function createReader(reviver: Reviver | undefined): TextReader {
  return {
    split: splitText,
    parse(json, { maxDepth }, slots) {
      const unmeasured = mayNestDeeper(json, maxDepth);
      const data = parseJson(json, reviver);
      if (unmeasured) checkDepth(data, maxDepth);
      if (slots) findSlots(Object(data), maxDepth, slots);
      return data;
    },
  };
}

/** Makes a decoder of the default wire format that keeps all limits. */
export function createDecoder(limits: ResolvedLimits, reader: TextReader): LimitedDecoder {
  return new LimitedDecoder(new JsonDecoder(reader, limits), limits, false);
}

function bridgeWithLimits(module: ForeignParser): Parser {
  const bridged = bridgeParser(module);
  return {
    ...bridged,
    createDecoder: (limits) => new LimitedDecoder(bridged.createDecoder(), resolveLimits(limits), true),
  };
}
