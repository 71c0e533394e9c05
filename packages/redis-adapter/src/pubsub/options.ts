import type { Clock } from "@halyard/contracts";
import { systemClock } from "@halyard/core";
import { pack, unpack } from "@halyard/msgpack-parser";
import { positive } from "../bus/bus-options.ts";
import { MAX_DEPTH } from "./wire.ts";

/** Turns messages into bytes and back. All nodes and emitters of a cluster need the same. */
export interface RedisParser {
  /** Makes of a value what is sent. */
  encode(message: unknown): Uint8Array | string;
  /** Makes a value of what came; throws where it is none. */
  decode(message: Buffer): unknown;
}

/** How an adapter uses Redis. */
export interface RedisAdapterOptions {
  /** What the names of all channels begin with. @defaultValue `"socket.io"` */
  readonly key?: string;
  /** How long a node that was asked has for its answer, in milliseconds. @defaultValue 5000 */
  readonly requestsTimeout?: number;
  /**
   * Answers go to the node that asked only, not to all nodes. Nodes of this package are always answered so.
   * @defaultValue false
   */
  readonly publishOnSpecificResponseChannel?: boolean;
  /** @defaultValue MessagePack, as `@socket.io/redis-adapter` has it */
  readonly parser?: RedisParser;
  /** How many bytes of messages wait while Redis is away; then the oldest are dropped. @defaultValue 16 MiB */
  readonly maxBacklogBytes?: number;
  /** How long messages wait while Redis is away, in milliseconds. @defaultValue 10000 */
  readonly maxBacklogAge?: number;
  /**
   * Sends the broadcasts of one turn of the event loop as one. Only for clusters without servers of socket.io, which skip such
   * messages, and without `parser`: once one of them is heard, each broadcast is sent alone until it is gone. @defaultValue false
   */
  readonly batches?: boolean;
  /** Takes what listeners of the cluster's events throw. @defaultValue a process warning */
  readonly onError?: (thrown: unknown) => void;
  /** Where time comes from. @defaultValue the system's */
  readonly clock?: Clock;
}

/** {@link RedisAdapterOptions} with nothing left open. */
export interface ResolvedRedisOptions {
  readonly key: string;
  readonly requestsTimeoutMs: number;
  readonly answersToAll: boolean;
  readonly parser: RedisParser;
  readonly maxBacklogBytes: number;
  readonly maxBacklogAgeMs: number;
  readonly batches: boolean;
  readonly onError: (thrown: unknown) => void;
  readonly clock: Clock;
}

/** @throws `INVALID_OPTION` */
export function resolveOptions(options: RedisAdapterOptions): ResolvedRedisOptions {
  return Object.freeze({
    key: options.key ?? "socket.io",
    requestsTimeoutMs: positive("requestsTimeout", options.requestsTimeout ?? 5_000),
    answersToAll: options.publishOnSpecificResponseChannel !== true,
    parser: options.parser ?? messagePack,
    maxBacklogBytes: positive("maxBacklogBytes", options.maxBacklogBytes ?? 16 * 1_048_576),
    maxBacklogAgeMs: positive("maxBacklogAge", options.maxBacklogAge ?? 10_000),
    batches: options.batches === true && options.parser === undefined,
    onError: options.onError ?? warn,
    clock: options.clock ?? systemClock,
  });
}

/** What `notepack.io` writes and reads. */
export const messagePack: RedisParser = {
  encode: pack,
  decode: (message) => unpack(message, MAX_DEPTH),
};

function warn(thrown: unknown): void {
  process.emitWarning(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown), {
    code: "CLUSTER_LISTENER_FAILED",
  });
}
