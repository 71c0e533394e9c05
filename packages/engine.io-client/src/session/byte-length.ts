/** Bytes that a text takes as UTF-8; unpaired surrogates are replaced by 3 bytes. */
export function byteLength(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) bytes++;
    if (unit > 0x7ff) bytes++;
    // each half of a pair has been counted as 3 bytes; together they take 4
    if ((unit & 0xfc00) === 0xdc00 && (text.charCodeAt(index - 1) & 0xfc00) === 0xd800) bytes -= 2;
  }
  return bytes;
}
