export type { Cluster, ClusterAdapterFactory, ClusterEvents, ClusterStats } from "@halyard/adapter";
export type { RedisClient } from "./connection/redis-client.ts";
export { createAdapter } from "./pubsub/create-adapter.ts";
export type { RedisAdapterOptions, RedisParser } from "./pubsub/options.ts";
