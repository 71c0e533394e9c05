import type { EngineMessage, SocketPacket } from "@halyard/contracts";
import { hasCode } from "@halyard/core";
import { extractBytes, type Attachment } from "./binary-data.ts";
import { encodeError } from "./errors.ts";
import { BINARY_OFFSET, WIRE_TYPES } from "./wire-type.ts";

/** As `JSON.stringify` takes it. */
export type Replacer = (this: unknown, key: string, value: unknown) => unknown;

/** Whatever JSON may have to escape: controls, quotation marks, backslashes and surrogates. */
const NEEDS_ESCAPE = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/**
 * Encodes one packet as its text, then its attachments (Socket.IO v5, "Packet encoding").
 * @throws `SOCKET_ENCODE`
 */
export function encodePacket(packet: SocketPacket, replacer: Replacer | undefined): EngineMessage[] {
  const id = "id" in packet ? packet.id : undefined;
  const data = "data" in packet ? packet.data : undefined;
  return encodeParts(WIRE_TYPES[packet.type], packet.namespace, id, data, replacer);
}

/**
 * Encodes a packet given in pieces.
 * @throws `SOCKET_ENCODE`
 */
export function encodeParts(
  type: number,
  namespace: string,
  id: number | undefined,
  data: unknown,
  replacer: Replacer | undefined,
): EngineMessage[] {
  const attachments: Attachment[] = [];
  const json = encodeData(type, data, replacer, attachments);
  const count = attachments.length;
  let text = count === 0 ? `${type}` : `${type + BINARY_OFFSET}${count}-`;
  if (namespace !== "/") text += `${namespace},`;
  if (id !== undefined) text += id;
  return count === 0 ? [text + json] : [text + json, ...attachments];
}

function encodeData(type: number, data: unknown, replacer: Replacer | undefined, attachments: Attachment[]): string {
  try {
    if (type !== WIRE_TYPES.event && type !== WIRE_TYPES.ack) return controlJson(data, replacer);
    if (replacer === undefined && Array.isArray(data)) return argumentsJson(data, attachments);
    return JSON.stringify(withoutBytes(data, "", 1, attachments), replacer) ?? "";
  } catch (error) {
    throw hasCode(error, "SOCKET_ENCODE") ? error : encodeError("invalid data", error);
  }
}

/** Only events and acknowledgements have attachments: bytes in other packets are left to `JSON.stringify`. */
function controlJson(data: unknown, replacer: Replacer | undefined): string {
  // for its check on depth alone
  withoutBytes(data, "", 1, []);
  return JSON.stringify(data, replacer) ?? "";
}

/** What `JSON.stringify` says, put together argument by argument, because most are too small to be worth the call. */
function argumentsJson(data: readonly unknown[], attachments: Attachment[]): string {
  let json = "[";
  for (let at = 0; at < data.length; at++) {
    if (at > 0) json += ",";
    json += argumentJson(data[at], at, attachments);
  }
  return `${json}]`;
}

function argumentJson(value: unknown, at: number, attachments: Attachment[]): string {
  if (typeof value === "string") return NEEDS_ESCAPE.test(value) ? JSON.stringify(value) : `"${value}"`;
  if (typeof value === "boolean" || Number.isFinite(value)) return String(value);
  // what has no JSON, such as undefined, stands as null in an array
  return JSON.stringify(withoutBytes(value, at, 2, attachments)) ?? "null";
}

function withoutBytes(value: unknown, key: PropertyKey, depth: number, attachments: Attachment[]): unknown {
  return typeof value === "object" && value !== null ? extractBytes(value, key, depth, attachments) : value;
}
