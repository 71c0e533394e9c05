import type {
  EngineMessage,
  FormerStay,
  LoggedPacket,
  LogPlace,
  NamespaceStorage,
  PacketNotes,
  RecoveryLimits,
  RecoveryObserver,
  RecoveryStorage,
  ReplayLog,
  SavedSession,
  Selection,
  SessionStore,
  ShownPlace,
} from "@halyard/contracts";

interface Entry {
  readonly packet: LoggedPacket;
  readonly isNeeded: boolean;
  readonly atMs: number;
}

interface Kept {
  session: SavedSession;
  store: PlainSessions;
  lostAtMs?: number | undefined;
}

/** What servers share, and their time. */
export class PlainWorld {
  readonly limits: RecoveryLimits;
  readonly logs: Map<string, PlainLog> = new Map();
  readonly kept: Map<string, Kept> = new Map();
  readonly storages: PlainStorage[] = [];
  nowMs: number = 0;

  constructor(limits: RecoveryLimits) {
    this.limits = limits;
  }

  join(): PlainStorage {
    const storage = new PlainStorage(this);
    this.storages.push(storage);
    return storage;
  }

  pass(ms: number): void {
    this.nowMs += ms;
    for (const storage of this.storages) storage.sweep();
  }
}

/** The simplest storage that is right: everything is in one place, and looked at from the beginning. For the kit's own tests. */
export class PlainStorage implements RecoveryStorage {
  readonly world: PlainWorld;
  readonly logs: PlainLog[] = [];
  readonly stores: PlainSessions[] = [];

  constructor(world: PlainWorld) {
    this.world = world;
  }

  open(namespace: string, observer: RecoveryObserver): NamespaceStorage {
    const log = new PlainLog(this);
    const sessions = new PlainSessions(this, namespace, log, observer);
    this.logs.push(log);
    this.stores.push(sessions);
    this.world.logs.set(log.epoch, log);
    return { sessions, log };
  }

  /** Holds everything to its limits. */
  sweep(): void {
    const { limits, nowMs, kept } = this.world;
    const entries = this.logs.flatMap((log) => log.entries);
    const count = entries.length;
    let bytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
    entries
      .sort((one, other) => one.atMs - other.atMs)
      .forEach((entry, index) => {
        const isOld = nowMs - entry.atMs >= limits.maxLogAgeMs;
        if (!isOld && count - index <= limits.maxLogPackets && bytes <= limits.maxLogBytes) return;
        bytes -= sizeOf(entry);
        this.logs.find((log) => log.entries.includes(entry))?.forget(entry);
      });
    const mine = [...kept.values()].filter(({ store }) => this.stores.includes(store));
    const lost = mine.filter(({ lostAtMs }) => lostAtMs !== undefined);
    lost.forEach((one, index) => {
      const isOld = nowMs - (one.lostAtMs ?? nowMs) >= limits.maxDisconnectionMs;
      if (isOld || lost.length - index > limits.maxLostSessions) one.store.giveUp(one);
    });
  }

  close(): void {
    this.logs.length = 0;
  }
}

export class PlainLog implements ReplayLog {
  static count: number = 0;
  readonly epoch: string = `epoch-${++PlainLog.count}`;
  readonly entries: Entry[] = [];
  /** Up to where packets of each log were delivered here, and from where on all of them. */
  readonly seen: Map<string, number> = new Map();
  readonly since: Map<string, number> = new Map();
  readonly #storage: PlainStorage;
  position: number = 0;
  forgotten: number = 0;

  constructor(storage: PlainStorage) {
    this.#storage = storage;
  }

