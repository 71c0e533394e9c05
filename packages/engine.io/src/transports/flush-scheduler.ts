/** Something that has output to hand over before the current event-loop iteration ends. */
export interface Flushable {
  flush(): void;
}

/**
 * When collected output leaves: `immediate` after all input of the event-loop iteration has been read, so that what
 * different connections cause merges; `tick` after the input of each connection.
 */
export type FlushPolicy = "immediate" | "tick";

/** Flushes everything that became dirty during an event-loop iteration in one scheduled callback. */
export class FlushScheduler {
  #dirty: Flushable[] = [];
  #scheduled = false;
  readonly #schedule: (callback: () => void) => void;
  readonly #report: (error: unknown) => void;

  constructor(schedule: (callback: () => void) => void, report: (error: unknown) => void) {
    this.#schedule = schedule;
    this.#report = report;
  }

  /** Has `flush` called once; the caller keeps track of whether it is marked already. */
  mark(flushable: Flushable): void {
    this.#dirty.push(flushable);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(this.#run);
  }

  readonly #run = (): void => {
    const batch = this.#dirty;
    this.#dirty = [];
    this.#scheduled = false;
    for (const flushable of batch) {
      try {
        flushable.flush();
      } catch (error) {
        this.#report(error); // one connection's failure must not keep the others' output back
      }
    }
  };
}

/** The scheduling function of a policy. */
export function scheduleOf(policy: FlushPolicy): (callback: () => void) => void {
  return policy === "tick" ? (callback) => process.nextTick(callback) : (callback) => void setImmediate(callback);
}
