/** All byte values, as a view that neither starts nor ends where its buffer does. */
export function everyByte(): Uint8Array {
  const buffer = new Uint8Array(300).fill(0x7f);
  for (let value = 0; value < 256; value++) buffer[value + 11] = value;
  return buffer.subarray(11, 267);
}

/** Bytes that repeat with a period that no buffer size divides, so that a lost or swapped part shows. */
export function patternBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index % 251);
}

/** Text that breaks encoders which count characters, bytes or code units wrongly. */
export const UNICODE_TEXT = "héllo wörld € \u2028 \u0000 日本語 \u{1f600} e\u0301 \uffff";
