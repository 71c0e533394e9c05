import type { Clock, Timer } from "@halyard/contracts";
import { watchRejection } from "../rejections.ts";
import { ackTimeout } from "./ack-errors.ts";
import { AckQueue } from "./ack-queue.ts";

/**
 * An acknowledgement that a socket waits for. Exactly one of its methods is called, once per socket. They return what the
 * application's callback does.
 */
export interface PendingAck {
  /** The client has answered. */
  reply(answer: readonly unknown[], socketId: string): unknown;
  /** The client has left without an answer. */
  abandon(error: Error, socketId: string): unknown;
}

/** An acknowledgement of one socket that may have to come in time. */
export interface TimedAck extends PendingAck {
  /** Sets the timer to cancel once the wait is over. */
  guard(timer: Timer): void;
}

/** The acknowledgements that one socket waits for; what has settled is forgotten. */
export class PendingAcks {
  readonly #acks = new AckQueue<PendingAck>();
  readonly #socketId: string;
  readonly #report: (thrown: unknown) => void;

  /** What a callback throws or rejects with is reported, and concerns nobody else. */
  constructor(socketId: string, report: (thrown: unknown) => void) {
    this.#socketId = socketId;
    this.#report = report;
  }

  get size(): number {
    return this.#acks.size;
  }

  add(id: number, ack: PendingAck): void {
    this.#acks.add(id, ack);
  }

  /** Waits no longer than so many milliseconds. */
  addTimed(id: number, ack: TimedAck, clock: Clock, timeoutMs: number): void {
    this.#acks.add(id, ack);
    ack.guard(clock.schedule(() => this.#expire(id, ack), timeoutMs));
  }

  /** Stops waiting, without telling the acknowledgement. */
  forget(id: number): void {
    this.#acks.take(id);
  }

  /** Hands an answer over; returns false if nobody waits for it: it is unknown, late or a duplicate. */
  settle(id: number, answer: readonly unknown[]): boolean {
    const ack = this.#acks.take(id);
    if (ack === undefined) return false;
    try {
      watchRejection(ack.reply(answer, this.#socketId), this.#report);
    } catch (thrown) {
      this.#report(thrown);
    }
    return true;
  }

  /** Ends every wait, because the client is gone. */
  abandonAll(error: Error): void {
    for (const ack of this.#acks.takeAll()) this.abandon(ack, error);
  }

  /** Ends a wait that is over, or was not begun. */
  abandon(ack: PendingAck, error: Error): void {
    try {
      watchRejection(ack.abandon(error, this.#socketId), this.#report);
    } catch (thrown) {
      this.#report(thrown);
    }
  }

  #expire(id: number, ack: PendingAck): void {
    this.#acks.take(id);
    this.abandon(ack, ackTimeout());
  }
}
