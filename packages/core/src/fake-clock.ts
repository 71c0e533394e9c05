import type { Clock, Timer } from "@halyard/contracts";

interface Pending {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * A clock that stands still until a test moves it.
 *
 * @example
 * const clock = new FakeClock();
 * clock.schedule(onTimeout, 1_000);
 * clock.advance(1_000); // calls onTimeout
 */
export class FakeClock implements Clock {
  #nowMs: number;
  #order = 0;
  readonly #startMs: number;
  readonly #pending = new Set<Pending>();

  constructor(startMs = 1_700_000_000_000) {
    this.#startMs = startMs;
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs - this.#startMs;
  }

  schedule(callback: () => void, delayMs: number): Timer {
    const entry: Pending = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback };
    this.#pending.add(entry);
    return { cancel: () => void this.#pending.delete(entry) };
  }

  /** Timers that have neither fired nor been cancelled. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  /** Moves time forward and calls what falls due, in order of time, then of scheduling. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (let next = this.#due(untilMs); next !== undefined; next = this.#due(untilMs)) {
      this.#pending.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs); // a stall may have passed it already
      next.callback();
    }
    this.#nowMs = untilMs;
  }

  /** Moves time without calling anything, as when the event loop stalls; what fell due is called by the next {@link advance}. */
  stall(byMs: number): void {
    this.#nowMs += byMs;
  }

  #due(untilMs: number): Pending | undefined {
    let first: Pending | undefined;
    for (const entry of this.#pending) {
      if (entry.atMs > untilMs) continue;
      if (first === undefined || entry.atMs < first.atMs || (entry.atMs === first.atMs && entry.order < first.order))
        first = entry;
    }
    return first;
  }
}
