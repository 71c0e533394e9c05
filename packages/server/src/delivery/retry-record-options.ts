import { codedError } from "@halyard/core";

/** The option `retryRecords`. The limits are for all namespaces of a server together. */
export interface RetryRecordsOptions {
  /** Milliseconds that the record of a client is kept that is away. @defaultValue 3_600_000 */
  readonly maxAge?: number;
  /** Clients whose records are kept while they are away; that of the one that left first is given up. @defaultValue 100_000 */
  readonly maxAwayClients?: number;
  /** Events of one client that may be under way, and whose answers are kept. @defaultValue 64 */
  readonly maxWindow?: number;
  /** Bytes of the answers that are kept for one client. @defaultValue 1_048_576 */
  readonly maxClientBytes?: number;
  /** Bytes of the answers that are kept for all clients. @defaultValue 16_777_216 */
  readonly maxBytes?: number;
}

/** The option after validation, with units in its names. */
export interface RetryRecordLimits {
  readonly maxAgeMs: number;
  readonly maxAwayClients: number;
  readonly maxWindow: number;
  readonly maxClientBytes: number;
  readonly maxBytes: number;
}

const MIB = 1_048_576;

/**
 * Validates the option and fills in the defaults; undefined where no records are kept.
 * @throws `INVALID_OPTION`
 */
export function resolveRetryRecords(options: RetryRecordsOptions | false = {}): RetryRecordLimits | undefined {
  if (options === false) return undefined;
  return Object.freeze({
    maxAgeMs: amount(options, "maxAge", 3_600_000),
    maxAwayClients: amount(options, "maxAwayClients", 100_000),
    maxWindow: Math.max(1, amount(options, "maxWindow", 64)),
    maxClientBytes: amount(options, "maxClientBytes", MIB),
    maxBytes: amount(options, "maxBytes", 16 * MIB),
  });
}

function amount(options: RetryRecordsOptions, name: keyof RetryRecordsOptions, otherwise: number): number {
  const value: unknown = options[name];
  if (value === undefined) return otherwise;
  if (typeof value === "number" && value >= 0) return value;
  throw codedError("INVALID_OPTION", `retryRecords.${name} must be a number that is not negative`);
}
