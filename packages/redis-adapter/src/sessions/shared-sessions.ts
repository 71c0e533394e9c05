import type { RecoveryObserver, SavedSession, SessionStore, ShownPlace } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import { handOver, isBehind } from "./hand-over.ts";
import type { SharingNode } from "./node.ts";
import { isFinal, patiently } from "./patiently.ts";
import { readRecord, writeRecord } from "./record.ts";
import type { Claim } from "./redis-place.ts";
import { isKnown, SessionWrites, type KeptSession, type SessionWritesContext } from "./session-writes.ts";

/** So many servers may take a session in the same moment, one after the other. */
const MAX_ATTEMPTS = 3;
/** How long it is waited for what others have sent, and how often it is looked for that. */
const MAX_BEHIND_MS = 3_000;
const LOOK_MS = 20;
/** How long a client waits at most until its new session is written. */
const MAX_HOLD_MS = 1_000;

/** What a session store needs of its surroundings. */
export interface SharedSessionsContext extends SessionWritesContext {
  readonly namespace: string;
  readonly node: SharingNode;
  readonly memory: SessionStore;
  readonly observer: RecoveryObserver;
}

/** The sessions of one namespace: those of this server in its memory, and all of them in Redis. */
export class SharedSessions implements SessionStore {
  readonly isShared = true;
  readonly #context: SharedSessionsContext;
  readonly #kept = new Map<string, KeptSession>();
  readonly #writes: SessionWrites;
  /** Sessions that are being taken: whether they go on here is known to Redis before it is known here. */
  readonly #arriving = new Map<string, Promise<unknown>>();

  constructor(context: SharedSessionsContext) {
    this.#context = context;
    this.#writes = new SessionWrites(context, this.#kept);
  }

  get size(): number {
    return this.#kept.size;
  }

  /** How many sessions wait to be written. */
  get waiting(): number {
    return this.#writes.waiting;
  }

  save(session: SavedSession): void {
    this.#context.memory.save(session);
    this.#writes.soil(this.#keep(session));
  }

  lose(session: SavedSession): void {
    const kept = this.#keep(session);
    kept.isLost = true;
    this.#context.memory.save(session); // one that was taken and never connected is not there yet
    this.#context.memory.lose(session);
    if (this.#kept.has(session.pid)) this.#writes.soil(kept);
  }

  async take(pid: string, shown?: ShownPlace): Promise<SavedSession | undefined> {
    const { place, clock } = this.#context;
    return await patiently(place, clock, () => this.#take(pid, shown));
  }

  /** The client of a new session is let in once another server would find it. */
  settled(session: SavedSession): PromiseLike<void> | undefined {
    const kept = this.#kept.get(session.pid);
    return kept === undefined || isKnown(kept) || !this.#context.place.isUp ? undefined : this.#hold(kept);
  }

  /** Tells whose sessions have changed, as part of a hint, which is not known to have reached Redis. */
  describeChanged(): string {
    return this.#writes.describeChanged();
  }

  async #hold(kept: KeptSession): Promise<void> {
    const { clock, log } = this.#context;
    this.#writes.hold(kept);
    this.flush();
    const written = Promise.all([this.#writes.settle(), log.settle()]);
    await new Promise<unknown>((resolve) => {
      const timer = clock.schedule(() => resolve(undefined), MAX_HOLD_MS, true);
      written.then(resolve, resolve).finally(() => timer.cancel());
    });
    this.#writes.letIn(kept);
  }

  async #take(pid: string, shown: ShownPlace | undefined): Promise<SavedSession | undefined> {
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
      const record = await place.claim(pid, found, claim, this.#writes.keepMs(false));
      if (record !== undefined) return await this.#arrive(pid, this.#continue(pid, record, claim, shown));
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
    if (kept !== undefined) {
      this.#giveAway(pid, kept);
      this.#writes.part(kept);
    } else this.flush();
    const [, isLogWritten] = await Promise.all([this.#writes.settle(), this.#context.log.settle()]);
    if (this.#writes.isParting(pid) || !isLogWritten) throw codedError("STORAGE_DOWN", "it could not be written");
  }

  /** Writes the sessions that have changed, if Redis is there. */
  flush(): void {
    this.#writes.flush();
  }

  /** Writes some of the sessions anew. Call it once a second. */
  refresh(): void {
    this.#writes.refresh();
  }

  /** Redis may have lost everything. */
  refreshAll(): void {
    for (const kept of this.#kept.values()) this.#writes.soil(kept);
  }

  close(): void {
    for (const kept of this.#kept.values()) {
      kept.isLost = true;
      this.#writes.soil(kept);
    }
    this.#writes.flush(Number.POSITIVE_INFINITY); // there is no later time
    this.#kept.clear();
    this.#writes.clear();
    this.#context.memory.close();
  }

  #giveAway(pid: string, kept: KeptSession): void {
    const { observer, memory } = this.#context;
    observer.onTaken(kept.session);
    memory.remove(kept.session);
    this.#kept.delete(pid);
    this.#writes.drop(kept);
    kept.isLost = true;
  }

  #takeOwn(pid: string): SavedSession | undefined {
    const { memory } = this.#context;
    const kept = this.#kept.get(pid);
    if (kept === undefined) return undefined;
    void memory.take(pid); // ends its wait
    kept.isLost = false;
    this.#writes.soil(kept);
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
  async #continue(
    pid: string,
    bytes: Uint8Array,
    claim: Claim,
    shown: ShownPlace | undefined,
  ): Promise<SavedSession | undefined> {
    const { place, log, clock } = this.#context;
    try {
      const record = readRecord(bytes);
      if (record === undefined) throw codedError("HISTORY_LOST", "the session is damaged");
      // not necessarily its owner's: one that has claimed it may have died before it could go on
      const [head, told] = await Promise.all([place.readHead(record.start.epoch), place.readTold()]);
      const { epoch, ledger } = log;
      for (let waitedMs = 0; waitedMs < MAX_BEHIND_MS && isBehind(record, head, told, log); waitedMs += LOOK_MS)
        await new Promise<void>((resolve) => void clock.schedule(resolve, LOOK_MS, true));
      const next = { epoch, ledger, nowMs: clock.monotonic(), skip: () => log.skip() };
      return await this.#settleDown(handOver(pid, record, head, told, next, shown), claim);
    } catch (error) {
      if (isFinal(error)) place.remove(pid, claim).catch(() => {}); // its time is over anyway
      throw error;
    }
  }

  /** A session is known to be here only once Redis knows everything that it may need of this server's log. */
  async #settleDown(continued: SavedSession, claim: Claim): Promise<SavedSession | undefined> {
    const { place, log } = this.#context;
    try {
      const position = await log.expect(continued);
      const session = { ...continued, reached: position, lostAt: position };
      if (!(await place.save(session.pid, claim, writeRecord(session), this.#writes.keepMs(false)))) return undefined;
      this.#kept.set(session.pid, { session, claim, isLost: false, known: { session, changes: 0 } });
      return session;
    } finally {
      setImmediate(() => log.arrived()); // who has asked for it has gone on with it by then
    }
  }

  #keep(session: SavedSession): KeptSession {
    const known = this.#kept.get(session.pid);
    if (known !== undefined) {
      // one that was made of what is known does not change anything yet
      if (known.session !== session)
        known.known = isKnown(known) && session.changes === 0 ? { session, changes: 0 } : undefined;
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

  #drop(pid: string, kept: KeptSession): void {
    this.#kept.delete(pid);
    this.#writes.drop(kept);
    this.#context.place.remove(pid, kept.claim).catch(() => {}); // its time will be over
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
