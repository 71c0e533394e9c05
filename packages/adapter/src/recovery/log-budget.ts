import type { Clock, RecoveryLimits, Timer } from "@halyard/contracts";
import { Deque } from "./deque.ts";

/** One packet as the budget counts it. */
export interface BudgetEntry {
  readonly bytes: number;
  /** When it was logged, as {@link LogBudget.nowMs} tells. */
  readonly loggedAtMs: number;
  /** Tells the packet's log to let it go. */
  forget(): void;
}

type Limits = Pick<RecoveryLimits, "maxLogAgeMs" | "maxLogPackets" | "maxLogBytes">;

/** What has become too old is let go at the next packet or reading; without either, so much later at most. */
const CHECK_MS = 1_000;

/** Bounds what the logs of all namespaces of a server keep together: what was logged first is let go first. */
export class LogBudget {
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #kept = new Deque<BudgetEntry>();
  #bytes = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** The time by which packets are dated; whole milliseconds, which take no memory of their own. */
  get nowMs(): number {
    return Math.floor(this.#clock.monotonic());
  }

  /** How many packets are kept. */
  get packets(): number {
    return this.#kept.length;
  }

  /** How many bytes they take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Counts a packet in, which may cost older ones their place, and its own if it is too large. */
  add(entry: BudgetEntry): void {
    const { maxLogAgeMs, maxLogPackets, maxLogBytes } = this.#limits;
    this.#kept.push(entry);
    this.#bytes += entry.bytes;
    while (this.#bytes > maxLogBytes || this.#kept.length > maxLogPackets) this.#forgetOldest();
    this.#forgetUntil(entry.loggedAtMs - maxLogAgeMs);
    if (this.#timer === undefined && this.#kept.length > 0) this.#arm();
  }

  /** Lets go of what has become too old. */
  forgetOld(): void {
    this.#forgetUntil(this.nowMs - this.#limits.maxLogAgeMs);
  }

  /** Lets go of everything. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    while (this.#kept.length > 0) this.#forgetOldest();
  }

  #forgetUntil(untilMs: number): void {
    for (let oldest = this.#kept.at(0); oldest !== undefined && oldest.loggedAtMs <= untilMs; oldest = this.#kept.at(0))
      this.#forgetOldest();
  }

  #forgetOldest(): void {
    const oldest = this.#kept.shift();
    if (oldest === undefined) return;
    this.#bytes -= oldest.bytes;
    oldest.forget();
  }

  #arm(): void {
    const oldest = this.#kept.at(0);
    if (oldest === undefined) return;
    const delayMs = Math.max(CHECK_MS, oldest.loggedAtMs + this.#limits.maxLogAgeMs - this.nowMs);
    this.#timer = this.#clock.schedule(() => this.#onTimer(), delayMs, true);
  }

  #onTimer(): void {
    this.#timer = undefined;
    this.forgetOld();
    this.#arm();
  }
}
