import type { EngineMessage, LoggedPacket, LogPlace, Membership, ReplayLog, SavedSession } from "@halyard/contracts";
import type { RecoveryFailure } from "./recovery-failure.ts";
import type { Replay } from "./replay.ts";
import { RoomHistory } from "./room-history.ts";

/** The connection over which a session is used, as recovery sees it. */
export interface SessionLink {
  /** Sends the messages of one packet; a volatile one only if it can leave at once. */
  sendEncoded(messages: readonly EngineMessage[], isVolatile: boolean, compress: boolean): void;
  /** Ends the connection and every socket on it. What is queued for it is dropped. */
  abandon(reason: string, cause: Error): void;
}

/** The socket that has a session. */
export interface SessionHolder {
  /** The application's own data. */
  readonly data: unknown;
}

/**
 * - `opening`: its socket is new and not connected yet.
 * - `live`: its socket is connected.
 * - `lost`: the connection is gone, and the client may come back.
 * - `resuming`: the client is back, and its new socket is not connected yet.
 * - `ended`: nobody can have it any more.
 */
export type SessionState = "opening" | "live" | "lost" | "resuming" | "ended";

/** What is known of one client of one namespace while it is connected, and while it may come back. */
export class Session implements SavedSession {
  readonly pid: string;
  readonly sid: string;
  readonly history: RoomHistory;
  state: SessionState = "opening";
  /** The connection that uses it or asks for it. */
  link: SessionLink | undefined;
  /** What its client gets once it is connected again. */
  replay: Replay | undefined;
  /** Why the client did not get the session that it asked for, but this one. */
  failure: RecoveryFailure | undefined;
  readonly #log: Pick<ReplayLog, "position" | "forgotten">;
  #start: LogPlace;
  #reached: number;
  /** The last packet that was logged before its socket was connected. */
  #openedAt = 0;
  #lostAt: number | undefined;
  #holder: SessionHolder | undefined;
  #data: unknown;

  private constructor(
    log: ReplayLog,
    saved: Pick<SavedSession, "pid" | "sid" | "start" | "reached">,
    rooms: RoomHistory,
  ) {
    this.#log = log;
    this.pid = saved.pid;
    this.sid = saved.sid;
    this.history = rooms;
    this.#start = saved.start;
    this.#reached = saved.reached;
  }

  /** Begins at the present end of the log. */
  static begin(log: ReplayLog, pid: string, sid: string): Session {
    const { epoch, position } = log;
    return new Session(log, { pid, sid, start: { epoch, position }, reached: position }, new RoomHistory());
  }

  /** Makes a session of what a store has kept of it. */
  static revive(log: ReplayLog, saved: SavedSession): Session {
    const session = new Session(log, saved, new RoomHistory(saved.memberships));
    session.state = "lost";
    session.#lostAt = saved.lostAt;
    session.#data = saved.data;
    return session;
  }

  get start(): LogPlace {
    return this.#start;
  }

  get reached(): number {
    return this.#reached;
  }

  get lostAt(): number | undefined {
    return this.#lostAt;
  }

  get memberships(): readonly Membership[] {
    return this.history.memberships();
  }

  get data(): unknown {
    return this.#holder === undefined ? this.#data : this.#holder.data;
  }

  /** Whether joining and leaving rooms concerns it now. */
  get followsRooms(): boolean {
    return this.state === "opening" || this.state === "live";
  }

  /** Its socket is connected. */
  open(holder: SessionHolder): void {
    const { position } = this.#log;
    if (this.state === "opening") this.#start = { epoch: this.#start.epoch, position };
    this.state = "live";
    this.replay = undefined;
    this.#openedAt = position;
    this.reach(position);
    this.#lostAt = undefined;
    this.#holder = holder;
  }

  /**
   * A packet is about to be sent to its client. Deliveries that wait for others may tell of a later packet first. Returns false if
   * the client got it already, with what it had missed: its socket was connected in the middle of the delivery.
   */
  reach(position: number): boolean {
    if (position > this.#reached) this.#reached = position;
    return position > this.#openedAt;
  }

  /** Its socket is gone, connected or not. */
  lose(): void {
    this.#data = this.data;
    this.#lostAt ??= this.#log.position;
    this.#holder = undefined;
    this.replay = undefined;
    this.state = "lost";
  }

  /** Another connection asks for it, or the first one after it was lost. */
  resume(link: SessionLink, replay: Replay): void {
    this.link = link;
    this.replay = replay;
    this.state = "resuming";
  }

  end(): void {
    this.#holder = undefined;
    this.#data = undefined;
    this.replay = undefined;
    this.link = undefined;
    this.state = "ended";
  }

  /** Where to read on for a client that has got everything up to an offset; undefined if that cannot be told any more. */
  placeAfter(offset: LogPlace | undefined): LogPlace | undefined {
    const { epoch, position: start } = this.#start;
    // an offset of another log is from before the session: clients keep the last one they got
    const shown = offset?.epoch === epoch ? Math.max(offset.position, start) : start;
    const position = shown >= this.#reached ? Math.max(shown, this.#lostAt ?? shown) : shown;
    return position < this.history.completeSince ? undefined : { epoch, position };
  }

  /** Whether a packet was sent to this client, or would have been if it had been there. */
  wasMeantFor({ to, position }: LoggedPacket): boolean {
    if (typeof to === "string") return to === this.sid;
    if (to.rooms.length > 0 && !this.history.wasInAny(to.rooms, position)) return false;
    return !this.history.wasInAny(to.except, position);
  }
}
