import type { Clock, Timer } from "@halyard/contracts";

/** The longest delay that timers can wait, about 24 days; beyond it they would fire at once. */
export const MAX_DELAY_MS = 2_147_483_647;

/** The timer functions of a platform. */
export interface TimerFunctions {
  /** Starts a timer. */
  readonly setTimeout: typeof setTimeout;
  /** Stops one. */
  readonly clearTimeout: typeof clearTimeout;
}

/** Makes a clock of the machine's time and of timer functions. A longer delay than {@link MAX_DELAY_MS} counts as that one. */
export function createClock(timers: TimerFunctions): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    schedule(callback, delayMs, background) {
      const { setTimeout, clearTimeout } = timers;
      const handle = setTimeout(callback, Math.min(delayMs, MAX_DELAY_MS));
      // a number in browsers, an object in Node.js
      if (background && typeof handle === "object") handle.unref();
      return new SystemTimer(clearTimeout, handle);
    },
  };
}

/** A class, as closures would cost memory per timer. */
class SystemTimer implements Timer {
  readonly #clear: typeof clearTimeout;
  readonly #handle: ReturnType<typeof setTimeout>;

  constructor(clear: typeof clearTimeout, handle: ReturnType<typeof setTimeout>) {
    this.#clear = clear;
    this.#handle = handle;
  }

  cancel(): void {
    // the functions of browsers insist on their own `this`
    const clear = this.#clear;
    clear(this.#handle);
  }
}

/** The clock of the machine. Timer functions are looked up at each call, so that test frameworks can replace them. */
export const systemClock: Clock = /* @__PURE__ */ createClock(globalThis);
