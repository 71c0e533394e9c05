/** What a promise may stand for; implementations in memory answer at once, so that nobody waits for a turn of the event loop. */
export type Awaitable<Value> = Value | PromiseLike<Value>;

/** A place in one run of a replay log: after the packet at `position`, or before all of them if that is 0. */
export interface LogPlace {
  readonly epoch: string;
  readonly position: number;
}

/** A place as a client shows it. */
export interface ShownPlace extends LogPlace {
  /** What the log has said beside the place: see `ReplayLog.hint()`. Not checked: clients can show what they like. */
  readonly hint?: string | undefined;
}

/** The time that a session was in a room, in positions of the log. */
export interface Membership {
  readonly room: string;
  /** The last position before it joined. */
  readonly after: number;
  /** The last position before it left; absent while it is in the room. */
  readonly until?: number | undefined;
}

/** The part of a session that it spends on one server. Positions are those of that server's log. */
export interface SessionStay {
  /** Where it began. */
  readonly start: LogPlace;
  /** Rooms, the socket's own included, as far back as they matter. */
  readonly memberships: readonly Membership[];
  /** The last packet that was sent to the client while it was connected. */
  readonly reached: number;
  /** The last packet logged while the client was connected, as far as `reached` tells of it; absent while it is connected. */
  readonly lostAt?: number | undefined;
  /** The first packet that the client was not sent because it was too slow; absent if there is none. */
  readonly droppedAt?: number | undefined;
  /**
   * How often what is kept here of rooms and of dropped packets has changed since the object was made: what a store has kept is true
   * as long as this is the same. Absent for a session that does not change.
   */
  readonly changes?: number | undefined;
  /** Up to where packets of each log, by epoch, belong to the stays before this one, whichever server brought them. */
  readonly covered?: ReadonlyMap<string, number> | undefined;
}

/** A stay that is over: the client has gone to another server. */
export interface FormerStay extends SessionStay {
  /** The last packet of it. */
  readonly end: number;
}

/** What outlives a client's connection, and is handed to the client's next one. */
export interface SavedSession extends SessionStay {
  /** The client's secret name for the session; whoever shows it gets the session. */
  readonly pid: string;
  /** The socket's id. */
  readonly sid: string;
  /** The application's own data. */
  readonly data: unknown;
  /** The stays before this one, as far as the client may have missed something of them; in order. */
  readonly former?: readonly FormerStay[] | undefined;
  /** The place that the client showed when the session began: of a session that it had before. */
  readonly stale?: LogPlace | undefined;
}

/**
 * Keeps the sessions of one namespace. A session is saved when its client connects, not when it leaves: what has crashed cannot
 * save anything any more.
 */
export interface SessionStore {
  /** Whether sessions of other servers are found here, too. Then every packet is logged, whoever is connected here. */
  readonly isShared: boolean;
  /**
   * Keeps a session until it is removed. Called when the client connects, and again when its rooms have changed: `session` is a
   * view that stays true, so a store in memory need not look at it, and another one may read it later, for many changes at once.
   */
  save(session: SavedSession): void;
  /** The client's connection is lost: from now on the session is kept for the time that the store was made with. */
  lose(session: SavedSession): void;
  /**
   * Finds a session, lost or connected, and claims it in the same step: no two servers get it at the same time. It is kept
   * as if its client were connected. What another server had continues with a stay of its own on this one's log, and that server
   * hears of it. `shown` is the place of the last packet that its client got, as the client says.
   * @throws `HISTORY_LOST` if the session is known, but not what its client may have missed.
   */
  take(pid: string, shown?: ShownPlace): Awaitable<SavedSession | undefined>;
  /**
   * Settles once other servers would find a session as it is at present, or once that takes too long; the client is not let in before.
   * Absent, or gives nothing, where nobody has to wait.
   */
  settled?(session: SavedSession): PromiseLike<void> | undefined;
  /** Forgets a session that has ended on purpose. */
  remove(session: SavedSession): void;
  /** Lets go of all sessions of this server and of what the store holds. */
  close(): void;
}
