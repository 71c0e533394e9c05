import { utf8Length } from "@halyard/core";

/** Tells whether a text takes more than `maxBytes` in UTF-8, counting only where its length leaves room for doubt. */
export function byteLengthExceeds(text: string, maxBytes: number): boolean {
  return text.length * 3 > maxBytes && (text.length > maxBytes || utf8Length(text) > maxBytes);
}
