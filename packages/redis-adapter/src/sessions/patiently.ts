import type { Clock } from "@halyard/contracts";
import { hasCode } from "@halyard/core";
import type { RedisPlace } from "./redis-place.ts";

/** How often it is tried again while Redis may come back. */
const RETRY_MS = 100;

/** Asks again what has failed because Redis was away, or about to be there again; as long as it may come back. */
export async function patiently<Value>(
  place: Pick<RedisPlace, "mayComeBack">,
  clock: Clock,
  ask: () => Promise<Value>,
): Promise<Value> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (isFinal(error) || !place.mayComeBack) throw error;
    }
    await new Promise<void>((resolve) => void clock.schedule(resolve, RETRY_MS, true));
  }
}

/** Whether it is of no use to ask again. */
export function isFinal(error: unknown): boolean {
  return ["HISTORY_LOST", "STORAGE_BUSY", "STORAGE_TIMEOUT"].some((code) => hasCode(error, code));
}
