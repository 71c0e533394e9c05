import type { DecoderLimits, EngineMessage, Untyped } from "@halyard/contracts";
import { Emitter, toBytes } from "@halyard/core";
import type { Bytes } from "./binary-data.ts";
import type { Reviver } from "./decoder.ts";
import { encodeParts, writeJson, type Replacer, type WriteData } from "./encode.ts";
import { parseError } from "./errors.ts";
import type { LimitedDecoder } from "./limited-decoder.ts";
import { isEventData, isRecord } from "./packet-shape.ts";
import { resolveLimits } from "./limits.ts";
import { createDecoder, createReader } from "./parser.ts";
import { toRawPacket } from "./raw-packet.ts";

/** Revision of the Socket.IO protocol. */
export const protocol: number = 5;

/** Names the types of packets by number, and the numbers by name. */
export const PacketType: {
  readonly CONNECT: 0;
  readonly DISCONNECT: 1;
  readonly EVENT: 2;
  readonly ACK: 3;
  readonly CONNECT_ERROR: 4;
  readonly BINARY_EVENT: 5;
  readonly BINARY_ACK: 6;
  readonly [digit: number]: string;
} = {
  CONNECT: 0,
  DISCONNECT: 1,
  EVENT: 2,
  ACK: 3,
  CONNECT_ERROR: 4,
  BINARY_EVENT: 5,
  BINARY_ACK: 6,
  0: "CONNECT",
  1: "DISCONNECT",
  2: "EVENT",
  3: "ACK",
  4: "CONNECT_ERROR",
  5: "BINARY_EVENT",
  6: "BINARY_ACK",
};

/** The number of a packet's type. */
export type PacketType = 0 | 1 | 2 | 3 | 4 | 5 | 6;

/** A packet as `socket.io-parser` knows it. */
export interface Packet {
  type: number;
  nsp: string;
  data?: Untyped;
  id?: number;
  attachments?: number;
}

/** What a {@link Decoder} can be told. */
export interface DecoderOptions extends DecoderLimits {
  /** Given to `JSON.parse`. */
  readonly reviver?: Reviver;
}

/**
 * The encoder of `socket.io-parser`, for code that was written for it. Prefer `parser.encode()`.
 *
 * @example
 * new Encoder().encode({ type: PacketType.EVENT, nsp: "/", data: ["hello"] }); // ['2["hello"]']
 */
export class Encoder {
  readonly #write: WriteData;

  constructor(replacer?: Replacer) {
    this.#write = (data, attachments) => writeJson(data, attachments, replacer);
  }

  /**
   * Encodes one packet: its text, then its attachments.
   * @throws `SOCKET_ENCODE`
   */
  encode({ type, nsp, data, id }: Packet): EngineMessage[] {
    const textType = type > PacketType.CONNECT_ERROR ? type - 3 : type;
    return encodeParts(textType, nsp || "/", id ?? undefined, data ?? undefined, this.#write);
  }
}

/**
 * The decoder of `socket.io-parser`, for code that was written for it. Prefer `parser.createDecoder()`.
 *
 * @example
 * const decoder = new Decoder();
 * decoder.on("decoded", (packet) => console.log(packet.data));
 * decoder.add('2["hello"]');
 */
export class Decoder extends Emitter<{ decoded: (packet: Packet) => void }> {
  readonly #decoder: LimitedDecoder;

  constructor(options: DecoderOptions | Reviver = {}) {
    super();
    const { reviver, ...limits } = typeof options === "function" ? { reviver: options } : options;
    this.#decoder = createDecoder(resolveLimits(limits), createReader(reviver));
  }

  /**
   * Takes one message, and emits the packet it completes, if any, as `decoded`.
   * @throws `SOCKET_PARSE`
   */
  add(message: unknown): void {
    const packet = this.#decoder.write(toMessage(message));
    if (packet) this.emit("decoded", toRawPacket(packet));
  }

  /** Forgets a partly received packet. */
  destroy(): void {
    this.#decoder.reset();
  }
}

function toMessage(message: unknown): string | Bytes {
  if (typeof message === "string" || message instanceof ArrayBuffer) return message;
  const bytes = toBytes(message);
  if (bytes === undefined) throw parseError("message is neither text nor bytes");
  return bytes;
}

/** Tells whether a packet may be sent, by the rules of `socket.io-parser`. */
export function isPacketValid({ type, nsp, data, id }: Packet): boolean {
  if (typeof nsp !== "string" || !(id === undefined || Number.isInteger(id))) return false;
  switch (type) {
    case PacketType.CONNECT:
      return data === undefined || isRecord(data);
    case PacketType.DISCONNECT:
      return data === undefined;
    case PacketType.EVENT:
      return isEventData(data);
    case PacketType.ACK:
      return Array.isArray(data);
    case PacketType.CONNECT_ERROR:
      return typeof data === "string" || isRecord(data);
    default:
      return false;
  }
}
