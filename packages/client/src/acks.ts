import type { Untyped } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import { callSafely } from "./call-safely.ts";
import type { SocketOptions } from "./options.ts";

/** Who waits for an acknowledgement. */
export interface Ack {
  readonly callback: (...args: Untyped[]) => void;
  /** Whether the callback takes an error first; it then hears of timeouts and disconnections too. */
  readonly withError: boolean;
}

interface Pending extends Ack {
  readonly onEnd: (() => void) | undefined;
}

/** Ids of acknowledgements from here on are of events outside of a queue of retries, and may not be repeated. */
const FIRST_UNQUEUED_ID = 2 ** 52;

/** The acknowledgements that one socket waits for. Each settles at most once, and none is kept after that. */
export class PendingAcks {
  /** `this` of the callbacks. */
  readonly #self: object;
  /** Made when something is waited for. */
  #pending: Map<number | undefined, Pending> | undefined;
  readonly #limit: number;
  #nextId: number;

  constructor(self: object, { maxPendingAcks = 10_000, retries }: SocketOptions) {
    this.#self = self;
    this.#limit = maxPendingAcks;
    this.#nextId = retries ? FIRST_UNQUEUED_ID : 0;
  }

  /** The id for the next event whose acknowledgement is waited for. @throws `TOO_MANY_ACKS` */
  nextId(): number {
    if (this.#pending && this.#pending.size >= this.#limit) throw codedError("TOO_MANY_ACKS");
    return this.#nextId++;
  }

  /** Starts to wait. `onEnd` is called once, before the callback if that is called at all. */
  add(id: number | undefined, { callback, withError }: Ack, onEnd?: () => void): void {
    // not by spreading, which would triple the cost of an acknowledgement
    (this.#pending ??= new Map()).set(id, { callback, withError, onEnd });
  }

  /**
   * Hands over the server's answer, or an error to a callback that takes one; tells whether there was somebody to hear of it.
   * Unknown ids are ignored.
   */
  settle(id: number | undefined, error: Error | null, data: readonly unknown[] = []): boolean {
    const ack = this.remove(id);
    const isHeard = ack && (ack.withError || !error);
    if (isHeard) callSafely(ack.callback, this.#self, ack.withError ? [error, ...data] : data);
    return !!isHeard;
  }

  /** Gives up on all but those that are to be kept: no answer can come any more. */
  failAll(isKept: (id: number | undefined) => boolean): void {
    for (const id of Array.from(this.#pending?.keys() ?? []))
      if (!isKept(id)) this.settle(id, codedError("ACK_DISCONNECTED", "socket has been disconnected"));
  }

  /** Forgets one without a word. */
  remove(id: number | undefined): Ack | undefined {
    const ack = this.#pending?.get(id);
    this.#pending?.delete(id);
    ack?.onEnd?.();
    return ack;
  }
}
