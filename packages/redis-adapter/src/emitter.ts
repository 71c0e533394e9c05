export type { RedisClient } from "./connection/redis-client.ts";
export { BroadcastOperator } from "./emitter/broadcast-operator.ts";
export { Emitter, type EmitterOptions } from "./emitter/emitter.ts";
export { RESERVED_EVENTS } from "./emitter/reserved-events.ts";
