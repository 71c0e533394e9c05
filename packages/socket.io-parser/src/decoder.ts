import type { Decoder, DecoderLimits, SocketPacket } from "@halyard/contracts";
import type { Bytes, Slot } from "./binary-data.ts";
import { limitError, parseError } from "./errors.ts";
import { buildPacket } from "./packet-shape.ts";
import type { TextParts } from "./split-text.ts";

/** As `JSON.parse` takes it. */
export type Reviver = (this: unknown, key: string, value: unknown) => unknown;

/** What a decoder must know to work in bounded time and memory. */
export type DecoderBounds = Required<Pick<DecoderLimits, "maxAttachments" | "maxDepth">>;

/** How decoders read texts. */
export interface TextReader {
  split(text: string): TextParts;
  /** Adds the places for attachments to `slots`, if there are to be any. */
  parse(json: string, bounds: DecoderBounds, slots: Slot[] | undefined): unknown;
}

/** A packet whose text has arrived and whose attachments have not, or not all. */
interface PartialPacket {
  readonly packet: SocketPacket;
  readonly slots: readonly Slot[];
  readonly count: number;
  readonly attachments: Bytes[];
}

/** Puts texts and attachments together. Of the limits, it keeps those without which its work would have no bounds. */
export class JsonDecoder implements Decoder {
  readonly #reader: TextReader;
  readonly #bounds: DecoderBounds;
  #partial: PartialPacket | undefined;

  constructor(reader: TextReader, bounds: DecoderBounds) {
    this.#reader = reader;
    this.#bounds = bounds;
  }

  get pending(): boolean {
    return this.#partial !== undefined;
  }

  write(message: string | Bytes): SocketPacket | undefined {
    const partial = this.#partial;
    if (typeof message === "string") {
      if (!partial) return this.#readText(message);
    } else if (partial) {
      const { packet, slots, count, attachments } = partial;
      if (attachments.push(message) < count) return undefined;
      this.reset();
      // the data was decoded for this packet and belongs to nobody else yet
      for (const { holder, key, num } of slots) Reflect.set(holder, key, attachments[Number(num)]);
      return packet;
    }
    this.reset();
    throw parseError("invalid attachments");
  }

  reset(): void {
    this.#partial = undefined;
  }

  #readText(text: string): SocketPacket | undefined {
    const { digit, count, namespace, id, json } = this.#reader.split(text);
    if (count > this.#bounds.maxAttachments) throw limitError("maxAttachments");
    // a count of attachments and a type that has some go together
    if (count > 0 !== digit > 4) throw parseError("invalid attachments");
    const slots = digit > 4 ? [] : undefined;
    const data = json && this.#reader.parse(json, this.#bounds, slots);
    const packet = buildPacket(digit, namespace, id, data);
    if (!slots) return packet;
    checkSlots(slots, count);
    this.#partial = { packet, slots, count, attachments: [] };
    return undefined;
  }
}

/** @throws `SOCKET_PARSE` unless there is a place for each attachment and none for others. */
function checkSlots(slots: readonly Slot[], count: number): void {
  const numbers = new Set(slots.map(({ num }) => num));
  let num = 0;
  while (numbers.delete(num)) num++;
  if (numbers.size > 0 || num !== count) throw parseError("invalid attachments");
}

/** @throws `SOCKET_PARSE` for what is not JSON. */
export function parseJson(json: string, reviver: Reviver | undefined): unknown {
  try {
    return JSON.parse(json, reviver);
  } catch (error) {
    throw parseError("invalid JSON", error);
  }
}
