import type {
  EngineMessage,
  EventData,
  LoggedPacket,
  LogPlace,
  PacketNotes,
  Parser,
  ReplayLog,
  Selection,
  SessionStore,
} from "@halyard/contracts";
import { packetSend } from "@halyard/diagnostics";
import { publishSend } from "../diagnostics.ts";
import type { Audience } from "./audience.ts";
import { DeliveryOrder } from "./delivery-order.ts";
import { EventSeal } from "./event-seal.ts";
import { formatMark, parseMark } from "./offset.ts";
import type { Replay } from "./replay.ts";
import type { Session } from "./session.ts";

/** An event that is ready to leave. */
export interface SealedEvent {
  readonly messages: readonly EngineMessage[];
  /** Its position in the log; 0 if it is not logged. */
  readonly position: number;
  /** Its place in the log of the server that has sent it, if that is another one. */
  readonly origin?: LogPlace | "unknown";
  /** What other servers have to know of its place, if they have to. */
  readonly mark?: string;
}

/** What events need of their namespace's recovery. */
export interface KeptEventsContext {
  readonly namespace: string;
  readonly parser: Parser;
  readonly sessions: Pick<SessionStore, "isShared" | "save">;
  readonly log: ReplayLog;
  /** Those who could recover. */
  readonly audience: Pick<Audience<Session>, "includes" | "ids">;
}

/** What is sent in one namespace: each event gets its place, and is kept for those who are away. */
export class KeptEvents {
  readonly order: DeliveryOrder = new DeliveryOrder();
  readonly #namespace: string;
  readonly #sessions: KeptEventsContext["sessions"];
  readonly #log: ReplayLog;
  readonly #audience: KeptEventsContext["audience"];
  readonly #seal: EventSeal;
  readonly #replays = new Set<Replay>();
  /** The last packet that other servers were told of. */
  #lastTold = 0;

  constructor({ namespace, parser, sessions, log, audience }: KeptEventsContext) {
    this.#namespace = namespace;
    this.#sessions = sessions;
    this.#log = log;
    this.#audience = audience;
    this.#seal = new EventSeal(log, parser, namespace, this.order);
  }

  /** Adds to what a client has missed, from now on. */
  collect(replay: Replay): void {
    this.#replays.add(replay);
  }

  /** Ends {@link collect}. */
  stopCollecting(replay: Replay): void {
    this.#replays.delete(replay);
  }

  /**
   * Makes a broadcast ready to leave, and keeps it for those who are away. `isForAll` says that other servers get it, too.
   * @throws `SOCKET_ENCODE`
   */
  seal(to: Selection, isVolatile: boolean, data: EventData, isForAll: boolean): SealedEvent {
    const sealed = this.#sealBroadcast(to, isVolatile, data, { isTold: isForAll });
    if (!isForAll || !this.#sessions.isShared || sealed.position === 0) return sealed;
    const { epoch } = this.#log;
    const { messages, position } = sealed;
    const mark = formatMark({ epoch, position, previous: this.#lastTold });
    this.#lastTold = position;
    return { messages, position, mark };
  }

  /**
   * As {@link seal}, for what another server has sent, with what it has told of the place.
   * @throws `SOCKET_ENCODE`
   */
  sealForeign(to: Selection, isVolatile: boolean, data: EventData, mark: unknown): SealedEvent {
    return this.#sealBroadcast(to, isVolatile, data, { origin: parseMark(mark) ?? "unknown", isTold: false });
  }

  /** Keeps what another server had sent before this one heard it, for those who were with other servers then. */
  keepPast(to: Selection, data: EventData, mark: unknown): void {
    const origin = parseMark(mark);
    if (origin === undefined || !this.#sessions.isShared) return;
    const except = [...to.except, ...this.#audience.ids]; // whoever is here already began after that
    this.#keep({ rooms: to.rooms, except }, data, { origin, isNeeded: false, isTold: false });
  }

  /**
   * Sends an event to the one client of a session, wherever it is connected by now, and keeps it if the client is away.
   * @throws `SOCKET_ENCODE`
   */
  emit(session: Session, isVolatile: boolean, compress: boolean, data: EventData): void {
    if (session.isOver) return;
    const isHere = session.state === "live" || session.state === "opening";
    if (isVolatile || session.state === "opening") {
      if (!isHere) return;
      this.#transmit(session, data, this.#seal.pass(data), isVolatile, compress);
    } else {
      const { messages, position } = this.#keep(session.sid, data, { isNeeded: true, isTold: false });
      if (!isHere) return;
      session.reach(position);
      this.#transmit(session, data, messages, false, compress, position);
    }
  }

  /** A packet was not sent to the client of a session, because there was no room for it. */
  dropped(session: Session, position: number): void {
    if (session.drop(position) && session.state === "live") this.#sessions.save(session);
  }

  /** Adds to nothing any more. */
  close(): void {
    this.#replays.clear();
  }

  #sealBroadcast(
    to: Selection,
    isVolatile: boolean,
    data: EventData,
    notes: Omit<PacketNotes, "isNeeded">,
  ): SealedEvent {
    const isNeeded = !isVolatile && this.#audience.includes(to);
    if (isVolatile || !(isNeeded || this.#sessions.isShared)) return { messages: this.#seal.pass(data), position: 0 };
    return this.#keep(to, data, { ...notes, isNeeded });
  }

  #keep(to: Selection | string, data: EventData, notes: PacketNotes): LoggedPacket {
    const packet = this.#seal.log(to, data, notes);
    if (this.#replays.size > 0) for (const replay of this.#replays) replay.add(packet);
    return packet;
  }

  #transmit(
    session: Session,
    data: EventData,
    messages: readonly EngineMessage[],
    isVolatile: boolean,
    compress: boolean,
    position = 0,
  ): void {
    const send = (): void => {
      const { link } = session;
      if (link?.sendEncoded(messages, isVolatile, compress) === false) {
        if (position > 0) this.dropped(session, position);
      } else if (link !== undefined && packetSend.hasSubscribers)
        publishSend(link.id, { type: "event", namespace: this.#namespace, data }, messages);
    };
    if (this.order.isBusy) this.order.defer(send);
    else send();
  }
}
