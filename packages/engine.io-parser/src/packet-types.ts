import type { EngineControlPacket, EnginePacket } from "@halyard/contracts";
import { parseError } from "./parse-error.ts";

/** The type of a packet, by the digit that stands for it on the wire. The same in protocol revisions 3 and 4. */
export const PACKET_TYPES: readonly EnginePacket["type"][] = [
  "open",
  "close",
  "ping",
  "pong",
  "message",
  "upgrade",
  "noop",
];

/** Encodes a packet that carries no message: a digit, then its text if it has any. */
export function encodeControl(packet: EngineControlPacket): string {
  const digit = PACKET_TYPES.indexOf(packet.type);
  return `${digit}${"data" in packet ? (packet.data ?? "") : ""}`;
}

/**
 * Decodes a text packet that carries no message.
 * @throws `ENGINE_PARSE` for an unknown type, an empty packet, and text behind a type that has none.
 */
export function decodeControl(text: string): EngineControlPacket {
  const type = PACKET_TYPES[text.charCodeAt(0) - 48];
  const data = text.slice(1);
  if (type === "open") return { type, data };
  if (type === "ping" || type === "pong") return data === "" ? { type } : { type, data };
  if (type === undefined || type === "message" || data !== "") throw parseError("invalid packet");
  return { type };
}
