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
  readonly #keepsTimer: boolean;
  /** In order of deadline: a Map keeps insertion order. In whole milliseconds, as fractions take memory of their own. */
  readonly #due = new Map<DeadlineEntry, number>();
  #timer: Timer | undefined;

  /**
   * With `keepsTimer` the timer stays when nobody waits any more, until it fires: cheaper where somebody soon waits again. It
   * does not keep a process alive.
   */
  constructor(clock: Clock, delayMs: number, keepsTimer = false) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#keepsTimer = keepsTimer;
  }

  /** How many entries wait. */
  get size(): number {
    return this.#due.size;
  }

  /** Starts the entry's wait, or starts it anew. */
  start(entry: DeadlineEntry): void {
    this.#due.delete(entry);
    this.#due.set(entry, Math.ceil(this.#clock.monotonic() + this.#delayMs));
    this.#timer ??= this.#clock.schedule(this.#fire, this.#delayMs, true);
  }

  /** Takes an entry out; it will not be called. */
  stop(entry: DeadlineEntry): void {
    this.#due.delete(entry);
    if (this.#due.size === 0 && !this.#keepsTimer) this.#cancelTimer();
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
