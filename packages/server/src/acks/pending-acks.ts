import type { Timer } from "@halyard/contracts";

/** An acknowledgement that a socket waits for. Exactly one of its methods is called, once per socket. */
export interface PendingAck {
  /** The client has answered. */
  reply(answer: readonly unknown[], socketId: string): void;
  /** The client has left without an answer. */
  abandon(error: Error, socketId: string): void;
}

/** An acknowledgement of one socket that may have to come in time. */
export interface TimedAck extends PendingAck {
  /** Sets the timer to cancel once the wait is over. */
  guard(timer: Timer): void;
}

/** The acknowledgements that one socket waits for; what has settled is forgotten. */
export class PendingAcks {
  readonly #acks = new Map<number, PendingAck>();
  readonly #socketId: string;

  constructor(socketId: string) {
    this.#socketId = socketId;
  }

  get size(): number {
    return this.#acks.size;
  }

  add(id: number, ack: PendingAck): void {
    this.#acks.set(id, ack);
  }

  /** Stops waiting, without telling the acknowledgement. */
  forget(id: number): void {
    this.#acks.delete(id);
  }

  /** Hands an answer over. Returns false if nobody waits for it: it is unknown, late or a duplicate. */
  settle(id: number, answer: readonly unknown[]): boolean {
    const ack = this.#acks.get(id);
    if (ack === undefined) return false;
    this.#acks.delete(id);
    ack.reply(answer, this.#socketId);
    return true;
  }

  /** Ends every wait, because the client is gone. What a callback throws is reported, and the others are still called. */
  abandonAll(error: Error, report: (thrown: unknown) => void): void {
    const acks = [...this.#acks.values()];
    this.#acks.clear();
    for (const ack of acks) {
      try {
        ack.abandon(error, this.#socketId);
      } catch (thrown) {
        report(thrown);
      }
    }
  }
}
