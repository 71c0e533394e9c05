/** A frame as a client reads it. */
export interface ReadFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Splits server frames (RFC 6455, section 5.2): no mask, no fragments. */
export function readFrames(bytes: Buffer): ReadFrame[] {
  const frames: ReadFrame[] = [];
  let at = 0;
  while (at < bytes.length) {
    const first = bytes.readUInt8(at);
    const second = bytes.readUInt8(at + 1);
    if ((first & 0xf0) !== 0x80 || (second & 0x80) !== 0) throw new Error(`bad frame at ${at}`);
    let length = second;
    at += 2;
    if (length === 126) {
      length = bytes.readUInt16BE(at);
      at += 2;
    } else if (length === 127) {
      length = Number(bytes.readBigUInt64BE(at));
      at += 8;
    }
    if (at + length > bytes.length) throw new Error("a frame is cut off");
    frames.push({ opcode: first & 0x0f, payload: bytes.subarray(at, at + length) });
    at += length;
  }
  return frames;
}

/** The payloads of text frames, and those of binary frames as arrays of bytes. */
export function readPayloads(bytes: Buffer): (string | number[])[] {
  return readFrames(bytes).map(({ opcode, payload }) => (opcode === 2 ? [...payload] : payload.toString("utf8")));
}
