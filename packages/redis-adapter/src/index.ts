export type { BusStatus } from "@halyard/contracts";
export type { RedisClient } from "./connection/redis-client.ts";
export { createAdapter } from "./pubsub/create-adapter.ts";
export type { RedisAdapterOptions, RedisParser } from "./pubsub/options.ts";
