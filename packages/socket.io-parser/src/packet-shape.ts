import type { SocketPacket } from "@halyard/contracts";
import { limitError, parseError } from "./errors.ts";
import type { ResolvedLimits } from "./limits.ts";
import { RESERVED_EVENTS } from "./reserved-events.ts";
import { byteLengthExceeds } from "./utf8.ts";
import { WIRE_TYPES } from "./wire-type.ts";

/**
 * Makes a packet of what a decoder has read, once every rule on its shape and size holds.
 * @throws `SOCKET_PARSE`
 */
export function buildPacket(
  type: unknown,
  namespace: string,
  id: number | undefined,
  data: unknown,
  limits: ResolvedLimits,
): SocketPacket {
  switch (type) {
    case WIRE_TYPES.event:
      if (!isEventData(data)) break;
      checkCount(data, limits);
      return id === undefined ? { type: "event", namespace, data } : { type: "event", namespace, data, id };
    case WIRE_TYPES.ack:
      if (!Array.isArray(data) || id === undefined) break;
      checkCount(data, limits);
      return { type: "ack", namespace, data, id };
    case WIRE_TYPES.connect:
      if (id !== undefined) break;
      if (data === undefined) return { type: "connect", namespace };
      if (isRecord(data)) return { type: "connect", namespace, data };
      break;
    case WIRE_TYPES.disconnect:
      if (id === undefined && data === undefined) return { type: "disconnect", namespace };
      break;
    case WIRE_TYPES.connect_error:
      if (id !== undefined) break;
      if (typeof data === "string") return { type: "connect_error", namespace, data };
      if (isRecord(data)) return { type: "connect_error", namespace, data: withMessage(data) };
  }
  throw parseError("invalid packet");
}

/** @throws `SOCKET_PARSE` for a name that is too long; the query string that old clients append is no part of it. */
export function checkNamespace(namespace: string, { maxNamespaceLength }: ResolvedLimits): void {
  if (!byteLengthExceeds(namespace, maxNamespaceLength)) return;
  const [name = ""] = namespace.split("?", 1);
  if (byteLengthExceeds(name, maxNamespaceLength)) throw limitError("maxNamespaceLength");
}

/** Tells whether a value is an object other than an array, bytes or a built-in. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === "[object Object]";
}

function checkCount(data: readonly unknown[], { maxArguments }: ResolvedLimits): void {
  if (data.length > maxArguments) throw limitError("maxArguments");
}

/** Tells whether a payload starts with a name that an event may have. */
export function isEventData(data: unknown): data is readonly [string | number, ...unknown[]] {
  if (!Array.isArray(data)) return false;
  const name: unknown = data[0];
  return typeof name === "string" ? !RESERVED_EVENTS.has(name) : typeof name === "number";
}

/** Other servers may leave the message out, which is no reason to lose the connection. */
function withMessage(data: Record<string, unknown>): { readonly message: string } {
  const { message } = data;
  return { ...data, message: typeof message === "string" ? message : "" };
}
