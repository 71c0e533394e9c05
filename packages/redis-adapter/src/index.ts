export type { RedisClient } from "./connection/redis-client.ts";
