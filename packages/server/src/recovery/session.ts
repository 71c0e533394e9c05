import type { EngineMessage, LogPlace, ReplayLog, SavedSession } from "@halyard/contracts";
import type { RecoveryFailure } from "./recovery-failure.ts";
import type { Replay } from "./replay.ts";
import { PastStay, Stay } from "./stay.ts";

/** The connection over which a session is used, as recovery sees it. */
export interface SessionLink {
  /** The engine session's id. */
  readonly id: string;
  /** Sends the messages of one packet; a volatile one only if it can leave at once. Returns false if there was no room for it. */
  sendEncoded(messages: readonly EngineMessage[], isVolatile: boolean, compress: boolean): boolean;
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
 * - `taken`: the client is with another server.
 * - `ended`: nobody can have it any more.
 */
export type SessionState = "opening" | "live" | "lost" | "resuming" | "taken" | "ended";

/** What has to be read for a client that is back: of one log, after a place. */
export interface Backlog {
  readonly stay: Stay;
  readonly place: LogPlace;
}

/** What is known of one client of one namespace while it is connected, and while it may come back. */
export class Session extends Stay implements SavedSession {
  readonly pid: string;
  state: SessionState = "opening";
  /** The connection that uses it or asks for it. */
  link: SessionLink | undefined;
  /** What its client gets once it is connected again. */
  replay: Replay | undefined;
  /** Why the client did not get the session that it asked for, but this one. */
  failure: RecoveryFailure | undefined;
  readonly stale: LogPlace | undefined;
  #former: readonly PastStay[] | undefined;
  readonly #log: Pick<ReplayLog, "position" | "forgotten">;
  /** The last packet that was logged before its socket was connected. */
  #openedAt = 0;
  #holder: SessionHolder | undefined;
  #data: unknown;

  private constructor(log: ReplayLog, saved: SavedSession) {
    super(saved.sid, saved);
    this.#log = log;
    this.pid = saved.pid;
    this.stale = saved.stale;
    this.#data = saved.data;
    this.#former = saved.former?.map((stay) => new PastStay(saved.sid, stay));
  }

  /** Begins at the present end of the log. `stale` is the place of a former session that its client shows. */
  static begin(log: ReplayLog, pid: string, sid: string, stale?: LogPlace): Session {
    const { epoch, position } = log;
    const start = { epoch, position };
    return new Session(log, {
      pid,
      sid,
      start,
      reached: position,
      memberships: [],
      data: undefined,
      ...(stale && { stale }),
    });
  }

  /** Makes a session of what a store has kept of it. */
  static revive(log: ReplayLog, saved: SavedSession): Session {
    const session = new Session(log, saved);
    session.state = "lost";
    return session;
  }

  get former(): readonly PastStay[] | undefined {
    return this.#former;
  }

  get data(): unknown {
    return this.#holder === undefined ? this.#data : this.#holder.data;
  }

  /** Whether joining and leaving rooms concerns it now. */
  get followsRooms(): boolean {
    return this.state === "opening" || this.state === "live";
  }

  /** Whether nothing can be sent to its client from here any more. */
  get isOver(): boolean {
    return this.state === "ended" || this.state === "taken";
  }

  /** Its socket is connected. */
  open(holder: SessionHolder): void {
    const { position } = this.#log;
    if (this.state === "opening") this.startAt(position);
    this.state = "live";
    this.replay = undefined;
    this.#openedAt = position;
    this.reach(position);
    this.rejoin();
    this.#holder = holder;
  }

  /**
   * A packet is about to be sent to its client. Returns false if the client got it already, with what it had missed: its socket was
   * connected in the middle of the delivery, or the packet came by another server.
   */
  takes(position: number, origin: LogPlace | "unknown" | undefined): boolean {
    if (this.covered !== undefined && this.wasCovered(position, origin)) return false;
    this.reach(position);
    return position > this.#openedAt;
  }

  /** Its socket is gone, connected or not. */
  lose(): void {
    this.#data = this.data;
    this.loseAt(this.#log.position);
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

  /** Another server has it from now on. */
  handOver(): void {
    this.lose();
    this.state = "taken";
  }

  end(): void {
    this.#holder = undefined;
    this.#data = undefined;
    this.replay = undefined;
    this.link = undefined;
    this.state = "ended";
  }

  /**
   * Tells what has to be read for a client that has got everything up to a place, stay by stay; or why that cannot be told. What
   * lies before that place is forgotten.
   */
  backlogAfter(shown: LogPlace | undefined): readonly Backlog[] | RecoveryFailure {
    const stays: readonly Stay[] = [...(this.#former ?? []), this];
    const index = shown === undefined ? -1 : stays.findLastIndex((stay) => isOf(stay, shown));
    // a place of no stay is from before the session: clients keep the last one they got
    const first = Math.max(index, 0);
    const backlogs: Backlog[] = [];
    for (const stay of stays.slice(first)) {
      const position = stay === stays[index] ? (shown?.position ?? 0) : 0;
      if (stay instanceof PastStay && position > stay.end) return "history lost";
      const place = stay.placeAfter(position);
      if (typeof place === "string") return place;
      backlogs.push({ stay, place });
    }
    if (first > 0) this.#former = this.#former?.slice(first);
    return backlogs;
  }
}

/** Whether a client can have got a place from a stay. */
function isOf({ start }: Stay, { epoch, position }: LogPlace): boolean {
  return start.epoch === epoch && position > start.position;
}
