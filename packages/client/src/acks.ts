import type { Clock, Timer, Untyped } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import { throwLater } from "./throw-later.ts";

/** Who waits for an acknowledgement. */
export interface Ack {
  readonly callback: (...args: Untyped[]) => void;
  /** Whether the callback takes an error first; it then hears of timeouts and disconnections too. */
  readonly withError: boolean;
}

interface Pending extends Ack {
  readonly timer: Timer | undefined;
}

/** The acknowledgements that one socket waits for. Each settles at most once, and none is kept after that. */
export class PendingAcks {
  /** `this` of the callbacks. */
  readonly #self: object;
  readonly #clock: Clock;
  readonly #background: boolean;
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;

  constructor(self: object, clock: Clock, background: boolean) {
    this.#self = self;
    this.#clock = clock;
    this.#background = background;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Starts to wait and returns the id to send. `onTimeout` is told before the callback. */
  add(ack: Ack, timeoutMs: number | undefined, onTimeout: (id: number) => void): number {
    const id = this.#nextId++;
    const expire = (): void => {
      onTimeout(id);
      this.fail(id, codedError("ACK_TIMEOUT", "operation has timed out"));
    };
    const timer = timeoutMs === undefined ? undefined : this.#clock.schedule(expire, timeoutMs, this.#background);
    this.#pending.set(id, { callback: ack.callback, withError: ack.withError, timer });
    return id;
  }

  /** Hands over the server's answer; unknown ids are ignored. */
  settle(id: number, data: readonly unknown[]): void {
    const ack = this.remove(id);
    if (ack !== undefined) this.#call(ack, ack.withError ? [null, ...data] : data);
  }

  /** Gives up on one; its callback hears of it if it takes an error. */
  fail(id: number, error: Error): void {
    const ack = this.remove(id);
    if (ack?.withError === true) this.#call(ack, [error]);
  }

  /** Gives up on all but those that are to be kept: no answer can come any more. */
  failAll(isKept: (id: number) => boolean): void {
    for (const id of Array.from(this.#pending.keys()))
      if (!isKept(id)) this.fail(id, codedError("ACK_DISCONNECTED", "socket has been disconnected"));
  }

  /** Forgets one without a word. */
  remove(id: number): Ack | undefined {
    const ack = this.#pending.get(id);
    this.#pending.delete(id);
    ack?.timer?.cancel();
    return ack;
  }

  #call(ack: Ack, args: readonly unknown[]): void {
    try {
      Reflect.apply(ack.callback, this.#self, args);
    } catch (error) {
      throwLater(error);
    }
  }
}
