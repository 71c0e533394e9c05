import type { Clock } from "@halyard/contracts";
import { MAX_DELAY_MS, systemClock } from "@halyard/core";

const { setTimeout: set, clearTimeout: clear } = globalThis;

/** The clock of the machine with the timer functions found at load time, so that replacing the global ones has no effect. */
export const nativeClock: Clock = {
  ...systemClock,
  schedule(callback, delayMs, background) {
    const handle = set(callback, Math.min(delayMs, MAX_DELAY_MS));
    if (background && typeof handle === "object") handle.unref();
    return { cancel: () => clear(handle) };
  },
};
