import type {
  Awaitable,
  Clock,
  EngineMessage,
  LogPlace,
  Parser,
  RecoveryStorage,
  ReplayLog,
  SavedSession,
  SessionStore,
} from "@halyard/contracts";
import { codedError, hasCode } from "@halyard/core";
import { createSocketId } from "../socket-id.ts";
import { Audience } from "./audience.ts";
import { Joining } from "./joining.ts";
import { KeptEvents } from "./kept-events.ts";
import { readOffset } from "./offset.ts";
import type { RecoveryFailure } from "./recovery-failure.ts";
import { readMissed } from "./missed.ts";
import { Replay } from "./replay.ts";
import { Session, type SessionHolder, type SessionLink } from "./session.ts";
import { settle } from "./settle.ts";

/**
 * What the session tokens of this server begin with. Its clients can tell by it that every event without an acknowledgement that
 * ends in a string ends in an offset, volatile ones too.
 */
const PID_PREFIX = "~";

/** After these reasons clients may have their session back. */
const RECOVERABLE_REASONS: ReadonlySet<string> = new Set([
  "transport error",
  "transport close",
  "forced close",
  "ping timeout",
  "server shutting down",
  "forced server close",
  "slow consumer",
]);

/** What a namespace gives to its recovery. */
export interface RecoveryContext {
  readonly namespace: string;
  readonly parser: Parser;
  readonly storage: RecoveryStorage;
  readonly skipMiddlewares: boolean;
  readonly maxReplayBytes: number;
  /** Milliseconds that packets are kept. */
  readonly maxLogAgeMs: number;
  readonly clock: Clock;
  /** Called when the last client that was away is given up. */
  readonly onIdle: () => void;
}

/** The rooms of the namespace's sockets. */
interface Rooms<Member> {
  join(member: Member, room: string): void;
  roomsOf(member: Member): ReadonlySet<string>;
}

/** Connection state recovery of one namespace: who is back, and what they have missed. */
export class NamespaceRecovery {
  readonly skipMiddlewares: boolean;
  /** What is sent here. */
  readonly events: KeptEvents;
  readonly #maxReplayBytes: number;
  readonly #maxLogAgeMs: number;
  readonly #onIdle: () => void;
  readonly #sessions: SessionStore;
  readonly #log: ReplayLog;
  readonly #audience = new Audience<Session>();
  readonly #joining: Joining;

