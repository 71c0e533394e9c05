import type { Timer, Untyped } from "@halyard/contracts";
import type { TimedAck } from "./pending-acks.ts";

/** Takes the answer; after `timeout()` an error, or null, comes first. */
export type AckCallback = (...args: Untyped[]) => void;

/** Waits with a callback. One that takes no error is not called if no answer comes. */
export class CallbackAck implements TimedAck {
  readonly #callback: AckCallback;
  readonly #takesError: boolean;
  #timer: Timer | undefined;

  constructor(callback: AckCallback, takesError: boolean) {
    this.#callback = callback;
    this.#takesError = takesError;
  }

  guard(timer: Timer): void {
    this.#timer = timer;
  }

  reply(answer: readonly unknown[]): void {
    this.#timer?.cancel();
    if (this.#takesError) this.#callback(null, ...answer);
    else this.#callback(...answer);
  }

  abandon(error: Error): void {
    this.#timer?.cancel();
    if (this.#takesError) this.#callback(error);
  }
}
