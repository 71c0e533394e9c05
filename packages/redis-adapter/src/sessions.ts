export type { RedisClient } from "./connection/redis-client.ts";
export { createSessionStorage, type SessionStorageOptions } from "./sessions/create-session-storage.ts";
