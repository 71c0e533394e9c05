import type { Clock } from "@halyard/contracts";
import { codedError, systemClock } from "@halyard/core";

/** Options of a cluster adapter. */
export interface ClusterOptions {
  /** Milliseconds between two signs of life of this node. @defaultValue 5_000 */
  heartbeatInterval?: number;
  /** Milliseconds of silence after which a node counts as gone. @defaultValue 10_000 */
  heartbeatTimeout?: number;
  /**
   * How many bytes of broadcasts are kept for namespaces that this server creates later, whose clients may come from servers that
   * have them: for connection state recovery with a storage that servers share, and no longer than that keeps packets. 0 for none.
   * @defaultValue 16 MiB
   */
  maxPastBytes?: number;
  /** Takes what listeners of the cluster's events throw. @defaultValue a process warning */
  onError?: (thrown: unknown) => void;
  /** Where the time comes from. @defaultValue the machine's */
  clock?: Clock;
}

/** Options after validation, with units in their names. */
export interface ResolvedClusterOptions {
  readonly heartbeatIntervalMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly maxPastBytes: number;
  readonly onError: (thrown: unknown) => void;
  readonly clock: Clock;
}

/**
 * Validates options and fills in the defaults.
 * @throws `INVALID_OPTION`
 */
export function resolveClusterOptions(options: ClusterOptions): ResolvedClusterOptions {
  return Object.freeze({
    heartbeatIntervalMs: positive(options, "heartbeatInterval") ?? 5_000,
    heartbeatTimeoutMs: positive(options, "heartbeatTimeout") ?? 10_000,
    maxPastBytes: bytes(options.maxPastBytes ?? 16 * 1_048_576),
    onError: options.onError ?? warn,
    clock: options.clock ?? systemClock,
  });
}

function positive(options: ClusterOptions, name: "heartbeatInterval" | "heartbeatTimeout"): number | undefined {
  const value: unknown = options[name];
  if (value === undefined) return undefined;
  if (typeof value === "number" && value > 0) return value;
  throw codedError("INVALID_OPTION", `${name} must be a positive number of milliseconds`);
}

function bytes(value: unknown): number {
  if (typeof value === "number" && value >= 0) return value;
  throw codedError("INVALID_OPTION", "maxPastBytes must be a number of bytes, or 0");
}

function warn(thrown: unknown): void {
  process.emitWarning(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown), {
    code: "CLUSTER_FAILURE",
  });
}
