import type { Timer, Untyped } from "@halyard/contracts";
import { codedError, throwLater } from "@halyard/core";
import type { ResolvedOptions } from "./options.ts";

/** Who waits for an acknowledgement. */
export interface Ack {
  readonly callback: (...args: Untyped[]) => void;
  /** Whether the callback takes an error first; it then hears of timeouts and disconnections too. */
  readonly withError: boolean;
}

/** When to give up waiting. */
export interface Expiry {
  readonly delayMs: number;
  /** Called before the acknowledgement's callback. */
  readonly onTimeout: (id: number) => void;
}

interface Pending extends Ack {
  readonly timer: Timer | undefined;
}

/** The acknowledgements that one socket waits for. Each settles at most once, and none is kept after that. */
export class PendingAcks {
  /** `this` of the callbacks. */
  readonly #self: object;
  readonly #options: Pick<ResolvedOptions, "background" | "clock">;
  /** Made for the first. */
  #pending: Map<number, Pending> | undefined;
  #nextId = 0;

  constructor(self: object, options: Pick<ResolvedOptions, "background" | "clock">) {
    this.#self = self;
    this.#options = options;
  }

  /** Starts to wait and returns the id to send. */
  add(ack: Ack, expiry?: Expiry): number {
    const id = this.#nextId++;
    const timer = expiry && this.#startTimer(id, expiry);
    this.#pending ??= new Map();
    this.#pending.set(id, { callback: ack.callback, withError: ack.withError, timer });
    return id;
  }

  /** Hands over the server's answer; unknown ids are ignored. */
  settle(id: number, data: readonly unknown[]): void {
    const ack = this.remove(id);
    if (ack) this.#call(ack, ack.withError ? [null, ...data] : data);
  }

  /** Gives up on one; its callback hears of it if it takes an error. */
  fail(id: number, error: Error): void {
    const ack = this.remove(id);
    if (ack?.withError === true) this.#call(ack, [error]);
  }

  /** Gives up on all but those that are to be kept: no answer can come any more. */
  failAll(isKept: (id: number) => boolean): void {
    for (const id of Array.from(this.#pending?.keys() ?? []))
      if (!isKept(id)) this.fail(id, codedError("ACK_DISCONNECTED", "socket has been disconnected"));
  }

  /** Forgets one without a word. */
  remove(id: number): Ack | undefined {
    const ack = this.#pending?.get(id);
    this.#pending?.delete(id);
    ack?.timer?.cancel();
    return ack;
  }

  #startTimer(id: number, { delayMs, onTimeout }: Expiry): Timer {
    const { background, clock } = this.#options;
    const expire = (): void => {
      onTimeout(id);
      this.fail(id, codedError("ACK_TIMEOUT", "operation has timed out"));
    };
    return clock.schedule(expire, delayMs, background);
  }

  #call(ack: Ack, args: readonly unknown[]): void {
    try {
      Reflect.apply(ack.callback, this.#self, args);
    } catch (error) {
      throwLater(error);
    }
  }
}
