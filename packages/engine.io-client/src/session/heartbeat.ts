import type { Clock, Timer } from "@halyard/contracts";

/** The longest delay that timers can keep; longer ones would fire at once. */
const MAX_DELAY_MS = 0x7fffffff;

/** Watches for the server's pings (Engine.IO protocol, "Heartbeat"). */
export class Heartbeat {
  #timer: Timer | undefined;
  /** By the wall clock: the monotonic one of some systems stands still while the machine sleeps. */
  #deadlineMs = 0;
  readonly #clock: Clock;
  readonly #silenceMs: number;
  readonly #background: boolean;
  readonly #onSilence: () => void;

  constructor(clock: Clock, silenceMs: number, background: boolean, onSilence: () => void) {
    this.#clock = clock;
    this.#silenceMs = Math.min(silenceMs, MAX_DELAY_MS);
    this.#background = background;
    this.#onSilence = onSilence;
    this.restart();
  }

  /** Whether the deadline has passed, even if the timer has not fired because the machine slept or the page was throttled. */
  get expired(): boolean {
    return this.#clock.now() > this.#deadlineMs;
  }

  /** Starts the wait anew. */
  restart(): void {
    this.stop();
    this.#deadlineMs = this.#clock.now() + this.#silenceMs;
    this.#timer = this.#clock.schedule(this.#onSilence, this.#silenceMs, this.#background);
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
