import type { EngineMessage, Parser, SocketPacket } from "@halyard/contracts";
import { bridgeParser } from "./bridge.ts";
import { SmallDecoder } from "./decoder.browser.ts";
import { encodeError } from "./errors.ts";
import { takeBytes } from "./json.browser.ts";
import { WIRE_TYPES, type AnyPacket } from "./packet-shape.ts";
import type { JsonParserOptions } from "./parser.ts";
import { findParser } from "./resolve-parser.ts";

/**
 * Makes a parser of the default wire format that converts values on their way. In browsers, which choose their server, its
 * decoders know of the limit `maxAttachments` only.
 *
 * @example
 * const parser = createParser({ replacer: (_, value) => (typeof value === "bigint" ? `${value}n` : value) });
 */
export function createParser({ replacer, reviver }: JsonParserOptions = {}): Parser {
  return {
    name: "json",
    encode(packet: SocketPacket): EngineMessage[] {
      const { namespace, id, data }: AnyPacket = packet;
      const digit = WIRE_TYPES[packet.type];
      const attachments: Uint8Array[] = [];
      try {
        // in other packets than these, bytes are left to JSON.stringify
        const list = digit === 2 || digit === 3 ? attachments : undefined;
        const json = JSON.stringify(data, takeBytes(list, replacer)) ?? "";
        const count = attachments.length;
        const prefix = count > 0 ? `${digit + 3}${count}-` : digit;
        return [`${prefix}${namespace === "/" ? "" : namespace + ","}${id ?? ""}${json}`, ...attachments];
      } catch (error) {
        throw encodeError(error);
      }
    },
    createDecoder: ({ maxAttachments } = {}) => new SmallDecoder(reviver, maxAttachments),
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
