import { isAscii, isUtf8 } from "node:buffer";

/** Up to this length it takes longer to make a view for Node.js to look at than to look at every byte here. */
const MAX_LOOPED_BYTES = 192;

/** What a text's payload turned out to be; `ascii` is the narrower. */
type TextKind = "ascii" | "utf8" | "invalid";

/**
 * Takes the mask off a payload in place: `bytes[start, end)`, preceded by the mask (RFC 6455, section 5.3). The same again
 * puts it back on. Returns whether the payload is known to be ASCII.
 */
export function unmask(bytes: Buffer, start: number, end: number): boolean {
  const mask0 = bytes[start - 4] ?? 0;
  const mask1 = bytes[start - 3] ?? 0;
  const mask2 = bytes[start - 2] ?? 0;
  const mask3 = bytes[start - 1] ?? 0;
  if (end - start > MAX_LOOPED_BYTES && (mask0 | mask1 | mask2 | mask3) === 0) return false;
  let bits = 0;
  let at = start;
  for (; at + 3 < end; at += 4) {
    const byte0 = (bytes[at] ?? 0) ^ mask0;
    const byte1 = (bytes[at + 1] ?? 0) ^ mask1;
    const byte2 = (bytes[at + 2] ?? 0) ^ mask2;
    const byte3 = (bytes[at + 3] ?? 0) ^ mask3;
    bytes[at] = byte0;
    bytes[at + 1] = byte1;
    bytes[at + 2] = byte2;
    bytes[at + 3] = byte3;
    bits |= byte0 | byte1 | byte2 | byte3;
  }
  if (at < end) bits |= bytes[at] = (bytes[at] ?? 0) ^ mask0;
  if (at + 1 < end) bits |= bytes[at + 1] = (bytes[at + 1] ?? 0) ^ mask1;
  if (at + 2 < end) bits |= bytes[at + 2] = (bytes[at + 2] ?? 0) ^ mask2;
  return bits < 0x80;
}

/** Takes the mask off a text, unless it is not UTF-8 (section 8.1): then the mask stays on. */
export function unmaskText(bytes: Buffer, start: number, end: number): TextKind {
  if (unmask(bytes, start, end)) return "ascii";
  const text = bytes.subarray(start, end);
  if (isAscii(text)) return "ascii";
  if (isUtf8(text)) return "utf8";
  unmask(bytes, start, end);
  return "invalid";
}
