import type { DecoderLimits, EngineMessage, Untyped } from "@halyard/contracts";
import { Emitter, toBytes } from "@halyard/core";
import { JsonDecoder, type Reviver } from "./decoder.ts";
import { encodeParts, type Replacer } from "./encode.ts";
import { parseError } from "./errors.ts";
import { resolveLimits } from "./limits.ts";
import { isEventData, isRecord } from "./packet-shape.ts";
import { toRawPacket } from "./raw-packet.ts";
import { BINARY_OFFSET } from "./wire-type.ts";

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
  readonly #replacer: Replacer | undefined;

  constructor(replacer?: Replacer) {
    this.#replacer = replacer;
  }

  /**
   * Encodes one packet: its text, then its attachments.
   * @throws `SOCKET_ENCODE`
   */
  encode({ type, nsp, data, id }: Packet): EngineMessage[] {
    const textType = type > PacketType.CONNECT_ERROR ? type - BINARY_OFFSET : type;
    return encodeParts(textType, nsp || "/", id ?? undefined, data ?? undefined, this.#replacer);
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
  readonly #decoder: JsonDecoder;

  constructor(options: DecoderOptions | Reviver = {}) {
    super();
    const { reviver, ...limits } = typeof options === "function" ? { reviver: options } : options;
    this.#decoder = new JsonDecoder(resolveLimits(limits), reviver);
  }

  /**
   * Takes one message, and emits the packet it completes, if any, as `decoded`.
   * @throws `SOCKET_PARSE`
   */
  add(message: unknown): void {
    if (typeof message !== "string" && !isBytes(message)) throw parseError("message is neither text nor bytes");
    const packet = this.#decoder.write(message);
    if (packet) this.emit("decoded", toRawPacket(packet));
  }

  /** Forgets a partly received packet. */
  destroy(): void {
    this.#decoder.reset();
  }
}

function isBytes(value: unknown): value is ArrayBuffer | ArrayBufferView {
  return toBytes(value) !== undefined;
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
