import type { Clock, Timer } from "@halyard/contracts";

/** The clock of the machine. Timer functions are looked up at each call, so that test frameworks can replace them. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule: (callback, delayMs, background) => new SystemTimer(setTimeout(callback, delayMs), background === true),
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
