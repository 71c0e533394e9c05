import type { Clock, Timer } from "@halyard/contracts";

/** An entry of a {@link DeadlineQueue}; embed it, one allocation per owner instead of a timer per wait. */
export interface DeadlineEntry {
  /** Called when the delay has passed. `lateMs` tells how late, as when the event loop stalled. */
  onDeadline(lateMs: number): void;
}

/**
 * Many waits of one equal delay on a single timer: because the delay is the same for all, the oldest is always due first.
 * Starting, restarting and stopping a wait cost a map operation each.
 */
export class DeadlineQueue {
  readonly #clock: Clock;
  readonly #delayMs: number;
  /** In order of deadline: a Map keeps insertion order. In whole milliseconds, as fractions take memory of their own. */
  readonly #due = new Map<DeadlineEntry, number>();
  #timer: Timer | undefined;

  constructor(clock: Clock, delayMs: number) {
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  get size(): number {
    return this.#due.size;
  }

  /** Starts the entry's wait, or starts it anew. */
  start(entry: DeadlineEntry): void {
    this.#due.delete(entry);
    this.#due.set(entry, Math.ceil(this.#clock.monotonic() + this.#delayMs));
    this.#timer ??= this.#clock.schedule(this.#fire, this.#delayMs, true);
  }

  stop(entry: DeadlineEntry): void {
    this.#due.delete(entry);
    if (this.#due.size === 0) this.#cancelTimer();
  }

  /** Forgets every wait. */
  close(): void {
    this.#due.clear();
    this.#cancelTimer();
  }

  readonly #fire = (): void => {
    this.#timer = undefined;
    const nowMs = this.#clock.monotonic();
    for (const [entry, deadlineMs] of this.#due) {
      if (deadlineMs > nowMs) break;
      this.#due.delete(entry);
      entry.onDeadline(nowMs - deadlineMs);
    }
    this.#arm();
  };

  #arm(): void {
    if (this.#timer !== undefined) return;
    for (const deadlineMs of this.#due.values()) {
      this.#timer = this.#clock.schedule(this.#fire, Math.max(1, deadlineMs - this.#clock.monotonic()), true);
      return;
    }
  }

  #cancelTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
