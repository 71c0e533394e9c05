import type { EngineMessage, SocketPacket } from "@halyard/contracts";
import { Extraction, isPlain } from "./attachments.ts";
import { encodeError } from "./errors.ts";
import { hasCode } from "@halyard/core";

/** As `JSON.stringify` takes it. */
export type Replacer = (this: unknown, key: string, value: unknown) => unknown;

/**
 * Encodes one packet as its text, then its attachments (Socket.IO v5, "Packet encoding").
 * @throws `SOCKET_ENCODE`
 */
export function encodePacket(packet: SocketPacket, replacer: Replacer | undefined): readonly EngineMessage[] {
  try {
    switch (packet.type) {
      case "event":
        return encodeArguments("2", "5", packet, replacer);
      case "ack":
        return encodeArguments("3", "6", packet, replacer);
      case "connect":
        return [header("0", packet.namespace, undefined) + (toJson(packet.data, replacer) ?? "")];
      case "disconnect":
        return [header("1", packet.namespace, undefined)];
      case "connect_error":
        return [header("4", packet.namespace, undefined) + (toJson(packet.data, replacer) ?? "")];
    }
  } catch (error) {
    if (hasCode(error, "SOCKET_ENCODE")) throw error;
    throw encodeError("the data cannot be turned into JSON", error);
  }
}

type PacketWithArguments = Extract<SocketPacket, { readonly type: "event" | "ack" }>;

function encodeArguments(
  type: string,
  binaryType: string,
  packet: PacketWithArguments,
  replacer: Replacer | undefined,
): readonly EngineMessage[] {
  const { data } = packet;
  let json = "[";
  for (let at = 0; at < data.length; at++) {
    const text = replacer === undefined ? quickJson(data[at]) : undefined;
    if (text === undefined) return encodeFully(type, binaryType, packet, replacer);
    json += at === 0 ? text : `,${text}`;
  }
  return [`${header(type, packet.namespace, packet.id)}${json}]`];
}

function encodeFully(
  type: string,
  binaryType: string,
  packet: PacketWithArguments,
  replacer: Replacer | undefined,
): readonly EngineMessage[] {
  const extraction = new Extraction();
  const json = JSON.stringify(extraction.copy(packet.data, "", 1), replacer);
  const { attachments } = extraction;
  if (attachments.length === 0) return [header(type, packet.namespace, packet.id) + json];
  return [header(`${binaryType}${attachments.length}-`, packet.namespace, packet.id) + json, ...attachments];
}

/** The JSON of one argument, or `undefined` when it needs a closer look. */
function quickJson(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return quote(value);
    case "number":
      return Number.isFinite(value) ? `${value}` : "null";
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      return isPlain(value, 2) ? JSON.stringify(value) : undefined;
    case "bigint":
      return undefined;
    default:
      return "null";
  }
}

/** Short texts without anything to escape are quicker quoted here than by a call to `JSON.stringify`. */
function quote(text: string): string {
  if (text.length > 64) return JSON.stringify(text);
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x20 || unit === 0x22 || unit === 0x5c || unit >= 0xd800) return JSON.stringify(text);
  }
  return `"${text}"`;
}

function header(type: string, namespace: string, id: number | undefined): string {
  const start = namespace === "/" ? type : `${type}${namespace},`;
  return id === undefined ? start : start + id;
}

function toJson(value: object | string | undefined, replacer: Replacer | undefined): string | undefined {
  return JSON.stringify(typeof value === "object" ? new Extraction().copy(value, "", 1) : value, replacer);
}
