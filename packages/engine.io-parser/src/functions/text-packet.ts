import { codedError, hasCode } from "@halyard/core";
import { decodeBase64, type Base64 } from "../base64.ts";
import { PACKET_TYPES } from "../packet-types.ts";
import { errorPacket, type Packet } from "./packet.ts";

/**
 * Encodes a packet without binary data.
 * @throws `ENGINE_ENCODE` for a type that has no digit, and for data that is neither text nor binary.
 */
export function encodeTextPacket({ type, data }: Packet): string {
  const digit = TYPES.indexOf(type);
  if (digit < 0) throw codedError("ENGINE_ENCODE", `"${type}" is not the type of an Engine.IO packet`);
  if (!data) return `${digit}`;
  if (typeof data === "string" || typeof data === "number") return `${digit}${data}`;
  throw codedError("ENGINE_ENCODE", `the data of an Engine.IO packet is text or binary, not ${typeof data}`);
}

/** Decodes a packet that came as text; binary data goes through `toBinary`. */
export function decodeTextPacket(text: string, base64: Base64, toBinary: (bytes: Uint8Array) => unknown): Packet {
  if (text.startsWith("b")) return decodeBinary(text, base64, toBinary);
  const type = PACKET_TYPES[text.charCodeAt(0) - 48];
  if (type === undefined) return errorPacket();
  return text.length > 1 ? { type, data: text.slice(1) } : { type };
}

/** By digit; callers without types may ask for any name. */
const TYPES: readonly string[] = PACKET_TYPES;

function decodeBinary(text: string, base64: Base64, toBinary: (bytes: Uint8Array) => unknown): Packet {
  try {
    return { type: "message", data: toBinary(decodeBase64(base64, text.slice(1))) };
  } catch (error) {
    if (hasCode(error, "ENGINE_PARSE")) return errorPacket();
    throw error;
  }
}
