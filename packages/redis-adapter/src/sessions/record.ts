import type { FormerStay, LoggedPacket, LogPlace, Membership, SavedSession, SessionStay } from "@halyard/contracts";
import { pack, unpack } from "@halyard/msgpack-parser";

/** Where a server has let go of a session: what it has delivered later is none of the session's. */
export interface Release {
  readonly end: number;
  /** Up to where it had delivered the packets of each server. */
  readonly seen: ReadonlyMap<string, number>;
}

/** What is kept of a session, apart from its token, which is its key. */
export interface SessionRecord extends Omit<SavedSession, "pid"> {
  /** Absent while a server has the session, and after the death of one that had it. */
  readonly release?: Release;
}

const MAX_DEPTH = 256;

/**
 * Writes a session down; `lostAt` is the last packet of which `reached` tells.
 * @throws `SOCKET_ENCODE` if the application's data cannot be written
 */
export function writeRecord(
  session: SessionRecord,
  lostAt: number | undefined = session.lostAt,
  release?: Release,
): Uint8Array {
  const { sid, data, former = [], stale } = session;
  const stays = [...former.map((stay) => [...writeStay(stay, stay.lostAt), stay.end]), writeStay(session, lostAt)];
  const old = stale === undefined ? null : [stale.epoch, stale.position];
  return pack([sid, stays, old, data, release === undefined ? null : [release.end, [...release.seen]]]);
}

/** Reads what was written down; undefined if it is damaged. */
export function readRecord(bytes: Uint8Array): SessionRecord | undefined {
  const fields = read(bytes);
  if (!Array.isArray(fields)) return undefined;
  const [sid, stays, stale, data, released]: unknown[] = fields;
  if (typeof sid !== "string" || !Array.isArray(stays)) return undefined;
  const former: FormerStay[] = [];
  for (const stay of stays.slice(0, -1)) {
    const found = readStay(stay);
    const end: unknown = Array.isArray(stay) ? stay[7] : undefined;
    if (found === undefined || !isPosition(end)) return undefined;
    former.push({ ...found, end });
  }
  const last = readStay(stays.at(-1));
  const place = readPlace(stale);
  const release = readRelease(released);
  return last && { sid, data, ...last, former, ...(place && { stale: place }), ...(release && { release }) };
}

/** Writes a packet down. */
export function writePacket({ position, to, messages, origin }: LoggedPacket): Uint8Array {
  const from = typeof origin === "object" ? [origin.epoch, origin.position] : (origin ?? null);
  return pack([position, typeof to === "string" ? to : [to.rooms, to.except], messages, from]);
}

/** Reads a packet; undefined if it is damaged. */
export function readPacket(bytes: Uint8Array): LoggedPacket | undefined {
  const fields = read(bytes);
  if (!Array.isArray(fields)) return undefined;
  const [position, given, messages, from]: unknown[] = fields;
  const to = readTarget(given);
  if (!isPosition(position) || to === undefined || !isList(messages, isMessage)) return undefined;
  const origin = from === "unknown" ? from : readPlace(from);
  return { position, to, messages, ...(origin && { origin }) };
}

/** Of which servers a log knows: their numbers there, and up to where their packets were delivered. */
export interface Heard {
  readonly numbers: ReadonlyMap<string, number>;
  readonly seen: ReadonlyMap<string, number>;
}

/** Writes down of which servers a log knows. */
export function writeHeard({ numbers, seen }: Heard): Uint8Array {
  return pack(Array.from(numbers, ([epoch, number]) => [epoch, seen.get(epoch) ?? 0, number]));
}

/** Reads {@link writeHeard}; undefined if it is damaged. */
export function readHeard(bytes: Uint8Array): Heard | undefined {
  const fields = read(bytes);
  if (!Array.isArray(fields)) return undefined;
  const numbers = new Map<string, number>();
  const seen = new Map<string, number>();
  for (const field of fields) {
    const place = readPlace(field);
    const number: unknown = Array.isArray(field) ? field[2] : undefined;
    if (place === undefined || !isPosition(number)) return undefined;
    numbers.set(place.epoch, number);
    if (place.position > 0) seen.set(place.epoch, place.position);
  }
  return { numbers, seen };
}

function writeStay(stay: SessionStay, lostAt: number | undefined): unknown[] {
  const { start, memberships, reached, droppedAt = null, covered = [] } = stay;
  const rooms = memberships.map(({ room, after, until = null }) => [room, after, until]);
  return [start.epoch, start.position, rooms, reached, lostAt ?? null, droppedAt, [...covered]];
}

function readStay(value: unknown): SessionStay | undefined {
  if (!Array.isArray(value)) return undefined;
  const [epoch, position, rooms, reached, lostAt, droppedAt, positions]: unknown[] = value;
  const start = readPlace([epoch, position]);
  const covered = toPositions(positions);
  if (start === undefined || covered === undefined || !isPosition(reached) || !Array.isArray(rooms)) return undefined;
  const memberships: Membership[] = [];
  for (const room of rooms) {
    const membership = readMembership(room);
    if (membership === undefined) return undefined;
    memberships.push(membership);
  }
  return {
    start,
    memberships,
    reached,
    ...(isPosition(lostAt) && { lostAt }),
    ...(isPosition(droppedAt) && { droppedAt }),
    ...(covered.size > 0 && { covered }),
  };
}

function readRelease(value: unknown): Release | undefined {
  if (!Array.isArray(value)) return undefined;
  const [end, positions]: unknown[] = value;
  const seen = toPositions(positions);
  return isPosition(end) && seen !== undefined ? { end, seen } : undefined;
}

function readMembership(value: unknown): Membership | undefined {
  if (!Array.isArray(value)) return undefined;
  const [room, after, until]: unknown[] = value;
  if (typeof room !== "string" || !isPosition(after)) return undefined;
  return isPosition(until) ? { room, after, until } : { room, after };
}

function readTarget(value: unknown): LoggedPacket["to"] | undefined {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return undefined;
  const [rooms, except]: unknown[] = value;
  return isList(rooms, isString) && isList(except, isString) ? { rooms, except } : undefined;
}

function readPlace(value: unknown): LogPlace | undefined {
  if (!Array.isArray(value)) return undefined;
  const [epoch, position]: unknown[] = value;
  return typeof epoch === "string" && isPosition(position) ? { epoch, position } : undefined;
}

function toPositions(value: unknown): ReadonlyMap<string, number> | undefined {
  if (!Array.isArray(value)) return undefined;
  const positions = new Map<string, number>();
  for (const pair of value) {
    const place = readPlace(pair);
    if (place === undefined) return undefined;
    positions.set(place.epoch, place.position);
  }
  return positions;
}

function read(bytes: Uint8Array): unknown {
  try {
    return unpack(bytes, MAX_DEPTH);
  } catch {
    return undefined;
  }
}

function isPosition(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isList<Item>(value: unknown, isItem: (item: unknown) => item is Item): value is Item[] {
  return Array.isArray(value) && value.every(isItem);
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function isMessage(value: unknown): value is string | Uint8Array {
  return typeof value === "string" || value instanceof Uint8Array;
}
