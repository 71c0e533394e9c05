import type { EngineMessage } from "@halyard/contracts";

/** First byte of an unfragmented text frame (RFC 6455, section 5.2: FIN and opcode 1). */
const TEXT = 0x81;
/** First byte of an unfragmented binary frame. */
const BINARY = 0x82;
/** First byte of a close frame. */
const CLOSE = 0x88;
/** First byte of a pong frame. */
const PONG = 0x8a;
/** The Engine.IO packet type of a message, as text and as the byte that precedes binary in revision 3. */
const MESSAGE_TYPE = "4";
const MESSAGE_TYPE_V3 = 4;

/** Header, including the packet type, of every text message whose length fits in 7 bits, by length of the payload. */
const SHORT_MESSAGE_HEADERS: readonly string[] = Array.from({ length: 125 }, (_, length) =>
  String.fromCharCode(TEXT, length + 1).concat(MESSAGE_TYPE),
);

/**
 * Frames a text message whose characters are all ASCII, as a latin1 string: one character is one byte on the wire.
 * Server frames carry no mask (RFC 6455, section 5.1).
 */
export function asciiMessageFrame(text: string): string {
  const short = SHORT_MESSAGE_HEADERS[text.length];
  return short === undefined ? latin1Header(TEXT, text.length + 1) + MESSAGE_TYPE + text : short + text;
}

/** Frames a text message of any characters as a latin1 string. Meant for small messages. */
export function utf8MessageFrame(text: string): string {
  return asciiMessageFrame(Buffer.from(text, "utf8").toString("latin1"));
}

/** Frames a binary message as a latin1 string. Meant for small messages. */
export function binaryMessageFrame(data: Uint8Array, protocol: 3 | 4): string {
  const prefix = protocol === 3 ? String.fromCharCode(MESSAGE_TYPE_V3) : "";
  return latin1Header(BINARY, data.byteLength + prefix.length) + prefix + asBuffer(data).toString("latin1");
}

/** Frames a text that is already an encoded packet (all but messages), as a latin1 string. */
export function packetFrame(encoded: string): string {
  const isAscii = Buffer.byteLength(encoded) === encoded.length;
  const payload = isAscii ? encoded : Buffer.from(encoded, "utf8").toString("latin1");
  return latin1Header(TEXT, payload.length) + payload;
}

/** Frames a pong, which answers a ping with the ping's own payload (RFC 6455, section 5.5.3), as a latin1 string. */
export function pongFrame(data: Uint8Array): string {
  return latin1Header(PONG, data.byteLength) + asBuffer(data).toString("latin1");
}

/** Frames a goodbye with a code and a reason, or neither (RFC 6455, section 5.5.1), as a latin1 string. */
export function closeFrame(code: number | undefined, reason: Uint8Array | undefined): string {
  if (code === undefined) return latin1Header(CLOSE, 0);
  const text = reason === undefined ? "" : asBuffer(reason).toString("latin1");
  return latin1Header(CLOSE, 2 + text.length) + String.fromCharCode(code >> 8, code & 0xff) + text;
}

/** Frames a message of any size as bytes of its own: the payload is copied, so its owner may reuse it at once. */
export function messageFrameBytes(message: EngineMessage, protocol: 3 | 4): Buffer {
  return typeof message === "string" ? textFrameBytes(message) : binaryFrameBytes(message, protocol);
}

function textFrameBytes(text: string): Buffer {
  const length = Buffer.byteLength(text) + 1;
  const frame = Buffer.allocUnsafe(headerLength(length) + length);
  const start = writeHeader(frame, TEXT, length);
  frame.write(MESSAGE_TYPE, start, "latin1");
  frame.write(text, start + 1, "utf8");
  return frame;
}

function binaryFrameBytes(data: Uint8Array, protocol: 3 | 4): Buffer {
  const prefixLength = protocol === 3 ? 1 : 0;
  const length = data.byteLength + prefixLength;
  const frame = Buffer.allocUnsafe(headerLength(length) + length);
  const start = writeHeader(frame, BINARY, length);
  if (prefixLength === 1) frame[start] = MESSAGE_TYPE_V3;
  frame.set(data, start + prefixLength);
  return frame;
}

function headerLength(payloadLength: number): number {
  if (payloadLength < 126) return 2;
  return payloadLength < 65_536 ? 4 : 10;
}

function latin1Header(firstByte: number, payloadLength: number): string {
  if (payloadLength < 126) return String.fromCharCode(firstByte, payloadLength);
  const header = Buffer.allocUnsafe(headerLength(payloadLength));
  writeHeader(header, firstByte, payloadLength);
  return header.toString("latin1");
}

/** Writes the header and returns its length. */
function writeHeader(frame: Buffer, firstByte: number, payloadLength: number): number {
  frame[0] = firstByte;
  if (payloadLength < 126) {
    frame[1] = payloadLength;
    return 2;
  }
  if (payloadLength < 65_536) {
    frame[1] = 126;
    frame.writeUInt16BE(payloadLength, 2);
    return 4;
  }
  frame[1] = 127;
  frame.writeUIntBE(0, 2, 2); // a length beyond 48 bits cannot be held in memory
  frame.writeUIntBE(payloadLength, 4, 6);
  return 10;
}

function asBuffer(data: Uint8Array): Buffer {
  return Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
