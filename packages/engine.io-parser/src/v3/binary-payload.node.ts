import { Buffer } from "node:buffer";
import type { EngineMessage } from "@halyard/contracts";
import { parseError } from "../parse-error.ts";
import { decodeUtf8 } from "../utf8.ts";

const TEXT = 0;
const BINARY = 1;
const END_OF_LENGTH = 255;
/** A body of 10^10 bytes cannot exist. */
const MAX_DIGITS = 10;

/**
 * Joins packets of both kinds: each is preceded by a byte that tells text from binary, the digits of its length in
 * bytes (one byte of value 0 to 9 each), and 255.
 */
export function joinBinary(packets: readonly EngineMessage[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const packet of packets) {
    const bytes = typeof packet === "string" ? Buffer.from(packet) : packet;
    const digits = Array.from(String(bytes.length), Number);
    parts.push(Uint8Array.of(typeof packet === "string" ? TEXT : BINARY, ...digits, END_OF_LENGTH), bytes);
  }
  return Buffer.concat(parts);
}

/**
 * The packets of a binary payload, one after the other; the binary ones are not copied.
 * @throws `ENGINE_PARSE` for an unknown kind, a malformed length, and text that is not UTF-8.
 */
export function* splitBinary(body: Uint8Array): Generator<EngineMessage, void, undefined> {
  if (body.length === 0) throw parseError("an empty payload");
  for (let start = 0; start < body.length;) {
    const kind = body[start];
    if (kind !== TEXT && kind !== BINARY) throw parseError("unknown kind of packet in a payload");
    const mark = endOfLength(body, start + 1);
    const end = mark + 1 + readLength(body, start + 1, mark);
    if (end > body.length) throw parseError("a payload shorter than it says");
    const bytes = body.subarray(mark + 1, end);
    yield kind === TEXT ? decodeUtf8(bytes) : bytes;
    start = end;
  }
}

function endOfLength(body: Uint8Array, start: number): number {
  const digits = body.subarray(start, start + MAX_DIGITS + 1).indexOf(END_OF_LENGTH);
  if (digits < 1) throw parseError("malformed length in a payload");
  return start + digits;
}

function readLength(body: Uint8Array, start: number, end: number): number {
  let length = 0;
  for (const digit of body.subarray(start, end)) {
    if (digit > 9) throw parseError("malformed length in a payload");
    length = length * 10 + digit;
  }
  return length;
}
