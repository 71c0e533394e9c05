import type { Clock } from "@halyard/contracts";

/** Work that is counted by event-loop turn. */
export interface Metered {
  /** The turn in which the work was counted is over. */
  onTurnEnd(): void;
}

/** Knows the turns of the event loop, for work that must leave other connections their share. */
export class LoopTurns {
  readonly #clock: Clock;
  readonly #defer: (callback: () => void) => void;
  #metered: Metered[] = [];

  /** `defer` calls back after the event loop has polled for input. */
  constructor(clock: Clock, defer: (callback: () => void) => void = (callback) => void setImmediate(callback)) {
    this.#clock = clock;
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
    for (const each of metered) each.onTurnEnd();
  };
}

/** How much of a turn one connection may use (limit L9). */
export interface TurnBudget {
  readonly maxPackets: number;
  readonly maxMs: number;
}

/**
 * Counts one connection's inbound packets. The turn is looked at for every fourth packet only, so that a connection
 * with little traffic costs no bookkeeping.
 */
export class WorkMeter implements Metered {
  readonly #turns: LoopTurns;
  readonly #budget: TurnBudget;
  readonly #owner: Metered;
  #packets = 0;
  #sinceMs = -1;

  constructor(turns: LoopTurns, budget: TurnBudget, owner: Metered) {
    this.#turns = turns;
    this.#budget = budget;
    this.#owner = owner;
  }

  /** Counts a packet that is about to be processed; false once this turn's share is used up. */
  take(): boolean {
    if (this.#packets >= this.#budget.maxPackets) {
      this.#beginTurn();
      return false;
    }
    if ((++this.#packets & 3) !== 0 || this.#beginTurn()) return true;
    if (this.#turns.now() - this.#sinceMs < this.#budget.maxMs) return true;
    this.#packets = this.#budget.maxPackets;
    return false;
  }

  onTurnEnd(): void {
    this.#packets = 0;
    this.#sinceMs = -1;
    this.#owner.onTurnEnd();
  }

  /** Has the count reset when the turn ends; false if that is arranged already. */
  #beginTurn(): boolean {
    if (this.#sinceMs >= 0) return false;
    this.#sinceMs = this.#turns.now();
    this.#turns.atEnd(this);
    return true;
  }
}
