import type { Clock, RecoveryLimits, SavedSession } from "@halyard/contracts";
import { writeRecord, type Release } from "./record.ts";
import { writeChanged } from "./place-hint.ts";
import type { Claim, RedisPlace } from "./redis-place.ts";
import type { SharedLog } from "./shared-log.ts";

/** Each session of this server is written anew after so many rounds, one a second: what the application has changed, and its time. */
const ROUNDS = 10;
const ROUND_MS = 1_000;
/** A server that has died may have been about to write for so long. */
const GRACE_MS = 5_000;
/** So many writes may be unanswered before others wait. */
const MAX_UNDER_WAY = 5_000;
/** A session that is larger is not shared. */
const MAX_RECORD_BYTES = 1_048_576;

/** A session that this server has, or has had until now. */
export interface KeptSession {
  session: SavedSession;
  readonly claim: Claim;
  isLost: boolean;
  /** What Redis is known to have of it: see `SessionStay.changes`; undefined if it has nothing. */
  known?: { readonly session: SavedSession; readonly changes: number } | undefined;
  /** Its client is not let in yet: nobody can show a place of it. */
  isHeld?: boolean;
  /** It was let go for another server, and so far it is tried to write that down. */
  parting?: { readonly release: Release; readonly untilMs: number };
}

/** What writing needs of its surroundings. */
export interface SessionWritesContext {
  readonly place: RedisPlace;
  readonly log: SharedLog;
  readonly limits: RecoveryLimits;
  readonly clock: Clock;
  /** Called when there is something to write. */
  readonly onWritable: () => void;
}

/** Tells Redis of the sessions that this server has. */
export class SessionWrites {
  readonly #context: SessionWritesContext;
  readonly #kept: ReadonlyMap<string, KeptSession>;
  /**
   * Those that are to be written. None that is not kept any more, because Redis may be away for long; except that another server has
   * asked for it, and must not be told that it may have it before it is known where it goes on.
   */
  readonly #dirty = new Set<KeptSession>();
  /** Those of which Redis is not known to have the latest. */
  readonly #changed = new Set<KeptSession>();
  /** Where the present round of writing goes on. */
  #round: IterableIterator<KeptSession> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #underWay = 0;

  constructor(context: SessionWritesContext, kept: ReadonlyMap<string, KeptSession>) {
    this.#context = context;
    this.#kept = kept;
  }

  /** How many sessions wait to be written. */
  get waiting(): number {
    return this.#dirty.size;
  }

  /** A session has changed. */
  soil(kept: KeptSession): void {
    if (!isKnown(kept) && kept.isHeld !== true) this.#changed.add(kept);
    if (this.#dirty.has(kept)) return;
    this.#dirty.add(kept);
    this.#context.onWritable();
  }

  /** What has changed of a session need not be known any more. */
  drop(kept: KeptSession): void {
    this.#dirty.delete(kept);
    this.#changed.delete(kept);
  }

  /** The client of a session that Redis is not known to have is let in only after {@link letIn}. */
  hold(kept: KeptSession): void {
    kept.isHeld = true;
    this.#changed.delete(kept);
  }

  letIn(kept: KeptSession): void {
    kept.isHeld = false;
    if (!isKnown(kept) && this.#isWanted(kept)) this.#changed.add(kept);
  }

  /** Tells whose sessions have changed, as part of a hint, which is not known to have reached Redis. */
  describeChanged(): string {
    return writeChanged(sidsOf(this.#changed), this.#changed.size);
  }

  /** Writes that a session was let go, and where. */
  part(kept: KeptSession): void {
    const { log, clock } = this.#context;
    const release = { end: log.position, seen: log.ledger.seen() };
    kept.parting = { release, untilMs: clock.monotonic() + this.keepMs(false) };
    this.#write(kept);
  }

  /** Whether it is not known to be written that a session was let go. */
  isParting(pid: string): boolean {
    for (const { session, parting } of this.#dirty) if (parting !== undefined && session.pid === pid) return true;
    return false;
  }

  /** Writes what has changed, if Redis is there, and no more than it takes for the time being; the rest follows. */
  flush(maxUnderWay: number = MAX_UNDER_WAY): void {
    if (!this.#context.place.isUp) return;
    for (const kept of this.#dirty) {
      if (this.#underWay >= maxUnderWay) return;
      if (this.#isWanted(kept)) this.#write(kept);
      else this.#dirty.delete(kept);
    }
  }

  /** Writes some of the sessions anew. Call it once a second. */
  refresh(): void {
    if (this.waiting > 0) this.#context.onWritable();
    let count = Math.ceil(this.#kept.size / ROUNDS);
    this.#round ??= this.#kept.values();
    while (count-- > 0) {
      const { value, done } = this.#round.next();
      if (done === true) return void (this.#round = undefined);
      if (!value.isLost) this.soil(value);
    }
  }

  /** Settles once everything that was written so far has arrived, or has failed. */
  async settle(): Promise<void> {
    await this.#last;
  }

  clear(): void {
    this.#dirty.clear();
    this.#changed.clear();
  }

  /** How long Redis keeps a session that is not written again. */
  keepMs(isLost: boolean): number {
    return this.#context.limits.maxDisconnectionMs + (isLost ? 0 : ROUNDS * ROUND_MS + GRACE_MS);
  }

  #write(kept: KeptSession): void {
    const { place } = this.#context;
    const { pid } = kept.session;
    this.#dirty.delete(kept);
    const record = this.#record(kept);
    const { session } = kept;
    const known = { session, changes: changesOf(session) };
    this.#underWay++;
    const written =
      record === undefined // the session is this server's only: what others know of it is not true any more
        ? place.remove(pid, kept.claim)
        : place.save(pid, kept.claim, record, this.keepMs(kept.isLost));
    this.#last = written.then(
      () => {
        this.#underWay--;
        kept.known = known;
        if (isKnown(kept)) this.#changed.delete(kept);
        if (this.#underWay < MAX_UNDER_WAY && this.waiting > 0) this.#context.onWritable();
      },
      () => this.#onUnwritten(kept),
    );
  }

  /** Undefined if the application's data cannot be written, or is too large. */
  #record({ session, parting }: KeptSession): Uint8Array | undefined {
    try {
      // what was sent to its client is known up to now
      const record = writeRecord(session, session.lostAt ?? this.#context.log.position, parting?.release);
      return record.length > MAX_RECORD_BYTES ? undefined : record;
    } catch {
      return undefined;
    }
  }

  #onUnwritten(kept: KeptSession): void {
    this.#underWay--;
    if (this.#isWanted(kept)) this.#dirty.add(kept); // tried again when there is something else to write
  }

  #isWanted(kept: KeptSession): boolean {
    if (kept.parting !== undefined) return this.#context.clock.monotonic() < kept.parting.untilMs;
    return this.#kept.get(kept.session.pid) === kept;
  }
}

/** Whether Redis has the latest of a session. */
export function isKnown({ session, known }: KeptSession): boolean {
  return known?.session === session && known.changes === changesOf(session);
}

function changesOf({ changes = 0 }: SavedSession): number {
  return changes;
}

function* sidsOf(kept: Iterable<KeptSession>): Generator<string> {
  for (const { session } of kept) yield session.sid;
}
