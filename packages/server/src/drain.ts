import type { Clock, Timer } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import type { RetryHint } from "./delivery/retry-hint.ts";

/** How a server is drained. */
export interface DrainOptions extends RetryHint {
  /** Milliseconds over which clients are disconnected, and that acknowledgements may take at most. @defaultValue 10_000 */
  readonly duration?: number;
}

/** A client's connection that is to go. */
export interface Leaver {
  /** Whether it should stay a little longer. */
  readonly busy: boolean;
  readonly conn: { readonly readyState: string };
  hintRetry(retryAfterMs: number): void;
  end(reason: "server shutting down"): void;
}

const DEFAULT_DURATION_MS = 10_000;
/** Connections that leave within so many milliseconds leave together. */
const MIN_STEP_MS = 20;
/** How long a connection that is not busy any more may still have to wait. */
const MAX_STEP_MS = 100;

/**
 * Reads the duration of a drain.
 * @throws `INVALID_OPTION`
 */
export function drainDuration({ duration = DEFAULT_DURATION_MS }: DrainOptions): number {
  if (Number.isFinite(duration) && duration >= 0) return duration;
  throw codedError("INVALID_OPTION", "duration must be a number of milliseconds that is not negative");
}

/** How long a drain takes. */
export interface DrainTimes {
  /** Over which connections are told to end. */
  readonly durationMs: number;
  /** In which the last of them may still take what is theirs. */
  readonly graceMs: number;
  /** When clients should come back, if they are told. */
  readonly retryAfterMs: number | undefined;
}

/** Ends connections evenly over a time: those that are busy later than the others, and at its end in any case. */
export class Drain {
  readonly #clock: Clock;
  readonly #times: DrainTimes;
  readonly #total: number;
  readonly #startMs: number;
  readonly #stepMs: number;
  #waiting: Leaver[];
  /** Connections that have been told to end, and may have something to take yet. */
  #ending: Leaver[] = [];
  #timer: Timer | undefined;
  #isCalledOff = false;
  #finish: () => void = () => {};

  constructor(clock: Clock, times: DrainTimes, leavers: Iterable<Leaver>) {
    this.#clock = clock;
    this.#times = times;
    this.#waiting = [...leavers];
    this.#total = this.#waiting.length;
    this.#startMs = clock.monotonic();
    this.#stepMs = Math.min(Math.max(times.durationMs / this.#total, MIN_STEP_MS), MAX_STEP_MS);
  }

  /** Resolves once every connection has ended, when the time is over, or when called off. To be called once. */
  run(): Promise<void> {
    return new Promise((resolve) => {
      this.#finish = resolve;
      this.#step();
    });
  }

  /** Leaves the rest as it is. */
  callOff(): void {
    this.#isCalledOff = true;
    this.#timer?.cancel();
    this.#finish();
  }

  #step(): void {
    const { durationMs, graceMs } = this.#times;
    const elapsedMs = this.#clock.monotonic() - this.#startMs;
    const isOver = elapsedMs >= durationMs;
    const leaving = isOver ? this.#total : Math.floor((elapsedMs / durationMs) * this.#total) + 1;
    this.#waiting = this.#waiting.filter(({ conn }) => conn.readyState === "open");
    this.#end(leaving - (this.#total - this.#waiting.length), isOver);
    this.#ending = this.#ending.filter(({ conn }) => conn.readyState !== "closed");
    const isDone = this.#waiting.length + this.#ending.length === 0 || elapsedMs >= durationMs + graceMs;
    if (isDone || this.#isCalledOff) this.#finish();
    else this.#timer = this.#clock.schedule(() => this.#step(), this.#stepMs);
  }

  /** Ends so many connections, if there are as many that may go. */
  #end(count: number, evenBusy: boolean): void {
    let left = count;
    this.#waiting = this.#waiting.filter((leaver) => {
      if (left <= 0 || this.#isCalledOff || (!evenBusy && leaver.busy)) return true;
      left--;
      if (this.#times.retryAfterMs !== undefined) leaver.hintRetry(this.#times.retryAfterMs);
      leaver.end("server shutting down");
      this.#ending.push(leaver);
      return false;
    });
  }
}
