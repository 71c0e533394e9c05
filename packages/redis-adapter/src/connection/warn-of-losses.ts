import type { BusStatus, Clock } from "@halyard/contracts";

/** Losses come in crowds; what is written about them must not. */
const INTERVAL_MS = 10_000;

/** Makes what tells of lost messages where the application does not: a process warning, so that no loss is silent. */
export function createLossWarning(clock: Clock): (status: BusStatus) => void {
  let nextAt = 0;
  return (status) => {
    if ((status.kind !== "dropped" && status.kind !== "gap") || clock.monotonic() < nextAt) return;
    nextAt = clock.monotonic() + INTERVAL_MS;
    const message =
      status.kind === "dropped"
        ? `${status.messages} messages to other servers were dropped, as Redis did not take them`
        : "messages of other servers may have been missed while Redis was away";
    process.emitWarning(message, {
      type: "HalyardWarning",
      code: status.kind === "dropped" ? "REDIS_DROPPED" : "REDIS_GAP",
      detail: "Whoever listens for such losses gets no warning: see the README of @halyard/redis-adapter.",
    });
  };
}
