export type { Cluster, ClusterAdapterFactory, ClusterEvents, ClusterStats } from "@halyard/adapter";
export type { RedisClient } from "./connection/redis-client.ts";
export { createAdapter } from "./pubsub/create-adapter.ts";
export type { RedisAdapterOptions, RedisParser } from "./pubsub/options.ts";
export { createShardedAdapter } from "./sharded/create-sharded-adapter.ts";
export type { ShardedAdapterOptions, SubscriptionMode } from "./sharded/sharded-options.ts";
