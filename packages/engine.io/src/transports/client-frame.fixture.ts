/** What a client's frame departs in from an ordinary text frame. */
export interface FrameParts {
  readonly opcode?: number;
  readonly fin?: boolean;
  /** RSV1, RSV2 and RSV3 as a number from 0 to 7. */
  readonly rsv?: number;
  /** 4 bytes, or nothing for a frame without a mask. */
  readonly mask?: readonly number[] | null;
  /** How many bits the length is written with; as few as it takes if absent. */
  readonly lengthBits?: 7 | 16 | 64;
  /** The length that the frame claims to have. */
  readonly claims?: number;
}

const MASK = [0x37, 0xfa, 0x21, 0x3d];

/** A frame as a client sends it (RFC 6455, section 5.2), or as it should not. */
export function clientFrame(payload: string | Buffer, parts: FrameParts = {}): Buffer {
  const { opcode = 1, fin = true, rsv = 0, mask = MASK, claims } = parts;
  const bytes = Buffer.from(payload);
  const length = claims ?? bytes.length;
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const masked = bytes.map((byte, index) => byte ^ (mask?.[index & 3] ?? 0));
  const lengthBytes = lengthOf(length, parts.lengthBits ?? fewestBits(length), mask === null ? 0 : 0x80);
  return Buffer.from([first, ...lengthBytes, ...(mask ?? []), ...masked]);
}

function fewestBits(length: number): 7 | 16 | 64 {
  if (length < 126) return 7;
  return length < 65_536 ? 16 : 64;
}

function lengthOf(length: number, bits: 7 | 16 | 64, maskBit: number): number[] {
  if (bits === 7) return [maskBit | length];
  if (bits === 16) return [maskBit | 126, length >> 8, length & 0xff];
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return [maskBit | 127, ...bytes];
}
