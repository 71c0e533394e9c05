import type { SocketPacket } from "@halyard/contracts";
import { buildPacket, WIRE_TYPES, type AnyPacket } from "./packet-shape.ts";

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
  const { namespace: nsp, id, data }: AnyPacket = packet;
  const type = WIRE_TYPES[packet.type];
  if (data === undefined) return { type, nsp };
  return id === undefined ? { type, data, nsp } : { type, data, id, nsp };
}

/**
 * The reverse of {@link toRawPacket}, for values that anything may have made.
 * @throws `SOCKET_PARSE`
 */
export function fromRawPacket(value: unknown): SocketPacket {
  const { type, nsp, id, data }: Record<string, unknown> = Object(value);
  return buildPacket(type, nsp, id, data);
}
