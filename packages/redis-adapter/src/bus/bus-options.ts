import type { ClusterOptions } from "@halyard/adapter";
import type { Clock } from "@halyard/contracts";
import { codedError, systemClock } from "@halyard/core";

/** What the buses over Redis have in common with each other and with all cluster adapters. */
export interface RedisBusOptions extends ClusterOptions {
  /** How many bytes of messages wait while Redis is away; then the oldest are dropped. @defaultValue 16 MiB */
  readonly maxBacklogBytes?: number;
  /** How long messages wait while Redis is away, in milliseconds. @defaultValue 10000 */
  readonly maxBacklogAge?: number;
  /**
   * Sends the messages of one turn of the event loop as one. Only for clusters without servers of socket.io, which skip such
   * messages: once one of them is heard, each message is sent alone. @defaultValue false
   */
  readonly batches?: boolean;
}

/** {@link RedisBusOptions} with nothing left open. */
export interface ResolvedBusOptions {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  readonly batches: boolean;
  readonly clock: Clock;
}

/** @throws `INVALID_OPTION` */
export function resolveBusOptions(options: RedisBusOptions): ResolvedBusOptions {
  return {
    maxBytes: positive("maxBacklogBytes", options.maxBacklogBytes ?? 16 * 1_048_576),
    maxAgeMs: positive("maxBacklogAge", options.maxBacklogAge ?? 10_000),
    batches: options.batches === true,
    clock: options.clock ?? systemClock,
  };
}

/** @throws `INVALID_OPTION` unless a value is a number above 0 */
export function positive(name: string, value: number): number {
  if (typeof value === "number" && value > 0) return value;
  throw codedError("INVALID_OPTION", `${name} must be a positive number`);
}
