import { Backoff } from "@halyard/core";
import type { ResolvedOptions } from "./options.ts";

/** When to try again, and when to give up. The settings may change at any time. */
export class Reconnection {
  enabled: boolean;
  maxAttempts: number;
  /** Read by the back-off at each delay. */
  readonly delays: { minMs: number; maxMs: number; jitter: number };
  readonly #backoff: Backoff;

  constructor(options: ResolvedOptions) {
    this.enabled = options.reconnection;
    this.maxAttempts = options.reconnectionAttempts;
    this.delays = {
      minMs: options.reconnectionDelayMs,
      maxMs: options.reconnectionDelayMaxMs,
      jitter: options.randomizationFactor,
    };
    this.#backoff = new Backoff(this.delays);
  }

  /** Attempts since the connection was lost. */
  get attempts(): number {
    return this.#backoff.attempts;
  }

  /** Milliseconds until the next attempt, or `undefined` when there is to be none. */
  nextDelayMs(): number | undefined {
    return this.#backoff.attempts < this.maxAttempts ? this.#backoff.next() : undefined;
  }

  reset(): void {
    this.#backoff.reset();
  }
}
