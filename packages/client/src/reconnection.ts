import { Backoff, type BackoffOptions } from "@halyard/core";
import type { ResolvedOptions } from "./options.ts";

/** When to try again, and when to give up. The settings may change at any time and count from the next delay on. */
export class Reconnection implements BackoffOptions {
  enabled: boolean;
  maxAttempts: number;
  minMs: number;
  maxMs: number;
  jitter: number;
  readonly #backoff: Backoff = new Backoff(this);

  constructor(options: ResolvedOptions) {
    this.enabled = options.reconnection;
    this.maxAttempts = options.reconnectionAttempts;
    this.minMs = options.reconnectionDelayMs;
    this.maxMs = options.reconnectionDelayMaxMs;
    this.jitter = options.randomizationFactor;
  }

  /** Attempts since the connection was lost. */
  get attempts(): number {
    return this.#backoff.attempts;
  }

  /** Milliseconds until the next attempt, or `undefined` when there is to be none. */
  nextDelayMs(): number | undefined {
    return this.attempts < this.maxAttempts ? this.#backoff.next() : undefined;
  }

  reset(): void {
    this.#backoff.reset();
  }
}
