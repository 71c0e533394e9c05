import type { Decoder, SocketPacket } from "@halyard/contracts";
import { utf8Length } from "@halyard/core";
import { fillSlots, findSlots, type Slot } from "./binary-data.ts";
import { limitError, parseError } from "./errors.ts";
import type { ResolvedLimits } from "./limits.ts";
import { checkDepth, mayNestDeeper } from "./nesting.ts";
import { buildPacket, checkNamespace } from "./packet-shape.ts";
import { byteLengthExceeds } from "./utf8.ts";
import { BINARY_OFFSET, WIRE_TYPES } from "./wire-type.ts";

/** As `JSON.parse` takes it. */
export type Reviver = (this: unknown, key: string, value: unknown) => unknown;

/** Handed on as it came: a `Buffer` stays one, and so does an `ArrayBuffer`. */
type Bytes = ArrayBuffer | ArrayBufferView;

const ZERO = 0x30;
const SPACE = 0x20;
const HYPHEN = 0x2d;
const SLASH = 0x2f;

/** A packet whose text has arrived and whose attachments have not, or not all. */
interface PartialPacket {
  readonly packet: SocketPacket;
  readonly slots: readonly Slot[];
  readonly count: number;
  readonly attachments: Bytes[];
  bytesLeft: number;
}

/** Reads `<type>[<count>-][<namespace>,][<id>][<JSON>]` and the attachments that follow (Socket.IO v5, "Packet encoding"). */
export class JsonDecoder implements Decoder {
  readonly #limits: ResolvedLimits;
  readonly #reviver: Reviver | undefined;
  #partial: PartialPacket | undefined;
  /** The last namespace other than `/`: most connections use one, which is then neither cut out nor measured again. */
  #namespace = "/";

  constructor(limits: ResolvedLimits, reviver: Reviver | undefined) {
    this.#limits = limits;
    this.#reviver = reviver;
  }

  get pending(): boolean {
    return this.#partial !== undefined;
  }

  write(message: string | Bytes): SocketPacket | undefined {
    const partial = this.#partial;
    if (typeof message === "string") {
      if (!partial) return this.#readText(message);
    } else if (partial) {
      return this.#attach(message, partial);
    }
    this.reset();
    throw parseError(partial ? "missing attachment" : "unknown attachment");
  }

  reset(): void {
    this.#partial = undefined;
  }

  #readText(text: string): SocketPacket | undefined {
    const { maxAttachments, maxDepth, maxPacketBytes } = this.#limits;
    if (byteLengthExceeds(text, maxPacketBytes)) throw limitError("maxPacketBytes");
    let type = text.charCodeAt(0) - ZERO;
    if (type <= WIRE_TYPES.connect_error) return this.#readPacket(text, type, 1);
    const end = skipDigits(text, 1);
    const count = Number(text.slice(1, end));
    type -= BINARY_OFFSET;
    // no digits make a count of 0, and each attachment needs a placeholder of more than one character
    if (count < 1 || count > text.length || text.charCodeAt(end) !== HYPHEN) throw parseError("invalid type or count");
    if (count > maxAttachments) throw limitError("maxAttachments");
    const packet = this.#readPacket(text, type, end + 1);
    if (packet.type !== "event" && packet.type !== "ack") throw parseError("invalid type or count");
    const slots = findSlots(packet.data, count, maxDepth);
    this.#partial = { packet, slots, count, attachments: [], bytesLeft: maxPacketBytes - utf8Length(text) };
    return undefined;
  }

  #readPacket(text: string, type: number, start: number): SocketPacket {
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
      if (!Number.isSafeInteger(id)) throw parseError("invalid id");
      at = end;
    }
    return buildPacket(type, namespace, id, at < text.length ? this.#parse(text.slice(at)) : undefined, this.#limits);
  }

  #readNamespace(text: string, start: number): string {
    const last = this.#namespace;
    if (text.startsWith(last, start) && text[start + last.length] === ",") return last;
    const comma = text.indexOf(",", start);
    const cut = text.slice(start, comma < 0 ? text.length : comma);
    checkNamespace(cut, this.#limits);
    // a copy, because the cut refers to the whole text, which would live as long as whoever keeps the name
    return (this.#namespace = ` ${cut}`.slice(1));
  }

  #parse(json: string): unknown {
    const { maxDepth } = this.#limits;
    // JSON.parse would take white space around the value
    if (json.charCodeAt(0) <= SPACE || json.charCodeAt(json.length - 1) <= SPACE) throw parseError("invalid JSON");
    const unmeasured = mayNestDeeper(json, maxDepth);
    let data: unknown;
    try {
      data = JSON.parse(json, this.#reviver);
    } catch (error) {
      throw parseError("invalid JSON", error);
    }
    if (unmeasured) checkDepth(data, maxDepth);
    return data;
  }

  #attach(bytes: Bytes, partial: PartialPacket): SocketPacket | undefined {
    const { attachments, slots, packet, count } = partial;
    partial.bytesLeft -= bytes.byteLength;
    if (partial.bytesLeft < 0) {
      this.reset();
      throw limitError("maxPacketBytes");
    }
    if (attachments.push(bytes) < count) return undefined;
    this.reset();
    fillSlots(slots, attachments);
    return packet;
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
