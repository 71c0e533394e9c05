import { base64 } from "../base64.browser.ts";
import { asBytes, exactBuffer } from "./binary-data.ts";
import { errorPacket, type BinaryType, type Packet, type RawData } from "./packet.ts";
import { decoderStream, encoderStream } from "./packet-streams.ts";
import { joinPackets, splitPackets } from "./payload.ts";
import { decodeTextPacket, encodeTextPacket } from "./text-packet.ts";

/**
 * Encodes a packet and calls back with it: at once, or later if a `Blob` has to be read. Binary data is handed over as
 * it is, or as base64 with the prefix `b` where binary is not supported.
 * @throws `ENGINE_ENCODE` for a type that does not exist.
 */
export function encodePacket(
  packet: Packet,
  supportsBinary: boolean,
  callback: (encodedPacket: RawData) => void,
): void {
  const { data } = packet;
  const bytes = asBytes(data);
  if (bytes === undefined && !isBlob(data)) callback(encodeTextPacket(packet));
  else if (supportsBinary) callback(data);
  else if (bytes !== undefined) callback(`b${base64.encode(bytes)}`);
  else if (isBlob(data)) void readBlob(data).then((content) => callback(`b${base64.encode(content)}`));
}

/**
 * Decodes a packet; gives an error packet for what is none. Binary data is an `ArrayBuffer`, unless `binaryType` is
 * `blob`.
 */
export function decodePacket(encodedPacket: RawData, binaryType?: BinaryType): Packet {
  const toBinary = (bytes: Uint8Array): unknown =>
    binaryType === "blob" ? new Blob([Uint8Array.from(bytes)]) : exactBuffer(bytes);
  if (typeof encodedPacket === "string") return decodeTextPacket(encodedPacket, base64, toBinary);
  if (isBlob(encodedPacket)) return { type: "message", data: encodedPacket };
  const bytes = asBytes(encodedPacket);
  return bytes === undefined ? errorPacket() : { type: "message", data: toBinary(bytes) };
}

/** Encodes the body of a long-polling request and calls back with it, later if a `Blob` has to be read. */
export function encodePayload(packets: readonly Packet[], callback: (encodedPayload: string) => void): void {
  joinPackets(packets, (packet, done) => encodePacket(packet, false, (encoded) => done(String(encoded))), callback);
}

/** Decodes the body of a long-polling response, up to the first error packet. */
export function decodePayload(encodedPayload: string, binaryType?: BinaryType): Packet[] {
  return splitPackets(encodedPayload, (text) => decodePacket(text, binaryType));
}

/** A stream that turns packets into the bytes of a WebTransport stream. */
export function createPacketEncoderStream(): TransformStream<Packet, Uint8Array> {
  return encoderStream((packet) =>
    isBlob(packet.data) ? readBlob(packet.data) : (asBytes(packet.data) ?? encodeTextPacket(packet)),
  );
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

function isBlob(data: unknown): data is Blob {
  return typeof Blob === "function" && data instanceof Blob;
}

async function readBlob(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer());
}
