import { Buffer } from "node:buffer";
import { base64 } from "../base64.node.ts";
import { asBytes, exactBuffer } from "./binary-data.ts";
import { errorPacket, type BinaryType, type Packet, type RawData } from "./packet.ts";
import { decoderStream, encoderStream } from "./packet-streams.ts";
import { joinPackets, splitPackets } from "./payload.ts";
import { decodeTextPacket, encodeTextPacket } from "./text-packet.ts";

/**
 * Encodes a packet and calls back with it, at once. Binary data is handed over as it is, or as base64 with the prefix
 * `b` where binary is not supported.
 * @throws `ENGINE_ENCODE` for a type that does not exist.
 *
 * @example
 * encodePacket({ type: "message", data: "hello" }, true, (encoded) => socket.send(encoded)); // "4hello"
 */
export function encodePacket(
  packet: Packet,
  supportsBinary: boolean,
  callback: (encodedPacket: RawData) => void,
): void {
  const bytes = asBytes(packet.data);
  if (bytes === undefined) callback(encodeTextPacket(packet));
  else callback(supportsBinary ? packet.data : `b${base64.encode(bytes)}`);
}

/**
 * Decodes a packet; gives an error packet for what is none. Binary data is a `Buffer`, unless `binaryType` is
 * `arraybuffer`.
 */
export function decodePacket(encodedPacket: RawData, binaryType?: BinaryType): Packet {
  const toBinary = (bytes: Uint8Array): unknown =>
    binaryType === "arraybuffer" ? exactBuffer(bytes) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (typeof encodedPacket === "string") return decodeTextPacket(encodedPacket, base64, toBinary);
  const bytes = asBytes(encodedPacket);
  return bytes === undefined ? errorPacket() : { type: "message", data: toBinary(bytes) };
}

/** Encodes the body of a long-polling request or response and calls back with it, at once. */
export function encodePayload(packets: readonly Packet[], callback: (encodedPayload: string) => void): void {
  joinPackets(packets, (packet, done) => encodePacket(packet, false, (encoded) => done(String(encoded))), callback);
}

/** Decodes the body of a long-polling request or response, up to the first error packet. */
export function decodePayload(encodedPayload: string, binaryType?: BinaryType): Packet[] {
  return splitPackets(encodedPayload, (text) => decodePacket(text, binaryType));
}

/** A stream that turns packets into the bytes of a WebTransport stream. */
export function createPacketEncoderStream(): TransformStream<Packet, Uint8Array> {
  return encoderStream((packet) => asBytes(packet.data) ?? encodeTextPacket(packet));
}

/**
 * A stream that turns the bytes of a WebTransport stream into packets. A packet of more than `maxPayload` bytes is
 * refused before it is read: an error packet ends the stream's output.
 */
export function createPacketDecoderStream(
  maxPayload: number,
  binaryType?: BinaryType,
): TransformStream<Uint8Array, Packet> {
  return decoderStream(maxPayload, (frame) => decodePacket(frame, binaryType));
}
