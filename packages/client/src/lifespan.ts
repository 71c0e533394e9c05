import type { Timer } from "@halyard/contracts";
import { codedError, type CodedError } from "@halyard/core";
import type { Hub } from "./hub.ts";

/** What may end an event before it is sent. */
export interface Term {
  /** By the manager's clock: it is not sent from then on. */
  readonly expiresMs: number;
  readonly signal: AbortSignal | undefined;
}

/** What may end an event before it is sent or acknowledged. */
export interface Lifespan extends Term {
  /** Of its acknowledgement, in milliseconds from when it is sent or kept. */
  readonly timeoutMs: number | undefined;
}

/** Tells whether an event must not be sent any more, and why. */
export function endOf({ expiresMs, signal }: Term, hub: Pick<Hub, "now">): CodedError | undefined {
  if (signal?.aborted) return codedError("EVENT_ABORTED", undefined, signal.reason);
  return expiresMs === Infinity || hub.now() < expiresMs ? undefined : codedError("EVENT_EXPIRED");
}

/** Calls back with the reason when an event's time is over, unless the returned function is called before. */
export function watchEnd(
  lifespan: Lifespan,
  hub: Pick<Hub, "now" | "schedule">,
  onEnd: (error: CodedError) => void,
): (() => void) | undefined {
  const { timeoutMs, expiresMs, signal } = lifespan;
  if (timeoutMs === undefined && expiresMs === Infinity && !signal) return undefined;
  const timers: Timer[] = [];
  // without a look at the clock: timers fire up to a millisecond early
  const endAfter = (delayMs: number, error: () => CodedError): void => {
    if (delayMs < Infinity) timers.push(hub.schedule(() => onEnd(error()), delayMs));
  };
  endAfter(timeoutMs ?? Infinity, () => codedError("ACK_TIMEOUT", "operation has timed out"));
  endAfter(expiresMs - hub.now(), () => codedError("EVENT_EXPIRED"));
  const abort = (): void => onEnd(codedError("EVENT_ABORTED", undefined, signal?.reason));
  signal?.addEventListener("abort", abort);
  return () => {
    for (const timer of timers) timer.cancel();
    signal?.removeEventListener("abort", abort);
  };
}
