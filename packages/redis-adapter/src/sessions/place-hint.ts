/** What a client shows beside its place: what it takes to know what it had got, if its server's log does not reach so far. */
export interface PlaceHint {
  /** How many packets before that place the log is known to have reached Redis. */
  readonly distance: number;
  /** Servers of which something was delivered since, by their number in that log or by their epoch, and up to where. */
  readonly seen: readonly (readonly [name: string, position: number])[];
  /** How the ids of those sockets begin whose sessions had changed, which was not known to have reached Redis; undefined for many. */
  readonly changed: readonly string[] | undefined;
}

/** Beyond that a hint would cost more than it is worth. */
const MAX_LENGTH = 400;
/** So many sessions are named. */
const MAX_CHANGED = 16;
/** Characters of a socket's id: of 250,000 sockets one is taken for another, and begins anew. */
const PREFIX_LENGTH = 3;
const MANY = "*";
const RADIX = 36;
const HINT = /^([0-9a-z]{1,11})((?:\.[\w-]{1,8}:[0-9a-z]{1,11})*)(?:!(\*|(?:[\w-]{3})+))?$/;

/**
 * Writes a hint: `distance`, then `.name:position` of each server, then `!` and what the ids of changed sessions begin with.
 * Undefined for one that would be too long.
 */
export function writeHint(distance: number, seen: string, changed: string): string | undefined {
  const text = distance.toString(RADIX) + seen + changed;
  return text.length > MAX_LENGTH ? undefined : text;
}

/** Writes the part of a hint that tells of one server. */
export function writeSeen(name: string, position: number): string {
  return `.${name}:${position.toString(RADIX)}`;
}

/** Names a server by its number in a log: never as long as an epoch. */
export function nameOfNumber(number: number): string {
  return number.toString(RADIX);
}

/** Writes the part of a hint that tells which sockets' sessions have changed. */
export function writeChanged(sids: Iterable<string>, count: number): string {
  if (count === 0) return "";
  if (count > MAX_CHANGED) return `!${MANY}`;
  let text = "!";
  for (const sid of sids) text += prefixOf(sid);
  return text;
}

/** Reads a hint; undefined if it is none. */
export function readHint(text: string | undefined): PlaceHint | undefined {
  const [, distance = "", seen = "", changed = ""] = (text !== undefined && HINT.exec(text)) || [];
  if (distance === "") return undefined;
  const places = seen.split(".").flatMap((part): (readonly [string, number])[] => {
    const [name = "", position = ""] = part.split(":");
    return name === "" ? [] : [[name, Number.parseInt(position, RADIX)]];
  });
  if (!places.every(([, position]) => Number.isSafeInteger(position))) return undefined;
  const prefixes = changed === MANY ? undefined : (changed.match(/.{3}/g) ?? []);
  return { distance: Number.parseInt(distance, RADIX), seen: places, changed: prefixes };
}

/** Whether a session had perhaps changed, which nobody knows, when the hint was written. */
export function mayHaveChanged({ changed }: PlaceHint, sid: string): boolean {
  return changed === undefined || changed.includes(prefixOf(sid));
}

function prefixOf(sid: string): string {
  return sid.slice(0, PREFIX_LENGTH);
}
