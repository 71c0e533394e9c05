import type { Parser } from "@halyard/contracts";
import { JsonDecoder, type Reviver } from "./decoder.ts";
import { encodePacket, type Replacer } from "./encode.ts";
import { resolveLimits } from "./limits.ts";

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
  return {
    name: "json",
    encode: (packet) => encodePacket(packet, replacer),
    createDecoder: (limits) => new JsonDecoder(resolveLimits(limits), reviver),
  };
}

/**
 * The default wire format: JSON with attachments.
 *
 * @example
 * const [text] = parser.encode({ type: "event", namespace: "/", data: ["hello", "world"] }); // 2["hello","world"]
 * const packet = parser.createDecoder().write('2["hello","world"]');
 */
export const parser: Parser = createParser();
