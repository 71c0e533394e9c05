/**
 * Encodes the header that stands before each packet on a WebTransport stream: the top bit tells binary from text, the
 * rest is the length of what follows, in 1, 3 or 9 bytes.
 *
 * @example
 * encodeFrameHeader(false, 6); // Uint8Array [ 6 ]
 */
export function encodeFrameHeader(binary: boolean, payloadBytes: number): Uint8Array {
  const size = payloadBytes < LENGTH_16 ? 1 : payloadBytes < 0x1_0000 ? 3 : 9;
  const view = new DataView(new ArrayBuffer(size));
  const short = size === 1 ? payloadBytes : size === 3 ? LENGTH_16 : LENGTH_64;
  view.setUint8(0, binary ? short | BINARY : short);
  if (size === 3) view.setUint16(1, payloadBytes);
  if (size === 9) view.setBigUint64(1, BigInt(payloadBytes));
  return new Uint8Array(view.buffer);
}

/** The bit of the first byte that says that the payload is binary. */
export const BINARY = 0x80;
/** In place of a length: it follows in 2 bytes. */
export const LENGTH_16 = 126;
/** In place of a length: it follows in 8 bytes. */
export const LENGTH_64 = 127;
