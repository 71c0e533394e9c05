import type { Clock, RecoveryLimits, RecoveryObserver, SavedSession, SessionStore } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import { handOver } from "./hand-over.ts";
import type { SharingNode } from "./node.ts";
import { readRecord, writeRecord, type Release } from "./record.ts";
import type { Claim, RedisPlace } from "./redis-place.ts";
import type { SharedLog } from "./shared-log.ts";

/** Each session of this server is written anew after so many rounds, one a second: what the application has changed, and its time. */
const ROUNDS = 10;
const ROUND_MS = 1_000;
/** A server that has died may have been about to write for so long. */
const GRACE_MS = 5_000;
/** So many servers may take a session in the same moment, one after the other. */
const MAX_ATTEMPTS = 3;
/** So many writes may be unanswered before others wait. */
const MAX_UNDER_WAY = 5_000;
/** A session that is larger is not shared. */
const MAX_RECORD_BYTES = 1_048_576;

/** What a session store needs of its surroundings. */
export interface SharedSessionsContext {
  readonly namespace: string;
  readonly node: SharingNode;
  readonly place: RedisPlace;
  readonly log: SharedLog;
  readonly memory: SessionStore;
  readonly observer: RecoveryObserver;
  readonly limits: RecoveryLimits;
  readonly clock: Clock;
  /** Called when there is something to write. */
  readonly onWritable: () => void;
}

interface Kept {
  session: SavedSession;
  readonly claim: Claim;
  isLost: boolean;
  /** It was let go for another server, and so far it is tried to write that down. */
  parting?: { readonly release: Release; readonly untilMs: number };
}

/** The sessions of one namespace: those of this server in its memory, and all of them in Redis. */
export class SharedSessions implements SessionStore {
  readonly isShared = true;
  readonly #context: SharedSessionsContext;
  readonly #kept = new Map<string, Kept>();
  /**
   * Those that are to be written. None that is not kept any more, because Redis may be away for long; except that another server has
   * asked for it, and must not be told that it may have it before it is known where it goes on.
   */
  #dirty = new Set<Kept>();
  /** Sessions that are being taken: whether they go on here is known to Redis before it is known here. */
  readonly #arriving = new Map<string, Promise<unknown>>();
  /** Where the present round of writing goes on. */
  #round: IterableIterator<Kept> | undefined;
  #writes: Promise<unknown> = Promise.resolve();
  #underWay = 0;

