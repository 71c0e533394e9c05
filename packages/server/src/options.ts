import type { Clock, Untyped } from "@halyard/contracts";
import type { AnyAdapterFactory } from "./bridge/incumbent-adapter.ts";
import { createInMemoryAdapter } from "@halyard/adapter";
import { codedError, systemClock } from "@halyard/core";
import type { AttachOptions, ServerOptions as EngineOptions } from "@halyard/engine.io";
import { resolveParser } from "@halyard/socket.io-parser";
import { resolveRetryRecords, type RetryRecordsOptions } from "./delivery/retry-record-options.ts";
import { resolveRecovery, type ConnectionStateRecoveryOptions } from "./recovery/recovery-options.ts";
import type { OverflowPolicy, ResolvedOptions } from "./resolved-options.ts";

/** Options that an application may put together step by step. */
type Assignable<Options> = { -readonly [Name in keyof Options]: Options[Name] };

/** The options of a server that are plain values; the engine's are among them. */
export interface ServerSettings extends Assignable<EngineOptions>, Assignable<AttachOptions> {
  /** Where requests are taken. @defaultValue "/socket.io" */
  path: string;
  /** Whether to serve the browser client below `path`. @defaultValue true */
  serveClient: boolean;
  /** Makes the adapter of each namespace; one that was written for socket.io will do, too. @defaultValue the in-memory adapter: a server that runs alone */
  adapter: AnyAdapterFactory;
  /** The wire format; clients must use the same one. Takes also a module with `Encoder` and `Decoder`. */
  parser: Untyped;
  /** Milliseconds that a client may spend in no namespace before it is disconnected. @defaultValue 45_000 */
  connectTimeout: number;
  /** Whether a namespace made by a parent namespace is freed once it is empty. @defaultValue false */
  cleanupEmptyChildNamespaces: boolean;
  /** Restores the state of clients that come back after their connection was lost. @defaultValue off */
  connectionStateRecovery: ConnectionStateRecoveryOptions | false;
  /**
   * Records of events that clients may send again, so that none is handled twice: for clients of ours with the option `retries`.
   * With `false`, each event that comes again is handled again. @defaultValue on
   */
  retryRecords?: RetryRecordsOptions | false;
  /**
   * What happens when more is queued for a slow client than `maxQueuedBytes`: its connection is closed, with reason
   * `slow consumer`, or packets to it are dropped, whole ones with their attachments, and counted in `io.stats()`.
   * With `connectionStateRecovery`, a client that got packets after a dropped one is not recovered. @defaultValue "close"
   */
  overflow?: OverflowPolicy;
  /** Milliseconds that closing the server may take before what is left is cut off. @defaultValue 5_000 */
  closeTimeout?: number;
  /** Namespaces that one connection may join. @defaultValue 100 */
  maxNamespaces?: number;
  /** CONNECTs of one connection that may be refused before it is closed. @defaultValue 20 */
  maxFailedConnects?: number;
  /** Bytes of a namespace's name. @defaultValue 255 */
  maxNamespaceLength?: number;
  /** Bytes of the `auth` payload; beyond that CONNECT is refused. @defaultValue 64_000 */
  maxAuthBytes?: number;
  /** Acknowledgements that one socket may wait for. @defaultValue 10_000 */
  maxPendingAcks?: number;
  /** Attachments of one packet. @defaultValue 10 */
  maxAttachments?: number;
  /** Milliseconds that a packet may wait for its attachments. @defaultValue 10_000 */
  attachmentsTimeout?: number;
  /** Bytes of one packet with its attachments. @defaultValue 10_000_000 */
  maxPacketBytes?: number;
  /** Nesting of a packet's JSON. @defaultValue 256 */
  maxDepth?: number;
  /** Arguments of one event or acknowledgement, the event's name included. @defaultValue 256 */
  maxArguments?: number;
  /** The source of time, for tests. */
  clock?: Clock;
}

/**
 * Validates options and fills in the defaults.
 * @throws `INVALID_OPTION`
 */
export function resolveOptions(options: Partial<ServerSettings>): ResolvedOptions {
  return Object.freeze({
    path: trimPath(options.path || "/socket.io"),
    serveClient: options.serveClient !== false,
    adapter: options.adapter ?? createInMemoryAdapter(),
    parser: resolveParser(options.parser),
    connectTimeoutMs: positive(options, "connectTimeout") || 45_000,
    closeTimeoutMs: positive(options, "closeTimeout") ?? 5_000,
    cleanupEmptyChildNamespaces: options.cleanupEmptyChildNamespaces === true,
    recovery: resolveRecovery(options.connectionStateRecovery),
    retryRecords: resolveRetryRecords(options.retryRecords),
    overflow: resolveOverflow(options),
    clock: options.clock ?? systemClock,
    limits: Object.freeze({
      maxNamespaces: positive(options, "maxNamespaces") ?? 100,
      maxFailedConnects: positive(options, "maxFailedConnects") ?? 20,
      maxAuthBytes: positive(options, "maxAuthBytes") ?? 64_000,
      maxPendingAcks: positive(options, "maxPendingAcks") ?? 10_000,
      attachmentsTimeoutMs: positive(options, "attachmentsTimeout") ?? 10_000,
      decoder: Object.freeze({
        maxAttachments: positive(options, "maxAttachments") ?? 10,
        maxPacketBytes: positive(options, "maxPacketBytes") ?? 10_000_000,
        maxDepth: positive(options, "maxDepth") ?? 256,
        maxArguments: positive(options, "maxArguments") ?? 256,
        maxNamespaceLength: positive(options, "maxNamespaceLength") ?? 255,
      }),
    }),
  });
}

/** Paths are compared without a slash at the end. */
export function trimPath(path: string): string {
  return path.replace(/\/$/, "");
}

function resolveOverflow({ overflow = "close" }: Partial<ServerSettings>): OverflowPolicy {
  if (overflow !== "close" && overflow !== "drop")
    throw codedError("INVALID_OPTION", 'overflow must be "close" or "drop"');
  return overflow;
}

type NumericOption = {
  [Name in keyof ServerSettings]-?: NonNullable<ServerSettings[Name]> extends number ? Name : never;
}[keyof ServerSettings];

function positive(options: Partial<ServerSettings>, name: NumericOption): number | undefined {
  const value: unknown = options[name];
  if (value === undefined) return undefined;
  if (typeof value === "number" && value >= 0) return value;
  throw codedError("INVALID_OPTION", `${name} must be a number that is not negative`);
}
