import type { Parser } from "@halyard/contracts";
import { bridgeParser } from "./bridge.ts";
import { JsonDecoder, parseJson, type TextReader } from "./decoder.ts";
import { encodePacket } from "./encode.ts";
import { findSlots, takeBytes } from "./json.browser.ts";
import { MAX_DEPTH } from "./max-depth.ts";
import type { JsonParserOptions } from "./parser.ts";
import { findParser } from "./resolve-parser.ts";
import { splitText } from "./split-text.browser.ts";

/**
 * Makes a parser of the default wire format that converts values on their way. In browsers, which choose their server, its
 * decoders know of the limit `maxAttachments` only.
 *
 * @example
 * const parser = createParser({ replacer: (_, value) => (typeof value === "bigint" ? `${value}n` : value) });
 */
export function createParser({ replacer, reviver }: JsonParserOptions = {}): Parser {
  const reader: TextReader = {
    split: splitText,
    parse: (json, _bounds, slots) => parseJson(json, slots ? findSlots(slots, reviver) : reviver),
  };
  return {
    name: "json",
    encode: (packet) =>
      encodePacket(packet, (data, attachments) => JSON.stringify(data, takeBytes(attachments, replacer))),
    createDecoder: ({ maxAttachments = 10 } = {}) => new JsonDecoder(reader, { maxAttachments, maxDepth: MAX_DEPTH }),
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
  return findParser(option, parser, bridgeParser);
}