  constructor(context: SharedSessionsContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** How many sessions wait to be written. */
  get waiting(): number {
    return this.#dirty.size;
  }

  save(session: SavedSession): void {
    this.#context.memory.save(session);
    this.#soil(this.#keep(session));
  }

  lose(session: SavedSession): void {
    const kept = this.#keep(session);
    kept.isLost = true;
    this.#context.memory.save(session); // one that was taken and never connected is not there yet
    this.#context.memory.lose(session);
    if (this.#kept.has(session.pid)) this.#soil(kept);
  }

  async take(pid: string): Promise<SavedSession | undefined> {
    const { place, node, namespace } = this.#context;
    this.flush();
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const found = await place.find(pid);
      if (found === undefined) return undefined;
      const kept = this.#kept.get(pid);
      if (isSame(found, kept?.claim)) return this.#takeOwn(pid);
      if (kept !== undefined) this.#giveAway(pid, kept); // another server held this one for dead
      if (found.owner.node !== node.id) await node.askForRelease(found.owner.node, namespace, pid);
      const claim = { owner: { node: node.id, epoch: this.#context.log.epoch }, turn: found.turn + 1 };
      const record = await place.claim(pid, found, claim, this.#keepMs(false));
      if (record !== undefined) return await this.#arrive(pid, this.#continue(pid, record, claim));
    }
    throw codedError("STORAGE_BUSY", "several servers want the session");
  }

  remove(session: SavedSession): void {
    this.#context.memory.remove(session);
    const kept = this.#kept.get(session.pid);
    if (kept !== undefined) this.#drop(session.pid, kept);
  }

  /** The memory has given a session up. */
  forgotten(session: SavedSession): void {
    const kept = this.#kept.get(session.pid);
    if (kept !== undefined) this.#drop(session.pid, kept);
    this.#context.observer.onForgotten(session);
  }

  /**
   * Lets another server have a session. Settles once everything about it is written.
   * @throws `STORAGE_DOWN` if that has failed: it is tried again, and the other server may ask again
   */
  async release(pid: string): Promise<void> {
    const arriving = this.#arriving.get(pid);
    if (arriving !== undefined) {
      await arriving.catch(() => {}); // told to whoever takes it
      await new Promise(setImmediate); // who has gone on with it by then
    }
    const kept = this.#kept.get(pid);
    const { log, clock } = this.#context;
    if (kept !== undefined) {
      this.#giveAway(pid, kept);
      const release = { end: log.position, seen: log.ledger.seen() };
      kept.parting = { release, untilMs: clock.monotonic() + this.#keepMs(false) };
      this.#write(kept);
    } else this.flush();
    await Promise.all([this.#writes, log.settle()]);
    for (const { session, parting } of this.#dirty)
      if (parting !== undefined && session.pid === pid) throw codedError("STORAGE_DOWN", "it could not be written");
  }

  /** Writes the sessions that have changed, if Redis is there. */
  flush(): void {
    if (!this.#context.place.isUp || this.#underWay > MAX_UNDER_WAY) return;
    const dirty = this.#dirty;
    this.#dirty = new Set();
    for (const kept of dirty) if (this.#isWanted(kept)) this.#write(kept);
  }

  /** Writes some of the sessions anew. Call it once a second. */
  refresh(): void {
    if (this.waiting > 0) this.#context.onWritable();
    let count = Math.ceil(this.#kept.size / ROUNDS);
    this.#round ??= this.#kept.values();
    while (count-- > 0) {
      const { value, done } = this.#round.next();
      if (done === true) return void (this.#round = undefined);
      if (!value.isLost) this.#soil(value);
    }
  }

  /** Redis may have lost everything. */
  refreshAll(): void {
    for (const kept of this.#kept.values()) this.#soil(kept);
  }

  close(): void {
    for (const kept of this.#kept.values()) {
      kept.isLost = true;
      this.#soil(kept);
    }
    this.flush();
    this.#kept.clear();
    this.#dirty.clear();
    this.#context.memory.close();
  }

  #giveAway(pid: string, kept: Kept): void {
    const { observer, memory } = this.#context;
    observer.onTaken(kept.session);
    memory.remove(kept.session);
    this.#kept.delete(pid);
    this.#dirty.delete(kept);
    kept.isLost = true;
  }

  #takeOwn(pid: string): SavedSession | undefined {
    const { memory } = this.#context;
    const kept = this.#kept.get(pid);
    if (kept === undefined) return undefined;
    void memory.take(pid); // ends its wait
    kept.isLost = false;
    this.#soil(kept);
    return kept.session;
  }

  async #arrive(pid: string, session: Promise<SavedSession | undefined>): Promise<SavedSession | undefined> {
    this.#arriving.set(pid, session);
    try {
      return await session;
    } finally {
      if (this.#arriving.get(pid) === session) this.#arriving.delete(pid);
    }
  }

  /** Writes down how a session goes on here, before its client gets anything from here. */
  async #continue(pid: string, bytes: Uint8Array, claim: Claim): Promise<SavedSession | undefined> {
    const { place, log, clock } = this.#context;
    try {
      const record = readRecord(bytes);
      if (record === undefined) throw codedError("HISTORY_LOST", "the session is damaged");
      // not necessarily its owner's: one that has claimed it may have died before it could go on
      const [head, told] = await Promise.all([place.readHead(record.start.epoch), place.readTold()]);
      const { epoch, ledger } = log;
      const next = { epoch, ledger, nowMs: clock.monotonic(), skip: () => log.skip() };
      return await this.#settleDown(handOver(pid, record, head, told, next), claim);
    } catch (error) {
      place.remove(pid, claim).catch(() => {}); // its time is over anyway
      throw error;
    }
  }

  /** A session is known to be here only once Redis knows everything that it may need of this server's log. */
  async #settleDown(continued: SavedSession, claim: Claim): Promise<SavedSession | undefined> {
    const { place, log } = this.#context;
    try {
      const position = await log.expect(continued);
      const session = { ...continued, reached: position, lostAt: position };
      if (!(await place.save(session.pid, claim, writeRecord(session), this.#keepMs(false)))) return undefined;
      this.#kept.set(session.pid, { session, claim, isLost: false });
      return session;
    } finally {
      setImmediate(() => log.arrived()); // who has asked for it has gone on with it by then
    }
  }

  #keep(session: SavedSession): Kept {
    const known = this.#kept.get(session.pid);
    if (known !== undefined) {
      known.session = session;
      known.isLost = false;
      return known;
    }
    const { node, log } = this.#context;
    const claim = { owner: { node: node.id, epoch: log.epoch }, turn: 1 };
    const kept = { session, claim, isLost: false };
    this.#kept.set(session.pid, kept);
    return kept;
  }

  #soil(kept: Kept): void {
    if (this.#dirty.has(kept)) return;
    this.#dirty.add(kept);
    this.#context.onWritable();
  }

  #write(kept: Kept): void {
    const { place } = this.#context;
    const { pid } = kept.session;
    this.#dirty.delete(kept);
    const record = this.#record(kept);
    this.#underWay++;
    const written =
      record === undefined // the session is this server's only: what others know of it is not true any more
        ? place.remove(pid, kept.claim)
        : place.save(pid, kept.claim, record, this.#keepMs(kept.isLost));
    this.#writes = written.then(
      () => void this.#underWay--,
      () => this.#onUnwritten(kept),
    );
  }

  /** Undefined if the application's data cannot be written, or is too large. */
  #record({ session, parting }: Kept): Uint8Array | undefined {
    try {
      // what was sent to its client is known up to now
      const record = writeRecord(session, session.lostAt ?? this.#context.log.position, parting?.release);
      return record.length > MAX_RECORD_BYTES ? undefined : record;
    } catch {
      return undefined;
    }
  }

  #onUnwritten(kept: Kept): void {
    this.#underWay--;
    if (this.#isWanted(kept)) this.#dirty.add(kept); // tried again when there is something else to write
  }

  #isWanted(kept: Kept): boolean {
    if (kept.parting !== undefined) return this.#context.clock.monotonic() < kept.parting.untilMs;
    return this.#kept.get(kept.session.pid) === kept;
  }

  #drop(pid: string, kept: Kept): void {
    this.#kept.delete(pid);
    this.#dirty.delete(kept);
    this.#context.place.remove(pid, kept.claim).catch(() => {}); // its time will be over
  }

  #keepMs(isLost: boolean): number {
    return this.#context.limits.maxDisconnectionMs + (isLost ? 0 : ROUNDS * ROUND_MS + GRACE_MS);
  }
}

function isSame(one: Claim, other: Claim | undefined): boolean {
  return (
    other !== undefined &&
    one.turn === other.turn &&
    one.owner.node === other.owner.node &&
    one.owner.epoch === other.owner.epoch
  );
}
