export type { Cluster, ClusterAdapterFactory, ClusterEvents, ClusterStats } from "@halyard/adapter";
export type { RedisClient } from "./connection/redis-client.ts";
export { createAdapter } from "./streams/create-adapter.ts";
export type { StreamsAdapterOptions } from "./streams/streams-options.ts";
