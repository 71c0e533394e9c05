import type { SocketPacket } from "@halyard/contracts";
import { codedError } from "@halyard/core";

/** A namespace that nobody joins: clients that do not know it drop what is sent there. */
export const HINT_NAMESPACE = "/~";

/** When clients should come back that know hints. */
export interface RetryHint {
  /** Milliseconds after which to come back. Stock clients do what they always do. @defaultValue no hint */
  readonly retryAfterMs?: number;
}

/** Makes the packet that tells a client when to come back from what ends next: a namespace, or the connection. */
export function hintPacket(retryAfterMs: number): SocketPacket {
  return { type: "event", namespace: HINT_NAMESPACE, data: ["retry", retryAfterMs] };
}

/**
 * Reads a hint that an application gives.
 * @throws `INVALID_OPTION`
 */
export function retryAfterMsOf({ retryAfterMs }: RetryHint): number | undefined {
  if (retryAfterMs === undefined || isDelay(retryAfterMs)) return retryAfterMs;
  throw codedError("INVALID_OPTION", "retryAfterMs must be a number of milliseconds that is not negative");
}

/** Whether a value can be told to clients as a delay. */
export function isDelay(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
