import type { Timer, Untyped } from "@halyard/contracts";
import type { TimedAck } from "./pending-acks.ts";

/** Waits with a promise of the first value of the answer. */
export class PromiseAck implements TimedAck {
  readonly #resolve: (value: Untyped) => void;
  readonly #reject: (error: Error) => void;
  #timer: Timer | undefined;

  constructor(resolve: (value: Untyped) => void, reject: (error: Error) => void) {
    this.#resolve = resolve;
    this.#reject = reject;
  }

  guard(timer: Timer): void {
    this.#timer = timer;
  }

  reply(answer: readonly unknown[]): void {
    this.#timer?.cancel();
    this.#resolve(answer[0]);
  }

  abandon(error: Error): void {
    this.#timer?.cancel();
    this.#reject(error);
  }
}
