import type { Decoder, SocketPacket } from "@halyard/contracts";
import type { Bytes, Slot } from "./binary-data.ts";
import type { Reviver } from "./decoder.ts";
import { limitError, parseError } from "./errors.ts";
import { findSlots } from "./json.browser.ts";
import { buildPacket } from "./packet-shape.ts";

/** `<type>[<count>-][<namespace>,][<id>][<JSON>]` (Socket.IO v5, "Packet encoding"). */
const GRAMMAR = /^(\d)(?:(\d+)-)?(?:(\/[^,]*),?)?(\d+)?(\S(?:[^]*\S)?)?$/;

/** A packet whose text has arrived and whose attachments have not, or not all. */
interface PartialPacket {
  readonly packet: SocketPacket;
  readonly slots: readonly Slot[];
  readonly count: number;
  readonly attachments: Bytes[];
}

/** Puts texts and attachments together, in little code. */
export class SmallDecoder implements Decoder {
  readonly #reviver: Reviver | undefined;
  readonly #maxAttachments: number;
  #partial: PartialPacket | undefined;

  constructor(reviver: Reviver | undefined, maxAttachments = 10) {
    this.#reviver = reviver;
    this.#maxAttachments = maxAttachments;
  }

  get pending(): boolean {
    return !!this.#partial;
  }

  write(message: string | Bytes): SocketPacket | undefined {
    const partial = this.#partial;
    this.reset();
    if (typeof message === "string" && !partial) return this.#readText(message);
    if (typeof message === "string" || !partial) throw parseError("invalid attachments");
    const { packet, slots, count, attachments } = partial;
    if (attachments.push(message) < count) {
      this.#partial = partial;
      return undefined;
    }
    // the data was decoded for this packet and belongs to nobody else yet
    for (const { holder, key, num } of slots) Reflect.set(holder, key, attachments[Number(num)]);
    return packet;
  }

  reset(): void {
    this.#partial = undefined;
  }

  #readText(text: string): SocketPacket | undefined {
    const [, type, announced = 0, namespace = "/", id, json] = GRAMMAR.exec(text) ?? [];
    const digit = Number(type);
    const count = Number(announced);
    if (count > this.#maxAttachments) throw limitError("maxAttachments");
    const slots: Slot[] = [];
    let data: unknown;
    try {
      // looking for places takes time, and only packets with attachments have any
      data = json && JSON.parse(json, digit > 4 ? findSlots(slots, this.#reviver) : this.#reviver);
    } catch (error) {
      throw parseError("invalid JSON", error);
    }
    const packet = buildPacket(digit, namespace, id ? Number(id) : undefined, data);
    const numbers = new Set(slots.map(({ num }) => num));
    let num = 0;
    while (numbers.delete(num)) num++;
    // a place for each attachment and none for others, and the type of a packet that has some
    if (numbers.size > 0 || num !== count || count > 0 !== digit > 4) throw parseError("invalid attachments");
    if (count === 0) return packet;
    this.#partial = { packet, slots, count, attachments: [] };
    return undefined;
  }
}