  constructor(context: RecoveryContext) {
    const { namespace, parser, storage, skipMiddlewares, maxReplayBytes, maxLogAgeMs, clock, onIdle } = context;
    const { sessions, log } = storage.open(namespace, {
      onForgotten: ({ sid }) => this.#onForgotten(sid),
      onTaken: ({ sid }) => this.#onTaken(sid),
    });
    this.skipMiddlewares = skipMiddlewares;
    this.#maxReplayBytes = maxReplayBytes;
    this.#maxLogAgeMs = maxLogAgeMs;
    this.#joining = new Joining(clock);
    this.#onIdle = onIdle;
    this.#sessions = sessions;
    this.#log = log;
    this.events = new KeptEvents({ namespace, parser, sessions, log, audience: this.#audience });
  }

  /** Whether nobody is here and nobody can come back. */
  get isIdle(): boolean {
    return this.#audience.size === 0;
  }

  /** For how long before it joins the others this server has a use for what they had sent: nothing must have been sent from here. */
  get pastMs(): number {
    return this.#sessions.isShared && this.#log.position === 0 ? this.#maxLogAgeMs : 0;
  }

  /** Whoever was with another server waits until this one has joined the others: only then it knows what they had sent. */
  joinOthers(joined: Promise<unknown>): void {
    if (this.#sessions.isShared) this.#joining.begin(joined);
  }

  /**
   * Finds the session for a client that connects: its former one in the state `resuming`, or a new one. Where the former one is still
   * used, its connection is ended. The caller says how it goes on: {@link open} or {@link leave}. A promise does not reject.
   */
  admit(auth: Readonly<Record<string, unknown>> | undefined, link: SessionLink): Awaitable<Session> {
    const pid = auth?.["pid"];
    const shown = readOffset(auth?.["offset"], this.#log);
    const begin = (failure?: RecoveryFailure): Session => this.#begin(link, failure, shown);
    if (typeof pid !== "string") return begin();
    return settle(
      () => this.#joining.after(() => this.#sessions.take(pid, shown === "invalid" ? undefined : shown)),
      (saved) => (saved === undefined ? begin("unknown session") : this.#resume(saved, shown, link)),
      (error) => begin(failureOf(error)),
    );
  }

  /**
   * The socket of a new session has passed all middlewares. Where other servers share sessions, gives what its client has to wait
   * for: one that does not find the session would take it for a stranger.
   */
  announce(session: Session): PromiseLike<void> | undefined {
    if (session.state !== "opening" || this.#sessions.settled === undefined) return undefined;
    this.#join(session, session.sid);
    this.#sessions.save(session);
    return this.#sessions.settled(session);
  }

  /** Puts the socket of a session that is resumed into its rooms, where middlewares find it. */
  restoreRooms<Member>(session: Session, socket: Member, rooms: Pick<Rooms<Member>, "join">): void {
    for (const room of session.history.rooms) rooms.join(socket, room);
  }

  /**
   * The client's socket is about to be connected. What middlewares have done to its rooms counts from now on. Returns what the
   * client has missed, or undefined if that has become too much meanwhile, or is not known any more.
   */
  open<Member extends SessionHolder>(
    session: Session,
    socket: Member,
    rooms: Pick<Rooms<Member>, "roomsOf">,
  ): readonly EngineMessage[] | undefined {
    const { replay } = session;
    if (replay !== undefined) {
      const present = rooms.roomsOf(socket);
      for (const room of session.history.rooms) if (!present.has(room)) this.#leave(session, room);
      for (const room of present) this.#join(session, room);
    }
    if (replay?.isTooLarge || replay?.isCut) return undefined;
    this.#forgetReplay(session);
    session.open(socket);
    this.#sessions.save(session);
    return replay === undefined ? [] : replay.packets.flatMap(({ messages }) => messages);
  }

  /** The socket over that connection is gone, or never came to be. */
  leave(session: Session, link: SessionLink, reason: string): void {
    if (session.isOver) return;
    const wasOpen = session.state === "live";
    const isTaken = session.link !== link;
    if (!isTaken && (session.state === "opening" || (wasOpen && !RECOVERABLE_REASONS.has(reason))))
      return this.#end(session);
    if (isTaken && !wasOpen) return;
    this.#forgetReplay(session);
    session.lose();
    if (isTaken) return;
    session.link = undefined;
    this.#sessions.lose(session);
  }

  /** A socket has joined a room. */
  joined(room: string, sid: string): void {
    const session = this.#audience.get(sid);
    if (session?.followsRooms !== true || !this.#join(session, room)) return;
    if (session.state === "live") this.#sessions.save(session);
  }

  /** A socket has left a room. */
  left(room: string, sid: string): void {
    const session = this.#audience.get(sid);
    if (session?.followsRooms !== true || !this.#leave(session, room)) return;
    if (session.state === "live") this.#sessions.save(session);
  }

  /**
   * What others sent may not have come here: nobody gets a session back who has not got anything since, as nobody knows what is missing.
   */
  onGap(): void {
    for (const session of this.#audience.members) {
      session.missAt(this.#log.position);
      session.replay?.cut();
    }
  }

  /** Forgets everybody. */
  close(): void {
    this.#sessions.close();
    this.#log.close();
    this.#audience.clear();
    this.events.close();
  }

  #begin(link: SessionLink, failure: RecoveryFailure | undefined, shown: LogPlace | undefined | "invalid"): Session {
    const stale = this.#sessions.isShared && shown !== "invalid" ? shown : undefined;
    const session = Session.begin(this.#log, PID_PREFIX + createSocketId(), createSocketId(), stale);
    session.link = link;
    session.failure = failure;
    this.#audience.add(session);
    return session;
  }

  #resume(saved: SavedSession, shown: LogPlace | undefined | "invalid", link: SessionLink): Awaitable<Session> {
    const session = this.#claim(saved, link);
    const fail = (failure: RecoveryFailure): Session => {
      if (session.link === link) this.#end(session);
      return this.#begin(link, failure, shown);
    };
    if (shown === "invalid") return fail("invalid offset");
    const backlogs = session.backlogAfter(shown);
    if (typeof backlogs === "string") return fail(backlogs);
    const replay = new Replay(session, this.#maxReplayBytes);
    this.events.collect(replay);
    session.resume(link, replay);
    return settle(
      () => readMissed(this.#log, backlogs),
      (found) => {
        if (found === undefined || session.replay !== replay || replay.isCut) return fail("history lost");
        replay.precede(found.here, found.elsewhere);
        return replay.isTooLarge ? fail("backlog too large") : session;
      },
      (error) => fail(failureOf(error)),
    );
  }

  /** Takes a session from whoever has it here. */
  #claim(saved: SavedSession, link: SessionLink): Session {
    const known = this.#audience.get(saved.sid);
    const session = known?.pid === saved.pid ? known : Session.revive(this.#log, saved);
    if (session !== known) this.#audience.add(session);
    const former = session.link;
    session.link = link;
    this.#forgetReplay(session);
    former?.abandon("transport close", takenOver());
    return session;
  }

  #end(session: Session): void {
    this.#forgetReplay(session);
    this.#audience.delete(session);
    this.#sessions.remove(session);
    session.end();
  }

  /** The store has given a session up. */
  #onForgotten(sid: string): void {
    const session = this.#audience.get(sid);
    if (session === undefined) return;
    this.#audience.delete(session);
    session.end();
    if (this.isIdle) this.#onIdle();
  }

  /** Another server has taken a session. */
  #onTaken(sid: string): void {
    const session = this.#audience.get(sid);
    if (session === undefined) return;
    const { link } = session;
    session.link = undefined;
    this.#forgetReplay(session);
    link?.abandon("transport close", takenOver());
    this.#audience.delete(session);
    session.handOver();
    if (this.isIdle) this.#onIdle();
  }

  #join(session: Session, room: string): boolean {
    if (!session.history.join(room, this.#log.position)) return false;
    this.#audience.joined(session, room);
    return true;
  }

  #leave(session: Session, room: string): boolean {
    if (!session.history.leave(room, this.#log.position, this.#log.forgotten)) return false;
    this.#audience.left(session, room);
    return true;
  }

  #forgetReplay({ replay }: Session): void {
    if (replay !== undefined) this.events.stopCollecting(replay);
  }
}

/** A storage may say that it knows the session, but not what was missed. */
function failureOf(error: unknown): RecoveryFailure {
  return hasCode(error, "HISTORY_LOST") ? "history lost" : "storage failed";
}

function takenOver(): Error {
  return codedError("SESSION_TAKEN_OVER", "the client has come back over another connection");
}
