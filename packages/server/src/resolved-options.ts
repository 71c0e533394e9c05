import type { Clock, DecoderLimits, Parser } from "@halyard/contracts";
import type { AnyAdapterFactory } from "./bridge/incumbent-adapter.ts";
import type { RetryRecordLimits } from "./delivery/retry-record-options.ts";
import type { RecoverySettings } from "./recovery/recovery-options.ts";

/** Limits on what clients send. */
export interface Limits {
  readonly maxNamespaces: number;
  readonly maxFailedConnects: number;
  readonly maxAuthBytes: number;
  readonly maxPendingAcks: number;
  readonly attachmentsTimeoutMs: number;
  readonly decoder: Required<DecoderLimits>;
}

/** What happens to a client for whom more is queued than may be: its connection ends, or packets to it are dropped. */
export type OverflowPolicy = "close" | "drop";

/** Options after validation, with units in their names. */
export interface ResolvedOptions {
  readonly path: string;
  readonly serveClient: boolean;
  readonly adapter: AnyAdapterFactory;
  readonly parser: Parser;
  readonly connectTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly cleanupEmptyChildNamespaces: boolean;
  /** Absent where connection state recovery is off. */
  readonly recovery: RecoverySettings | undefined;
  /** Absent where no records are kept of events that may come again. */
  readonly retryRecords: RetryRecordLimits | undefined;
  readonly overflow: OverflowPolicy;
  readonly clock: Clock;
  readonly limits: Limits;
}
