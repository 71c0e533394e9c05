const NON_ASCII = /[^\0-\x7f]/;

/** The length of a text in UTF-8; a lone surrogate counts as U+FFFD, which is sent in its place. */
export function utf8Length(text: string): number {
  if (!NON_ASCII.test(text)) return text.length;
  let bytes = 0;
  // by code point, of which those of four bytes are two units
  for (const { length, 0: unit = "" } of text) bytes += length > 1 ? 4 : unit < "\u0080" ? 1 : unit < "\u0800" ? 2 : 3;
  return bytes;
}

/** The bytes of a buffer, or of exactly what a view shows of one, without a copy; gives nothing for other values. */
export function toBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return isArrayBuffer(value) ? new Uint8Array(value) : undefined;
}

/** By its tag, because test frameworks and frames bring an `ArrayBuffer` of another realm. */
function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return Object.prototype.toString.call(value) === "[object ArrayBuffer]";
}
