const NON_ASCII = /[^\0-\x7f]/;

/** Tells whether a text takes more than `maxBytes` in UTF-8, counting only where its length leaves room for doubt. */
export function byteLengthExceeds(text: string, maxBytes: number): boolean {
  return text.length * 3 > maxBytes && (text.length > maxBytes || byteLength(text) > maxBytes);
}

/** The length of a text in UTF-8. */
export function byteLength(text: string): number {
  if (!NON_ASCII.test(text)) return text.length;
  let bytes = 0;
  // by code point: a lone surrogate is sent as U+FFFD, three bytes
  for (const { length, 0: unit = "" } of text) bytes += length > 1 ? 4 : unit < "\u0080" ? 1 : unit < "\u0800" ? 2 : 3;
  return bytes;
}
