import type { Clock } from "@halyard/contracts";

/** Work that is counted by event-loop turn. */
export interface Metered {
  /** The turn in which the work was counted is over. */
  onTurnEnd(): void;
}

/** Knows the turns of the event loop, for work that must leave other connections their share. */
export class LoopTurns {
  readonly #clock: Clock;
  readonly #report: (error: unknown) => void;
  readonly #defer: (callback: () => void) => void;
  #metered: Metered[] = [];

  /** `defer` calls back after the event loop has polled for input. */
  constructor(
    clock: Clock,
    report: (error: unknown) => void,
    defer: (callback: () => void) => void = (callback) => void setImmediate(callback),
  ) {
    this.#clock = clock;
    this.#report = report;
    this.#defer = defer;
  }

  now(): number {
    return this.#clock.monotonic();
  }

  /** Calls `onTurnEnd` when this turn is over. */
  atEnd(metered: Metered): void {
    this.#metered.push(metered);
    if (this.#metered.length === 1) this.#defer(this.#end);
  }

  /** Calls back once input that is already pending has been read. */
  readonly afterInput = (callback: () => void): void => this.#defer(callback);

  readonly #end = (): void => {
    const metered = this.#metered;
    this.#metered = [];
    for (const each of metered) {
      try {
        each.onTurnEnd();
      } catch (error) {
        this.#report(error); // one connection's failure must not keep the others from being read again
      }
    }
  };
}

/** How much of a turn one connection may use (limit L9). */
export interface TurnBudget {
  readonly maxPackets: number;
  readonly maxMs: number;
}

/** Meters that are kept for the next turn; more are left to the garbage collector. */
const MAX_SPARE_METERS = 1_024;

/**
 * Hands out meters. A connection has one from its first packet in a turn to the end of that turn, so that idle connections
 * have none.
 */
export class WorkMeters {
  readonly #turns: LoopTurns;
  readonly #budget: TurnBudget;
  readonly #spare: WorkMeter[] = [];

  constructor(turns: LoopTurns, budget: TurnBudget) {
    this.#turns = turns;
    this.#budget = budget;
  }

  /** Starts to count the owner's work in this turn. Its `onTurnEnd` is called once, and the meter is no longer its own. */
  begin(owner: Metered): WorkMeter {
    const meter = this.#spare.pop() ?? new WorkMeter(this.#turns, this.#budget, (spare) => this.#keep(spare));
    meter.begin(owner);
    return meter;
  }

  #keep(meter: WorkMeter): void {
    if (this.#spare.length < MAX_SPARE_METERS) this.#spare.push(meter);
  }
}

/** Counts one connection's inbound packets during one turn. */
export class WorkMeter implements Metered {
  readonly #turns: LoopTurns;
  readonly #budget: TurnBudget;
  readonly #onUnused: (meter: WorkMeter) => void;
  #owner: Metered | undefined;
  #packets = 0;
  #sinceMs = 0;

  constructor(turns: LoopTurns, budget: TurnBudget, onUnused: (meter: WorkMeter) => void) {
    this.#turns = turns;
    this.#budget = budget;
    this.#onUnused = onUnused;
  }

  begin(owner: Metered): void {
    this.#owner = owner;
    this.#packets = 0;
    this.#turns.atEnd(this);
  }

  /** Counts a packet that is about to be processed; false once the share is used up. The time is looked at now and then. */
  take(): boolean {
    if (this.#packets >= this.#budget.maxPackets) return false;
    const before = this.#packets++;
    if (before === 1) this.#sinceMs = this.#turns.now();
    if ((before & 3) !== 3 || this.#turns.now() - this.#sinceMs < this.#budget.maxMs) return true;
    this.#packets = this.#budget.maxPackets;
    return false;
  }

  onTurnEnd(): void {
    const owner = this.#owner;
    this.#owner = undefined;
    this.#onUnused(this);
    owner?.onTurnEnd();
  }
}
