import type { Clock, Timer } from "@halyard/contracts";

/** The longest delay that timers can wait, about 24 days; beyond it they would fire at once. */
export const MAX_DELAY_MS = 2_147_483_647;

/** The clock of the machine. A longer delay than {@link MAX_DELAY_MS} counts as that one. Timer functions are looked up at each call, so that test frameworks can replace them. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule: (callback, delayMs, background) =>
    new SystemTimer(setTimeout(callback, Math.min(delayMs, MAX_DELAY_MS)), background === true),
};

class SystemTimer implements Timer {
  readonly #handle: ReturnType<typeof setTimeout>;

  constructor(handle: ReturnType<typeof setTimeout>, background: boolean) {
    this.#handle = handle;
    // a number in browsers, an object in Node.js
    if (background && typeof handle === "object") handle.unref();
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }
}
