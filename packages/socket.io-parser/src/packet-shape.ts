import type { SocketPacket } from "@halyard/contracts";
import { parseError } from "./errors.ts";
import type { ResolvedLimits } from "./limits.ts";
import { RESERVED_EVENTS } from "./reserved-events.ts";
import { byteLengthExceeds } from "./utf8.ts";

/** The digits that stand for packet types on the wire; binary packets are told apart before they get here. */
export const WireType = { CONNECT: 0, DISCONNECT: 1, EVENT: 2, ACK: 3, CONNECT_ERROR: 4 } as const;

/**
 * Makes a packet of what a decoder has read, once every rule on its shape and size holds.
 * @throws `SOCKET_PARSE`
 */
export function buildPacket(
  type: number,
  namespace: string,
  id: number | undefined,
  data: unknown,
  limits: ResolvedLimits,
): SocketPacket {
  switch (type) {
    case WireType.EVENT:
      checkArguments(data, limits);
      if (!isEventData(data)) throw parseError("an event needs a name: a string that is not reserved, or a number");
      return id === undefined ? { type: "event", namespace, data } : { type: "event", namespace, data, id };
    case WireType.ACK:
      checkArguments(data, limits);
      if (id === undefined) throw parseError("an acknowledgement needs an id");
      return { type: "ack", namespace, data, id };
    default:
      if (id !== undefined) throw parseError("only events and acknowledgements carry an id");
      return buildControlPacket(type, namespace, data);
  }
}

function buildControlPacket(type: number, namespace: string, data: unknown): SocketPacket {
  switch (type) {
    case WireType.CONNECT:
      if (data === undefined) return { type: "connect", namespace };
      if (!isRecord(data)) throw parseError("the payload of a connect packet must be an object");
      return { type: "connect", namespace, data };
    case WireType.DISCONNECT:
      if (data !== undefined) throw parseError("a disconnect packet has no payload");
      return { type: "disconnect", namespace };
    case WireType.CONNECT_ERROR:
      if (typeof data === "string") return { type: "connect_error", namespace, data };
      if (!isRecord(data)) throw parseError("the payload of a connect_error packet must be an object");
      return { type: "connect_error", namespace, data: withMessage(data) };
    default:
      throw parseError("unknown packet type");
  }
}

/** @throws `SOCKET_PARSE` for a name that is too long; the query string that old clients append is no part of it. */
export function checkNamespace(namespace: string, limits: ResolvedLimits): void {
  const query = namespace.indexOf("?");
  const name = query === -1 ? namespace : namespace.slice(0, query);
  if (byteLengthExceeds(name, limits.maxNamespaceLength))
    throw parseError("the namespace is longer than maxNamespaceLength");
}

/** Tells whether a value is an object other than an array, bytes or a built-in. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === "[object Object]";
}

function checkArguments(data: unknown, limits: ResolvedLimits): asserts data is readonly unknown[] {
  if (!Array.isArray(data)) throw parseError("the payload of an event or acknowledgement must be an array");
  if (data.length > limits.maxArguments) throw parseError("more arguments than maxArguments");
}

function isEventData(data: readonly unknown[]): data is readonly [string | number, ...unknown[]] {
  const name = data[0];
  return typeof name === "string" ? !RESERVED_EVENTS.has(name) : typeof name === "number";
}

/** Other servers may leave the message out, which is no reason to lose the connection. */
function withMessage(data: Record<string, unknown>): { readonly message: string } {
  const message = data["message"];
  return typeof message === "string" ? { ...data, message } : { ...data, message: "" };
}
