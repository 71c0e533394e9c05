import type { ConformanceCase } from "../conformance-case.ts";
import { logCases } from "./log-cases.ts";
import type { RecoveryHarness } from "./recovery-harness.ts";
import { sessionCases } from "./session-cases.ts";
import { sharingCases } from "./sharing-cases.ts";

/**
 * The kit for storages of connection state recovery: sessions, the packets that were missed, and their limits; and, for storages
 * that servers share, how a session goes from one to another.
 *
 * @example
 * for (const { name, run } of recoveryCases(harness)) test(name, run);
 */
export function recoveryCases(harness: RecoveryHarness): ConformanceCase[] {
  return [...sessionCases(harness), ...logCases(harness), ...sharingCases(harness)];
}
