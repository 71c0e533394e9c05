import type { FormerStay, LoggedPacket, LogPlace, Membership, SessionStay } from "@halyard/contracts";
import type { RecoveryFailure } from "./recovery-failure.ts";
import { RoomHistory } from "./room-history.ts";

/** The part of a session that it spends on one server: what of that server's log was meant for its client, and what it has got. */
export class Stay implements SessionStay {
  readonly sid: string;
  readonly history: RoomHistory;
  readonly covered: ReadonlyMap<string, number> | undefined;
  #start: LogPlace;
  #reached: number;
  #lostAt: number | undefined;
  #droppedAt: number | undefined;
  #drops = 0;
  /** What other servers sent up to here may not have come. */
  #missedUntil = -1;

  constructor(sid: string, saved: SessionStay) {
    this.sid = sid;
    this.history = new RoomHistory(saved.memberships);
    this.covered = saved.covered;
    this.#start = saved.start;
    this.#reached = saved.reached;
    this.#lostAt = saved.lostAt;
    this.#droppedAt = saved.droppedAt;
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

  get droppedAt(): number | undefined {
    return this.#droppedAt;
  }

  get changes(): number {
    return this.history.changes + this.#drops;
  }

  get memberships(): readonly Membership[] {
    return this.history.memberships();
  }

  /** Begins later than it seemed. */
  startAt(position: number): void {
    this.#start = { epoch: this.#start.epoch, position };
  }

  /** A packet is about to be sent to the client. Deliveries that wait for others may tell of a later packet first. */
  reach(position: number): void {
    if (position > this.#reached) this.#reached = position;
  }

  /** A packet was not sent, because the client is too slow. Returns false if that is known of an earlier one. */
  drop(position: number): boolean {
    if (this.#droppedAt !== undefined && this.#droppedAt <= position) return false;
    this.#droppedAt = position;
    this.#drops++;
    return true;
  }

  /** What other servers had sent by now may not have come. */
  missAt(position: number): void {
    this.#missedUntil = position;
  }

  /** Its socket is gone. */
  loseAt(position: number): void {
    this.#lostAt ??= position;
  }

  /** Its socket is connected, and gets what it has missed. */
  rejoin(): void {
    this.#lostAt = undefined;
    this.#droppedAt = undefined;
  }

  /** Where to read on for a client that has got everything up to a position; or why that cannot be told any more. */
  placeAfter(position: number): LogPlace | RecoveryFailure {
    const { epoch, position: start } = this.#start;
    const shown = Math.max(position, start);
    if (this.#droppedAt !== undefined && shown >= this.#droppedAt) return "packets dropped";
    const from = shown >= this.#reached ? Math.max(shown, this.#lostAt ?? shown) : shown;
    const isLost = from <= this.#missedUntil || from < this.history.completeSince;
    return isLost ? "history lost" : { epoch, position: from };
  }

  /** Whether a packet was sent to this client, or would have been if it had been there. */
  wasMeantFor(packet: LoggedPacket): boolean {
    const { to, position } = packet;
    if (this.wasCovered(position, packet.origin)) return false;
    if (typeof to === "string") return to === this.sid;
    if (to.rooms.length > 0 && !this.history.wasInAny(to.rooms, position)) return false;
    return !this.history.wasInAny(to.except, position);
  }

  /** Whether a packet belongs to a stay before this one, on another server. */
  wasCovered(position: number, origin: LogPlace | "unknown" | undefined): boolean {
    if (this.covered === undefined || origin === "unknown") return false;
    if (origin === undefined) return position <= (this.covered.get(this.#start.epoch) ?? 0);
    return origin.position <= (this.covered.get(origin.epoch) ?? 0);
  }
}

/** A stay on another server, which is over. */
export class PastStay extends Stay implements FormerStay {
  readonly end: number;

  constructor(sid: string, saved: FormerStay) {
    super(sid, saved);
    this.end = saved.end;
  }

  override wasMeantFor(packet: LoggedPacket): boolean {
    return packet.position <= this.end && super.wasMeantFor(packet);
  }
}
