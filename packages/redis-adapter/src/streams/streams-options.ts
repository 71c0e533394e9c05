import { positive, resolveBusOptions, type RedisBusOptions, type ResolvedBusOptions } from "../bus/bus-options.ts";

/** Options of {@link createAdapter}. */
export interface StreamsAdapterOptions extends RedisBusOptions {
  /** What the stream is called. @defaultValue `"socket.io"` */
  readonly streamName?: string;
  /** Over how many streams the namespaces are spread; of several, each has its number in its name. @defaultValue 1 */
  readonly streamCount?: number;
  /** What the names of the channels for questions and answers begin with. @defaultValue `"socket.io"` */
  readonly channelPrefix?: string;
  /** Sends questions and answers over sharded pub/sub, which Redis has from version 7 on. @defaultValue false */
  readonly useShardedPubSub?: boolean;
  /** About how many messages a stream keeps. @defaultValue 10000 */
  readonly maxLen?: number;
  /** How many messages are read at once. @defaultValue 100 */
  readonly readCount?: number;
  /** How long Redis lets a reader wait that has nothing to read, in milliseconds. @defaultValue 5000 */
  readonly blockTimeInMs?: number;
  /** Sends no bytes: they become JSON, as the others expect. @defaultValue false */
  readonly onlyPlaintext?: boolean;
}

/** {@link StreamsAdapterOptions} with nothing left open. */
export interface ResolvedStreamsOptions extends ResolvedBusOptions {
  readonly streamName: string;
  readonly streamCount: number;
  readonly channelPrefix: string;
  readonly kind: "channel" | "shard";
  readonly maxLength: number;
  readonly readCount: number;
  readonly blockTimeMs: number;
  readonly onlyPlaintext: boolean;
}

/** @throws `INVALID_OPTION` */
export function resolveStreamsOptions(options: StreamsAdapterOptions): ResolvedStreamsOptions {
  return {
    ...resolveBusOptions(options),
    streamName: options.streamName ?? "socket.io",
    streamCount: positive("streamCount", options.streamCount ?? 1),
    channelPrefix: options.channelPrefix ?? "socket.io",
    kind: options.useShardedPubSub === true ? "shard" : "channel",
    maxLength: positive("maxLen", options.maxLen ?? 10_000),
    readCount: positive("readCount", options.readCount ?? 100),
    blockTimeMs: positive("blockTimeInMs", options.blockTimeInMs ?? 5_000),
    onlyPlaintext: options.onlyPlaintext ?? false,
  };
}

/** The stream that carries a namespace. */
export function streamOf(namespace: string, { streamName, streamCount }: ResolvedStreamsOptions): string {
  return streamCount === 1 ? streamName : `${streamName}-${hash(namespace) % streamCount}`;
}

/** All streams of a cluster. */
export function allStreams({ streamName, streamCount }: ResolvedStreamsOptions): string[] {
  if (streamCount === 1) return [streamName];
  return Array.from({ length: streamCount }, (_, index) => `${streamName}-${index}`);
}

/** The hash that nodes of socket.io use; theirs can be negative, which names a stream that nobody reads. */
function hash(text: string): number {
  let sum = 0;
  for (let at = 0; at < text.length; at++) sum = (Math.imul(sum, 31) + text.charCodeAt(at)) | 0;
  return Math.abs(sum);
}
