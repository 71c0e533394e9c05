import type { Decoder, EngineMessage, SocketPacket } from "@halyard/contracts";
import { parseError } from "./errors.ts";
import { isTooDeep } from "./json-depth.ts";
import type { ResolvedLimits } from "./limits.ts";
import { buildPacket, checkNamespace } from "./packet-shape.ts";
import { fillSlots, findSlots, type Attachment, type Slot } from "./placeholders.ts";
import { byteLengthExceeds } from "./utf8.ts";

/** As `JSON.parse` takes it. */
export type Reviver = (this: unknown, key: string, value: unknown) => unknown;

const ZERO = 0x30;
const HYPHEN = 0x2d;
const SLASH = 0x2f;
const LAST_TEXT_TYPE = 4;
const LAST_TYPE = 6;
/** Distance from a type to the type of the same packet with attachments (5 and 6 to 2 and 3). */
const BINARY_OFFSET = 3;
/** Digits of 2^53 − 1. */
const MAX_ID_DIGITS = 16;

/** A packet whose text has arrived and whose attachments have not, or not all. */
interface Partial {
  readonly packet: SocketPacket;
  readonly slots: readonly Slot[];
  readonly count: number;
  readonly attachments: Attachment[];
  bytesLeft: number;
}

/** Reads `<type>[<count>-][<namespace>,][<id>][<JSON>]` and the attachments that follow (Socket.IO v5, "Packet encoding"). */
export class JsonDecoder implements Decoder {
  readonly #limits: ResolvedLimits;
  readonly #reviver: Reviver | undefined;
  #partial: Partial | undefined;
  /** The last namespace other than `/`: most connections use one, which is then neither cut out nor measured again. */
  #namespace = "";

  constructor(limits: ResolvedLimits, reviver: Reviver | undefined) {
    this.#limits = limits;
    this.#reviver = reviver;
  }

  get pending(): boolean {
    return this.#partial !== undefined;
  }

  write(message: EngineMessage): SocketPacket | undefined {
    if (typeof message !== "string") return this.#attach(message);
    if (this.#partial !== undefined) throw this.#refuse("text arrived while a packet waits for its attachments");
    return this.#readText(message);
  }

  reset(): void {
    this.#partial = undefined;
  }

  #readText(text: string): SocketPacket | undefined {
    if (byteLengthExceeds(text, this.#limits.maxPacketBytes)) throw parseError("packet larger than maxPacketBytes");
    const digit = text.charCodeAt(0) - ZERO;
    if (!(digit >= 0 && digit <= LAST_TYPE)) throw parseError("unknown packet type");
    if (digit <= LAST_TEXT_TYPE) return this.#readPacket(text, digit, 1, 0);
    const end = skipDigits(text, 1);
    if (end === 1 || text.charCodeAt(end) !== HYPHEN) throw parseError("a binary packet needs a count of attachments");
    const count = Number(text.slice(1, end));
    if (count === 0) throw parseError("a binary packet announces at least one attachment");
    if (count > this.#limits.maxAttachments) throw parseError("more attachments than maxAttachments");
    return this.#readPacket(text, digit - BINARY_OFFSET, end + 1, count);
  }

  #readPacket(text: string, type: number, start: number, count: number): SocketPacket | undefined {
    let at = start;
    let namespace = "/";
    if (text.charCodeAt(at) === SLASH) {
      namespace = this.#readNamespace(text, at);
      at += namespace.length + 1;
    }
    let id: number | undefined;
    const end = skipDigits(text, at);
    if (end > at) {
      id = Number(text.slice(at, end));
      if (end - at > MAX_ID_DIGITS || id > Number.MAX_SAFE_INTEGER) throw parseError("the id is larger than 2^53 - 1");
      at = end;
    }
    const data = at < text.length ? this.#parse(at === 0 ? text : text.slice(at)) : undefined;
    const packet = buildPacket(type, namespace, id, data, this.#limits);
    if (count === 0) return packet;
    this.#await(packet, count, text.length);
    return undefined;
  }

  #readNamespace(text: string, start: number): string {
    const last = this.#namespace;
    if (last !== "" && text.startsWith(last, start) && text[start + last.length] === ",") return last;
    const comma = text.indexOf(",", start);
    const cut = text.slice(start, comma === -1 ? text.length : comma);
    checkNamespace(cut, this.#limits);
    // a copy, because the cut refers to the whole text, which would live as long as whoever keeps the name
    return (this.#namespace = ` ${cut}`.slice(1));
  }

  #parse(json: string): unknown {
    // JSON.parse would take white space around the value
    if (json.charCodeAt(0) <= 0x20 || json.charCodeAt(json.length - 1) <= 0x20)
      throw parseError("white space around the payload");
    if (isTooDeep(json, this.#limits.maxDepth)) throw parseError("data nested deeper than maxDepth");
    try {
      return JSON.parse(json, this.#reviver);
    } catch (error) {
      throw parseError("the payload is not JSON", error);
    }
  }

  #await(packet: SocketPacket, count: number, textBytes: number): void {
    if (packet.type !== "event" && packet.type !== "ack") throw parseError("only events and acknowledgements are binary");
    const slots = findSlots(packet.data, count, this.#limits.maxDepth);
    this.#partial = { packet, slots, count, attachments: [], bytesLeft: this.#limits.maxPacketBytes - textBytes };
  }

  #attach(bytes: Attachment): SocketPacket | undefined {
    const partial = this.#partial;
    if (partial === undefined) throw parseError("binary arrived that no packet announced");
    partial.bytesLeft -= bytes.byteLength;
    if (partial.bytesLeft < 0) throw this.#refuse("packet larger than maxPacketBytes");
    if (partial.attachments.push(bytes) < partial.count) return undefined;
    this.#partial = undefined;
    fillSlots(partial.slots, partial.attachments);
    return partial.packet;
  }

  #refuse(message: string): Error {
    this.reset();
    return parseError(message);
  }
}

function skipDigits(text: string, from: number): number {
  let at = from;
  for (;;) {
    const digit = text.charCodeAt(at) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return at;
    at++;
  }
}
