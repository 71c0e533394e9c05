import { parseError } from "./errors.ts";

/** What the text of a packet says before its data; 0 and undefined stand for what it leaves out. */
export interface TextParts {
  /** The digit of its type. */
  readonly digit: number;
  /** How many attachments follow. */
  readonly count: number;
  readonly namespace: string;
  readonly id: number | undefined;
  readonly json: string | undefined;
}

const ZERO = 0x30;
const SPACE = 0x20;
const HYPHEN = 0x2d;
const SLASH = 0x2f;

/**
 * Splits `<type>[<count>-][<namespace>,][<id>][<JSON>]` (Socket.IO v5, "Packet encoding"), in little time.
 * @throws `SOCKET_PARSE` for white space around the data
 */
export function splitText(text: string): TextParts {
  const digit = text.charCodeAt(0) - ZERO;
  let at = 1;
  let count = 0;
  if (digit > 4) {
    const end = skipDigits(text, 1);
    if (end > 1 && text.charCodeAt(end) === HYPHEN) {
      count = numberAt(text, 1, end);
      at = end + 1;
    }
  }
  let namespace = "/";
  if (text.charCodeAt(at) === SLASH) {
    const comma = text.indexOf(",", at);
    namespace = text.slice(at, comma < 0 ? text.length : comma);
    at += namespace.length + 1;
    // a copy for those who will keep it, because what is cut out refers to the whole text, which would live as long
    if (digit === 0) namespace = ` ${namespace}`.slice(1);
  }
  const end = skipDigits(text, at);
  const id = end > at ? numberAt(text, at, end) : undefined;
  if (end >= text.length) return { digit, count, namespace, id, json: undefined };
  // JSON.parse would take white space around the value
  if (text.charCodeAt(end) <= SPACE || text.charCodeAt(text.length - 1) <= SPACE) throw parseError("invalid JSON");
  return { digit, count, namespace, id, json: text.slice(end) };
}

/** Where the digits from here on end. */
function skipDigits(text: string, from: number): number {
  let at = from;
  // of all characters, this makes numbers below 10 of the ten digits only
  while ((text.charCodeAt(at) ^ ZERO) < 10) at++;
  return at;
}

/** The number that digits make, without a text in between; one above 2^53 may be off, and remains above. */
function numberAt(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + (text.charCodeAt(at) ^ ZERO);
  return value;
}
