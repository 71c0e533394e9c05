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
  return expiresMs === Infinity || hub.now() < expiresMs ? undefined : expired();
}

function expired(): CodedError {
  return codedError("EVENT_EXPIRED");
}

/** Calls back with the reason when an event's time is over, unless the returned function is called before. */
export function watchEnd(
  lifespan: Lifespan,
  hub: Pick<Hub, "now" | "schedule">,
  onEnd: (error: CodedError) => void,
): () => void {
  const { timeoutMs, expiresMs, signal } = lifespan;
  if (timeoutMs === undefined && expiresMs === Infinity && !signal) return unwatched;
  const end = (): void => {
    const error = endOf(lifespan, hub);
    if (error) onEnd(error);
  };
  const timeOut = (): void => onEnd(codedError("ACK_TIMEOUT", "operation has timed out"));
  const timeout = timeoutMs === undefined ? undefined : hub.schedule(timeOut, timeoutMs);
  const expire = (): void => onEnd(expired()); // without a look at the clock: timers fire up to a millisecond early
  const expiry = expiresMs < Infinity ? hub.schedule(expire, expiresMs - hub.now()) : undefined;
  signal?.addEventListener("abort", end);
  return () => {
    timeout?.cancel();
    expiry?.cancel();
    signal?.removeEventListener("abort", end);
  };
}

function unwatched(): void {}
