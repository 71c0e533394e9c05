import { createMemoryStorage } from "@halyard/adapter";
import type { RecoveryLimits, RecoveryStorageFactory } from "@halyard/contracts";
import { codedError } from "@halyard/core";

/** The option `connectionStateRecovery`. The limits are for all namespaces of a server together. */
export interface ConnectionStateRecoveryOptions {
  /** Milliseconds that a client may be away. @defaultValue 120_000 */
  readonly maxDisconnectionDuration?: number;
  /** Whether a client that comes back passes no middlewares of the namespace. @defaultValue true */
  readonly skipMiddlewares?: boolean;
  /** Clients that may be away at a time; the one that left first is given up. @defaultValue 100_000 */
  readonly maxLostSessions?: number;
  /** Milliseconds that packets are kept. @defaultValue maxDisconnectionDuration */
  readonly maxLogAge?: number;
  /** Packets that are kept. @defaultValue 100_000 */
  readonly maxLogPackets?: number;
  /** Bytes of the packets that are kept. @defaultValue 67_108_864 */
  readonly maxLogBytes?: number;
  /** Bytes of the packets that one client may have missed. @defaultValue 2_097_152 */
  readonly maxReplayBytes?: number;
  /** Keeps sessions and packets. @defaultValue the server's memory */
  readonly storage?: RecoveryStorageFactory;
}

/** The option after validation, with units in its names. */
export interface RecoverySettings {
  readonly skipMiddlewares: boolean;
  readonly maxReplayBytes: number;
  readonly limits: RecoveryLimits;
  readonly storage: RecoveryStorageFactory;
}

type NumericOption = Exclude<keyof ConnectionStateRecoveryOptions, "skipMiddlewares" | "storage">;

const MIB = 1_048_576;

/**
 * Validates the option and fills in the defaults; undefined where recovery is off.
 * @throws `INVALID_OPTION`
 */
export function resolveRecovery(
  options: ConnectionStateRecoveryOptions | false | undefined,
): RecoverySettings | undefined {
  if (!options) return undefined;
  const maxDisconnectionMs = amount(options, "maxDisconnectionDuration", 120_000);
  return Object.freeze({
    skipMiddlewares: options.skipMiddlewares !== false,
    maxReplayBytes: amount(options, "maxReplayBytes", 2 * MIB),
    limits: Object.freeze({
      maxDisconnectionMs,
      maxLostSessions: amount(options, "maxLostSessions", 100_000),
      maxLogAgeMs: amount(options, "maxLogAge", maxDisconnectionMs),
      maxLogPackets: amount(options, "maxLogPackets", 100_000),
      maxLogBytes: amount(options, "maxLogBytes", 64 * MIB),
    }),
    storage: options.storage ?? createMemoryStorage,
  });
}

function amount(options: ConnectionStateRecoveryOptions, name: NumericOption, otherwise: number): number {
  const value: unknown = options[name];
  if (value === undefined) return otherwise;
  if (typeof value === "number" && value >= 0) return value;
  throw codedError("INVALID_OPTION", `connectionStateRecovery.${name} must be a number that is not negative`);
}
