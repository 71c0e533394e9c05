/** A number and where the bytes after it begin. */
export interface Varint {
  readonly value: number;
  readonly end: number;
}

/** Encodes a number as QUIC does (RFC 9000, section 16): the first two bits tell how many bytes there are. */
export function encodeVarint(value: number): Buffer {
  if (value < 0x40) return Buffer.from([value]);
  if (value < 0x4000) {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16BE(value | 0x4000);
    return bytes;
  }
  if (value < 0x4000_0000) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE((value | 0x8000_0000) >>> 0);
    return bytes;
  }
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value) | (3n << 62n));
  return bytes;
}

/** Reads a number; returns nothing while it is incomplete. */
export function readVarint(bytes: Uint8Array, start: number): Varint | undefined {
  const first = bytes[start];
  if (first === undefined) return undefined;
  const end = start + 2 ** (first >> 6);
  if (end > bytes.length) return undefined;
  let value = first & 0x3f;
  for (const byte of bytes.subarray(start + 1, end)) value = value * 256 + byte;
  return { value, end };
}
