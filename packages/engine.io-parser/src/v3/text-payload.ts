import { parseError } from "../parse-error.ts";

/** Joins text packets: each is preceded by its length in UTF-16 code units and a colon. */
export function joinText(packets: readonly string[]): string {
  if (packets.length === 0) return EMPTY;
  let body = "";
  for (const packet of packets) body += `${packet.length}:${packet}`;
  return body;
}

/**
 * The packets of a text payload, one after the other.
 * @throws `ENGINE_PARSE` for a length that is no number, or does not end where the packet or the payload does.
 */
export function* splitText(body: string): Generator<string, void, undefined> {
  if (body === EMPTY) return;
  if (body === "") throw parseError("an empty payload");
  for (let start = 0; start < body.length;) {
    // the colon is looked for no further than the longest length: a body without any would be searched to its end
    const colon = body.slice(start, start + MAX_DIGITS + 1).indexOf(":");
    const digits = body.slice(start, start + Math.max(0, colon));
    if (!LENGTH.test(digits)) throw parseError("malformed length in a payload");
    const end = start + colon + 1 + Number(digits);
    if (end > body.length) throw parseError("a payload shorter than it says");
    yield body.slice(start + colon + 1, end);
    start = end;
  }
}

/** What revision 3 sends for no packets at all. */
const EMPTY = "0:";
/** A body of 10^10 characters cannot exist. */
const MAX_DIGITS = 10;
const LENGTH = /^[0-9]+$/;
