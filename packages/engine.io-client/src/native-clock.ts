import type { Clock } from "@halyard/contracts";
import { createClock } from "@halyard/core";

const { setTimeout, clearTimeout } = globalThis;

/** The clock of the machine with the timer functions found at load time, so that replacing the global ones has no effect. */
export const nativeClock: Clock = /* @__PURE__ */ createClock({ setTimeout, clearTimeout });
