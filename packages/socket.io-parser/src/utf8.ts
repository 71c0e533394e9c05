/** Tells whether a text takes more than `maxBytes` in UTF-8, counting only where its length leaves room for doubt. */
export function byteLengthExceeds(text: string, maxBytes: number): boolean {
  if (text.length * 3 <= maxBytes) return false;
  return text.length > maxBytes || byteLength(text) > maxBytes;
}

function byteLength(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    // a surrogate pair is two units and four bytes: one more than its units each, like the two-byte characters
    bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return bytes;
}