  append(to: Selection | string, messages: readonly EngineMessage[], notes?: PacketNotes): LoggedPacket {
    const { origin, isNeeded = true, isTold = false } = notes ?? {};
    const position = ++this.position;
    const copies = messages.map((message) => (typeof message === "string" ? message : message.slice()));
    const packet = { position, to, messages: copies, ...(origin && { origin }) };
    if (typeof origin === "object") {
      if (origin.previous !== (this.seen.get(origin.epoch) ?? -1)) this.since.set(origin.epoch, origin.previous);
      this.seen.set(origin.epoch, origin.position);
    } else if (isTold) this.seen.set(this.epoch, position);
    this.entries.push({ packet, isNeeded, atMs: this.#storage.world.nowMs });
    this.#storage.sweep();
    return packet;
  }

  hint(position: number): string | undefined {
    return `plain-${position}`;
  }

  readAfter(place: LogPlace, sid: string, rooms: readonly string[]): readonly LoggedPacket[] | undefined {
    const log = this.#storage.world.logs.get(place.epoch);
    if (log === undefined || place.position < log.forgotten || place.position > log.position) return undefined;
    const isFor = ({ to }: LoggedPacket): boolean =>
      typeof to === "string" ? to === sid : to.rooms.length === 0 || to.rooms.some((room) => rooms.includes(room));
    return log.entries
      .map(({ packet }) => packet)
      .filter((packet) => packet.position > place.position && isFor(packet));
  }

  forget(entry: Entry): void {
    this.entries.splice(this.entries.indexOf(entry), 1);
    this.forgotten = entry.packet.position;
  }

  close(): void {}
}

export class PlainSessions implements SessionStore {
  readonly isShared: boolean = true;
  readonly #storage: PlainStorage;
  readonly #namespace: string;
  readonly #log: PlainLog;
  #observer: RecoveryObserver;

  constructor(storage: PlainStorage, namespace: string, log: PlainLog, observer: RecoveryObserver) {
    this.#storage = storage;
    this.#namespace = namespace;
    this.#log = log;
    this.#observer = observer;
  }

  /** Tells another one from now on. */
  observe(observer: RecoveryObserver): void {
    this.#observer = observer;
  }

  save(session: SavedSession): void {
    const kept = this.#find(session.pid);
    if (kept === undefined) this.#kept.set(this.#key(session.pid), { session, store: this });
    else if (kept.store === this) kept.session = session;
  }

  lose({ pid }: SavedSession): void {
    const kept = this.#find(pid);
    if (kept?.store !== this) return;
    this.#kept.delete(this.#key(pid)); // and to the end, so that the first one that was lost is the first
    this.#kept.set(this.#key(pid), kept);
    kept.lostAtMs = this.#storage.world.nowMs;
    this.#storage.sweep();
  }

  settled(_session: SavedSession): Promise<void> {
    return Promise.resolve();
  }

  take(pid: string, _shown?: ShownPlace): SavedSession | undefined {
    const kept = this.#find(pid);
    if (kept === undefined) return undefined;
    kept.lostAtMs = undefined;
    if (kept.store === this) return kept.session;
    kept.store.#observer.onTaken(kept.session);
    const former = kept.store.#log;
    kept.store = this;
    kept.session = this.#continue(kept.session, former);
    return kept.session;
  }

  remove({ pid }: SavedSession): void {
    if (this.#find(pid)?.store === this) this.#kept.delete(this.#key(pid));
  }

  giveUp({ session }: Kept): void {
    this.remove(session);
    this.#observer.onForgotten(session);
  }

  close(): void {
    for (const kept of this.#kept.values()) if (kept.store === this) this.remove(kept.session);
  }

  #continue(session: SavedSession, log: PlainLog): SavedSession {
    const { pid, sid, data, former = [], ...stay } = session;
    const covered = new Map([...(session.covered ?? []), ...log.seen, [log.epoch, log.position]]);
    for (const [epoch, since] of this.#log.since)
      if (since > (covered.get(epoch) ?? 0))
        throw Object.assign(new Error("packets are missing"), { code: "HISTORY_LOST" });
    const missing = this.#log.entries.find(({ packet: { origin, position } }) => {
      const { epoch, position: there } = typeof origin === "object" ? origin : { epoch: this.#log.epoch, position };
      return there > (covered.get(epoch) ?? 0);
    });
    const position = missing === undefined ? this.#log.position : missing.packet.position - 1;
    const ended: FormerStay = { ...stay, end: log.position };
    const memberships = stay.memberships.filter(({ until }) => until === undefined);
    return {
      pid,
      sid,
      data,
      start: { epoch: this.#log.epoch, position },
      memberships: memberships.map(({ room }) => ({ room, after: position })),
      reached: position,
      covered,
      former: [...former, ended],
    };
  }

  get #kept(): Map<string, Kept> {
    return this.#storage.world.kept;
  }

  #find(pid: string): Kept | undefined {
    return this.#kept.get(this.#key(pid));
  }

  #key(pid: string): string {
    return `${this.#namespace} ${pid}`;
  }
}

function sizeOf({ packet }: Entry): number {
  return packet.messages.reduce((sum, message) => sum + message.length, 100);
}
