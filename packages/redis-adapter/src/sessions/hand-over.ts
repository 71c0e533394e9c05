import type { FormerStay, LogPlace, SavedSession, ShownPlace } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import type { OriginLedger } from "./origin-ledger.ts";
import { mayHaveChanged, nameOfNumber, readHint } from "./place-hint.ts";
import type { Heard, Release, SessionRecord } from "./record.ts";

/** How far another server's log goes, as it has written it, and up to where it had delivered the packets of each server. */
export interface LogHead extends Heard {
  readonly tail: number;
  readonly forgotten: number;
  /** How long ago it was written. */
  readonly ageMs: number;
  /** How long ago it held a packet of unknown origin for the last time; undefined if it never did. */
  readonly unknownAgeMs: number | undefined;
}

/** The log on which a session is continued. */
export interface NextLog {
  readonly epoch: string;
  readonly ledger: Pick<OriginLedger, "isBehind" | "startAfter" | "lastUnknownAtMs" | "knows">;
  readonly nowMs: number;
  /** Lets a position be nobody's, and returns it: so no place of an earlier stay on this log is taken for one of the next. */
  skip(): number;
}

/** Servers may deliver a packet whose origin is not known so far apart in time. */
const SKEW_MS = 10_000;
/** Stays that one session may have, and logs of which something is covered. */
const MAX_STAYS = 64;
const MAX_COVERED = 1_000;
/** From so many on it is looked for those that are long gone. */
const MANY_COVERED = 100;

/**
 * Whether this server has to hear more of the others before {@link handOver} can be done: whatever comes first of a server tells from
 * where on this one hears it.
 */
export function isBehind(
  record: SessionRecord,
  head: LogHead | undefined,
  told: ReadonlyMap<string, number>,
  { ledger }: Pick<NextLog, "ledger">,
): boolean {
  const { release } = record;
  if (head === undefined) return false; // it cannot be done at all
  return ledger.isBehind(cover(record, release?.seen ?? head.seen, release?.end ?? head.tail), told);
}

/**
 * Continues a session on another log. What its former server had delivered up to the end of its own log, or of what its client shows, is
 * behind it, packets of other servers included; what this server has delivered beyond that is still to come.
 * @throws `HISTORY_LOST` if it is not certain that nothing is missing, and that nothing comes twice
 */
export function handOver(
  pid: string,
  record: SessionRecord,
  head: LogHead | undefined,
  told: ReadonlyMap<string, number>,
  next: NextLog,
  shown?: ShownPlace,
): SavedSession {
  const { sid, data, former = [], stale, release, ...stay } = record;
  if (head === undefined) throw lost("the former server's log is not there");
  const { end, seen } = release ?? endOf(record, head, shown);
  if (release === undefined ? !isTrueAt(record, end) : head.tail < end)
    throw lost("the former server's log ends too early");
  const covered = cover(record, seen, end);
  if (covered.size > MANY_COVERED) dropUnknown(covered, seen, told, record, next);
  if (isUncertain(head, next)) throw lost("packets of unknown origin were under way");
  // the place that was skipped is after the start: volatile events tell it at once, and it must not look like one from before
  const found = next.ledger.startAfter(covered, told, next.skip() - 1, next.nowMs, next.nowMs - head.ageMs);
  if (found === undefined) throw lost("this server has not got all packets since");
  const stays: readonly FormerStay[] = [...former, { ...stay, end }];
  const start: LogPlace = { epoch: next.epoch, position: Math.max(found, lastEndOn(next.epoch, stays)) };
  if (stays.length > MAX_STAYS || covered.size > MAX_COVERED) throw lost("the session was on too many servers");
  if (stale?.epoch === next.epoch && stale.position > start.position)
    throw lost("an old offset cannot be told from a new one");
  return {
    pid,
    sid,
    data,
    start,
    memberships: stay.memberships.flatMap(({ room, until }) =>
      until === undefined ? [{ room, after: start.position }] : [],
    ),
    reached: start.position,
    lostAt: start.position,
    covered,
    former: stays,
    ...(stale && { stale }),
  };
}

/** Where the stay on a server that has died ends: where its log does, or beyond that, where its client had got, which tells what that was. */
function endOf({ sid, start }: SessionRecord, head: LogHead, shown: ShownPlace | undefined): Release {
  const { tail, seen, numbers } = head;
  if (shown?.epoch !== start.epoch || shown.position <= tail) return { end: tail, seen };
  const hint = readHint(shown.hint);
  if (hint === undefined || shown.position - hint.distance > tail) throw lost("what the client had got is not known");
  if (mayHaveChanged(hint, sid)) throw lost("the session may have changed");
  const epochs = new Map(Array.from(numbers, ([epoch, number]) => [nameOfNumber(number), epoch]));
  const raised = new Map(seen);
  for (const [name, position] of hint.seen) {
    const epoch = name.length === start.epoch.length ? name : epochs.get(name);
    if (epoch === undefined) throw lost("what the client had got is not known");
    raised.set(epoch, Math.max(position, raised.get(epoch) ?? 0));
  }
  return { end: shown.position, seen: raised };
}

/** Whether what was written of a session, later perhaps, was so already at the end of its stay. */
function isTrueAt({ start, reached, memberships, droppedAt = 0 }: SessionRecord, end: number): boolean {
  if (start.position > end || reached > end || droppedAt > end) return false;
  return memberships.every(({ after, until = 0 }) => after <= end && until <= end);
}

function cover({ start, covered }: SessionRecord, seen: LogHead["seen"], end: number): Map<string, number> {
  const all = new Map(covered);
  const raise = (epoch: string, position: number): void => void all.set(epoch, Math.max(position, all.get(epoch) ?? 0));
  for (const [epoch, position] of seen) raise(epoch, position);
  raise(start.epoch, end);
  return all;
}

/** A session that lasts for long has met many servers. Those are forgotten that nobody else knows any more. */
function dropUnknown(
  covered: Map<string, number>,
  seen: LogHead["seen"],
  told: ReadonlyMap<string, number>,
  { start, former = [] }: SessionRecord,
  next: NextLog,
): void {
  const own = new Set([start.epoch, ...former.map((stay) => stay.start.epoch)]);
  for (const epoch of covered.keys())
    if (!seen.has(epoch) && !told.has(epoch) && !own.has(epoch) && !next.ledger.knows(epoch)) covered.delete(epoch);
}

/** Whether one server may have delivered a packet that tells nothing of its origin, and the other not. */
function isUncertain({ ageMs, unknownAgeMs }: LogHead, { ledger, nowMs }: NextLog): boolean {
  const window = ageMs + SKEW_MS;
  return (unknownAgeMs !== undefined && unknownAgeMs < window) || nowMs - ledger.lastUnknownAtMs < window;
}

function lastEndOn(epoch: string, stays: readonly FormerStay[]): number {
  return stays.reduce((end, stay) => (stay.start.epoch === epoch ? Math.max(end, stay.end) : end), 0);
}

function lost(why: string): Error {
  return codedError("HISTORY_LOST", why);
}
