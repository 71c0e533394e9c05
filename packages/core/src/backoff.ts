/** How long to wait between attempts. */
export interface BackoffOptions {
  /** First delay in milliseconds; it doubles with each attempt. */
  readonly minMs: number;
  /** Cap in milliseconds, applied before jitter, so that a capped delay still spreads. */
  readonly maxMs: number;
  /** Share of the delay that is random: 0.5 means ±50%. From 0 to 1. */
  readonly jitter: number;
}

/**
 * Exponential delays with jitter after the cap: clients that lost the same server do not come back in step.
 *
 * @example
 * const backoff = new Backoff({ minMs: 1_000, maxMs: 5_000, jitter: 0.5 });
 * backoff.next(); // 500 to 1,500
 */
export class Backoff {
  #attempts = 0;
  readonly #options: BackoffOptions;
  readonly #random: () => number;

  constructor(options: BackoffOptions, random: () => number = Math.random) {
    this.#options = options;
    this.#random = random;
  }

  /** Delays handed out since the last reset. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The next delay, in whole milliseconds. */
  next(): number {
    const { minMs, maxMs, jitter } = this.#options;
    const base = Math.min(maxMs, minMs * 2 ** this.#attempts++);
    return Math.round(base * (1 + jitter * (this.#random() * 2 - 1)));
  }

  /** Starts anew with the shortest delay. */
  reset(): void {
    this.#attempts = 0;
  }
}
