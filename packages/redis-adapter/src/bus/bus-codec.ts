import type { BusMessage } from "@halyard/contracts";
import { pack, unpack } from "@halyard/msgpack-parser";
import { hasBinary } from "./has-binary.ts";

/** Nesting of what is decoded: that of an event's data, and of what is around it. */
const MAX_DEPTH = 262;
const OPENING_BRACE = 0x7b;

/**
 * Writes a message as nodes of socket.io do: as JSON, or as MessagePack if it holds bytes.
 * @throws for data that cannot be encoded
 */
export function encodeMessage(message: BusMessage): string | Buffer {
  return hasBinary(message.data) ? encodePacked(message) : JSON.stringify(message);
}

/** Writes any value as MessagePack. */
export function encodePacked(value: unknown): Buffer {
  const bytes = pack(value);
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Reads what {@link encodeMessage} and nodes of socket.io write.
 * @throws for anything else
 */
export function decodeMessage(payload: Buffer): unknown {
  return payload[0] === OPENING_BRACE ? JSON.parse(payload.toString()) : decodePacked(payload);
}

/** @throws for what is no MessagePack */
export function decodePacked(payload: Buffer): unknown {
  return unpack(payload, MAX_DEPTH);
}

/** Makes what tells a node's own messages by how they begin, without decoding them. */
export function createOwnTest(uid: string): (payload: Buffer) => boolean {
  const text = Buffer.from(JSON.stringify({ uid }).slice(0, -1));
  const packed = encodePacked({ uid }).subarray(1); // after the byte that tells how many fields there are
  return (payload) => {
    if (payload[0] === OPENING_BRACE) return payload.subarray(0, text.length).equals(text);
    return payload.subarray(1, packed.length + 1).equals(packed);
  };
}

/** Who sent a message, as far as it says so. */
export function senderOf(message: unknown): unknown {
  return typeof message === "object" && message !== null && "uid" in message ? message.uid : undefined;
}

/** The namespace of a message, as far as it says so. */
export function namespaceOf(message: unknown): string {
  const nsp = typeof message === "object" && message !== null && "nsp" in message ? message.nsp : undefined;
  return typeof nsp === "string" ? nsp : "";
}
