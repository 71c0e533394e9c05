import { codedError } from "@halyard/core";
import { resolveBusOptions, type RedisBusOptions, type ResolvedBusOptions } from "../bus/bus-options.ts";

/**
 * Which rooms have a channel of their own, so that only the servers that have the room get what is sent to it alone: none
 * (`static`), all but those that every socket has for itself (`dynamic`), or all (`dynamic-private`). The same for all servers.
 */
export type SubscriptionMode = "static" | "dynamic" | "dynamic-private";

/** Options of {@link createShardedAdapter}. */
export interface ShardedAdapterOptions extends RedisBusOptions {
  /** What the names of all channels begin with. @defaultValue `"socket.io"` */
  readonly channelPrefix?: string;
  /** @defaultValue `"dynamic"` */
  readonly subscriptionMode?: SubscriptionMode;
}

/** {@link ShardedAdapterOptions} with nothing left open. */
export interface ResolvedShardedOptions extends ResolvedBusOptions {
  readonly channelPrefix: string;
  readonly mode: SubscriptionMode;
}

/** @throws `INVALID_OPTION` */
export function resolveShardedOptions(options: ShardedAdapterOptions): ResolvedShardedOptions {
  const { channelPrefix = "socket.io", subscriptionMode: mode = "dynamic" } = options;
  if (!MODES.has(mode))
    throw codedError("INVALID_OPTION", `subscriptionMode must be one of ${[...MODES].join(", ")}, not ${mode}`);
  return { ...resolveBusOptions(options), channelPrefix, mode };
}

const MODES: ReadonlySet<string> = new Set<SubscriptionMode>(["static", "dynamic", "dynamic-private"]);
