import type { Timer, Untyped } from "@halyard/contracts";
import type { TimedAck } from "./pending-acks.ts";

/** Takes the answer; after `timeout()` an error, or null, comes first. */
export type AckCallback = (...args: Untyped[]) => unknown;

/** Waits with a callback. One that takes no error is not called if no answer comes. */
export class CallbackAck implements TimedAck {
  readonly #callback: AckCallback;
  readonly #receiver: unknown;
  readonly #takesError: boolean;
  #timer: Timer | undefined;

  /** The receiver is what the callback has as `this`. */
  constructor(callback: AckCallback, receiver: unknown, takesError: boolean) {
    this.#callback = callback;
    this.#receiver = receiver;
    this.#takesError = takesError;
  }

  guard(timer: Timer): void {
    this.#timer = timer;
  }

  reply(answer: readonly unknown[]): unknown {
    this.#timer?.cancel();
    return this.#takesError
      ? this.#callback.call(this.#receiver, null, ...answer)
      : Reflect.apply(this.#callback, this.#receiver, answer);
  }

  abandon(error: Error): unknown {
    this.#timer?.cancel();
    return this.#takesError ? this.#callback.call(this.#receiver, error) : undefined;
  }
}
