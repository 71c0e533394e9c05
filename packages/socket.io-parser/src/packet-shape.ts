import type { SocketPacket } from "@halyard/contracts";
import { parseError } from "./errors.ts";
import { RESERVED_EVENTS } from "./reserved-events.ts";

/** The digit of each type of packet on the wire (Socket.IO v5, "Packet types"); 5 and 6 are 2 and 3 with attachments. */
export const WIRE_TYPES: Readonly<Record<SocketPacket["type"], number>> = {
  connect: 0,
  disconnect: 1,
  event: 2,
  ack: 3,
  connect_error: 4,
};

const TYPES: readonly string[] = /* @__PURE__ */ Object.keys(WIRE_TYPES);

/** A packet of any type, as far as all have the same members. */
export interface AnyPacket {
  readonly type: string;
  readonly namespace: string;
  readonly id?: number | undefined;
  readonly data?: unknown;
}

/**
 * Makes a packet of what a decoder has read, once every rule on its shape holds. The types 5 and 6 are those of events and
 * acknowledgements whose attachments are in place.
 * @throws `SOCKET_PARSE`
 */
export function buildPacket(digit: unknown, namespace: unknown, id: unknown, data: unknown): SocketPacket {
  const type = typeof digit === "number" && TYPES[digit > 4 ? digit - 3 : digit];
  if (type && typeof namespace === "string" && namespace[0] === "/" && isId(id)) {
    // always the same members in the same order, so that whoever takes packets meets objects of one kind
    const packet = { type, namespace, data: type === "connect_error" ? withMessage(data) : data, id };
    if (isPacket(packet)) return packet;
  }
  throw parseError("invalid packet");
}

/** Tells whether a value is an object other than an array, bytes or a built-in. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === "[object Object]";
}

/** Tells whether a payload starts with a name that an event may have. */
export function isEventData(data: unknown): data is readonly [string | number, ...unknown[]] {
  if (!Array.isArray(data)) return false;
  const name: unknown = data[0];
  return typeof name === "string" ? !RESERVED_EVENTS.has(name) : typeof name === "number";
}

function isPacket(packet: AnyPacket): packet is SocketPacket {
  const { type, id, data } = packet;
  if (type === "event") return isEventData(data);
  if (type === "ack") return id !== undefined && Array.isArray(data);
  if (id !== undefined) return false;
  if (type === "connect_error") return typeof data === "string" || isRecord(data);
  return data === undefined || (type === "connect" && isRecord(data));
}

function isId(id: unknown): id is number | undefined {
  return id === undefined || (Number.isSafeInteger(id) && Number(id) >= 0);
}

/** Other servers may leave the message out, which is no reason to lose the connection. */
function withMessage(data: unknown): unknown {
  return isRecord(data) ? { ...data, message: typeof data["message"] === "string" ? data["message"] : "" } : data;
}
