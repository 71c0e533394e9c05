import { createClusterAdapter, type ClusterAdapterFactory } from "@halyard/adapter";
import type { RedisClient } from "../connection/redis-client.ts";
import { ShardedBus } from "./sharded-bus.ts";
import { resolveShardedOptions, type ShardedAdapterOptions } from "./sharded-options.ts";

/**
 * Makes the adapter of a cluster whose messages go through sharded pub/sub, which Redis has from version 7 on: in a Redis Cluster
 * each server of it carries a part of the channels. Servers that run `createShardedAdapter` of `@socket.io/redis-adapter` 8 can
 * take part. Messages to a node that is not connected to Redis are lost to it.
 *
 * Each server needs a factory of its own. Both clients stay the application's: connect them, and end them after `io.close()`.
 * A `Cluster` of `ioredis` needs its option `shardedSubscribers`.
 * @throws `INVALID_OPTION` for other clients than those of `redis` 4 to 6 and `ioredis` 5 and 6, and for wrong options
 *
 * @example
 * const publisher = createClient({ url: "redis://localhost:6379" });
 * const subscriber = publisher.duplicate();
 * await Promise.all([publisher.connect(), subscriber.connect()]);
 *
 * const io = new Server(3000, { adapter: createShardedAdapter(publisher, subscriber) });
 */
export function createShardedAdapter(
  publisher: RedisClient,
  subscriber: RedisClient,
  options: ShardedAdapterOptions = {},
): ClusterAdapterFactory {
  return createClusterAdapter(new ShardedBus(publisher, subscriber, resolveShardedOptions(options)), options);
}
