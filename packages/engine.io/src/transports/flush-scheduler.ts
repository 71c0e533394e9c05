/** Something that has output to hand over before the current event-loop iteration ends. */
export interface Flushable {
  /** The iteration in which it was flushed last; the scheduler's own note. */
  flushedIn: number;
  flush(): void;
}

/**
 * When collected output leaves: `tick` after the input of each connection; `immediate` after all input of the event-loop
 * iteration, so that what different connections cause merges; `auto` as `tick`, but as `immediate` while that merges much.
 */
export type FlushPolicy = "auto" | "immediate" | "tick";

/** How callbacks are deferred. */
export interface Deferral {
  /** Until the current callback of the event loop has run. */
  readonly tick: (callback: () => void) => void;
  /** Until all callbacks of the event-loop iteration have run. */
  readonly immediate: (callback: () => void) => void;
}

/** The deferral of Node.js. */
export const nodeDeferral: Deferral = {
  tick: (callback) => process.nextTick(callback),
  immediate: (callback) => void setImmediate(callback),
};

/** Iterations for which `auto` waits for all input before it looks again whether that is worth it. */
const PATIENT_ITERATIONS = 64;

/** So many flushes that waiting would have saved are enough to decide before the iteration is over. */
const CONVINCING_REPEATS = 16;

/** Flushes everything that became dirty in one scheduled callback. */
export class FlushScheduler {
  readonly #deferral: Deferral;
  readonly #adapts: boolean;
  readonly #report: (error: unknown) => void;
  #waits: boolean;
  #dirty: Flushable[] = [];
  #scheduled = false;
  #iteration = 0;
  #isObserving = false;
  #flushes = 0;
  /** Flushes of something that had been flushed in the same iteration already: waiting would have merged them. */
  #repeats = 0;
  #patience = 0;

  constructor(policy: FlushPolicy, report: (error: unknown) => void, deferral: Deferral = nodeDeferral) {
    this.#deferral = deferral;
    this.#adapts = policy === "auto";
    this.#waits = policy === "immediate";
    this.#report = report;
  }

  /** Has `flush` called once; the caller keeps track of whether it is marked already. */
  mark(flushable: Flushable): void {
    this.#dirty.push(flushable);
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (this.#waits) this.#deferral.immediate(this.#run);
    else this.#deferral.tick(this.#run);
  }

  readonly #run = (): void => {
    const batch = this.#dirty;
    this.#dirty = [];
    this.#scheduled = false;
    if (this.#adapts) this.#observe(batch);
    for (const flushable of batch) {
      try {
        flushable.flush();
      } catch (error) {
        this.#report(error); // one connection's failure must not keep the others' output back
      }
    }
  };

  #observe(batch: readonly Flushable[]): void {
    if (this.#waits) {
      this.#waits = --this.#patience > 0;
      return;
    }
    if (!this.#isObserving) {
      this.#isObserving = true;
      this.#deferral.immediate(this.#judge);
    }
    for (const flushable of batch) {
      if (flushable.flushedIn === this.#iteration) this.#repeats++;
      flushable.flushedIn = this.#iteration;
    }
    this.#flushes += batch.length;
    // an iteration with many callbacks is expensive to look at to its end
    if (this.#repeats >= CONVINCING_REPEATS) this.#decide();
  }

  /** The iteration is over. */
  readonly #judge = (): void => {
    this.#isObserving = false;
    this.#decide();
    this.#iteration++;
    this.#flushes = 0;
    this.#repeats = 0;
  };

  /** Waits for all input for a while if that would have saved a third of the flushes. */
  #decide(): void {
    if (this.#repeats * 3 < this.#flushes || this.#repeats === 0) return;
    this.#waits = true;
    this.#patience = PATIENT_ITERATIONS;
  }
}
