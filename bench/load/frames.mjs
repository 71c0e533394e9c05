const ZERO_MASK = Buffer.alloc(4);

/** A complete client frame, masked with zeros so that the payload stands as it is. */
export function frame(payload, opcode = 1) {
  const body = Buffer.from(payload);
  const head = Buffer.alloc(body.length < 126 ? 2 : body.length < 65_536 ? 4 : 10);
  head[0] = 0x80 | opcode;
  if (head.length === 2) head[1] = 0x80 | body.length;
  else if (head.length === 4) {
    head[1] = 0x80 | 126;
    head.writeUInt16BE(body.length, 2);
  } else {
    head[1] = 0x80 | 127;
    head.writeBigUInt64BE(BigInt(body.length), 2);
  }
  return Buffer.concat([head, ZERO_MASK, body]);
}

/**
 * Walks the server's complete frames in `buffer[0, end)`.
 * @returns the number of bytes consumed
 */
export function walk(buffer, end, onFrame) {
  let at = 0;
  while (end - at >= 2) {
    let length = buffer[at + 1] & 127;
    let start = at + 2;
    if (length === 126) {
      if (end - at < 4) break;
      length = buffer.readUInt16BE(at + 2);
      start = at + 4;
    } else if (length === 127) {
      if (end - at < 10) break;
      length = buffer.readUInt32BE(at + 6);
      start = at + 10;
    }
    if (end - start < length) break;
    onFrame(buffer[at] & 15, buffer, start, start + length);
    at = start + length;
  }
  return at;
}
