import type { DecoderLimits, SocketPacket } from "@halyard/contracts";
import { parseError } from "./errors.ts";
import { resolveLimits } from "./limits.ts";
import { buildPacket, checkNamespace, isRecord } from "./packet-shape.ts";
import { BINARY_OFFSET, WIRE_TYPES } from "./wire-type.ts";

/** A packet as parsers of whole messages serialise it, in the order of the incumbent's servers. */
export interface RawPacket {
  /** From 0: connect, disconnect, event, ack, connect_error. */
  type: number;
  data?: unknown;
  id?: number;
  nsp: string;
}

/**
 * Turns a packet into what parsers of other formats serialise.
 *
 * @example
 * pack(toRawPacket({ type: "event", namespace: "/", data: ["hello"] })); // { type: 2, data: ["hello"], nsp: "/" }
 */
export function toRawPacket(packet: SocketPacket): RawPacket {
  const type = WIRE_TYPES[packet.type];
  const nsp = packet.namespace;
  if (!("data" in packet) || packet.data === undefined) return { type, nsp };
  if (!("id" in packet) || packet.id === undefined) return { type, data: packet.data, nsp };
  return { type, data: packet.data, id: packet.id, nsp };
}

/**
 * Checks what a decoder of another format has made of a message, and turns it into a packet. It applies every rule of
 * the protocol and the limits on arguments and the namespace; bytes and attachments are for the decoder to count, and
 * so is depth unless it leaves that to {@link checkDepth}.
 * @throws `SOCKET_PARSE`
 *
 * @example
 * const raw = unpack(message);
 * checkDepth(raw, 256 + 1);
 * const packet = checkPacket(raw);
 */
export function checkPacket(value: unknown, limits?: DecoderLimits): SocketPacket {
  const resolved = resolveLimits(limits);
  if (!isRecord(value)) throw parseError("invalid packet");
  const { type, nsp, data, id } = value;
  if (typeof nsp !== "string" || !nsp.startsWith("/")) throw parseError("invalid namespace");
  checkNamespace(nsp, resolved);
  if (!isId(id)) throw parseError("invalid id");
  // some decoders keep telling the types of packets whose bytes travelled apart
  const textType = typeof type === "number" && type > WIRE_TYPES.connect_error ? type - BINARY_OFFSET : type;
  return buildPacket(textType, nsp, id, data, resolved);
}

function isId(id: unknown): id is number | undefined {
  return id === undefined || (Number.isSafeInteger(id) && Number(id) >= 0);
}
