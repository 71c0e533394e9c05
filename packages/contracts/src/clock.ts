/** A timer that can be called off. */
export interface Timer {
  /** Idempotent; harmless after the timer has fired. */
  cancel(): void;
}

/** Time, injected so that tests can own it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds from an arbitrary start, never going back. */
  monotonic(): number;
  /**
   * Calls back once; a delay that timers of the platform cannot keep counts as the longest that they can. With `background`,
   * the timer alone does not keep a Node.js process alive.
   */
  schedule(callback: () => void, delayMs: number, background?: boolean): Timer;
}
