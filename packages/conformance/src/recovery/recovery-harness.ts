import type { RecoveryLimits, RecoveryStorage } from "@halyard/contracts";

/** One storage under test, and its surroundings. */
export interface RecoveryBench {
  readonly storage: RecoveryStorage;
  /** Lets time pass for the storage, or waits. */
  pass(ms: number): void | PromiseLike<void>;
  /** Makes the storage of another server that shares what the first one keeps. Absent if storages share nothing. */
  readonly join?: () => RecoveryStorage;
  /** Settles once what was written so far can be found by other servers. */
  readonly settled?: () => PromiseLike<void>;
  /** Ends all that was made. */
  close(): void | PromiseLike<void>;
}

/** Sets up storages for the kit. */
export interface RecoveryHarness {
  /** Makes an empty storage with these limits. */
  create(limits: RecoveryLimits): RecoveryBench | PromiseLike<RecoveryBench>;
}
