import { codedError } from "@halyard/core";
import { IoRedisLink } from "./io-redis-link.ts";
import { NodeRedisLink } from "./node-redis-link.ts";
import { isIoRedis, isNodeRedis, type RedisClient } from "./redis-client.ts";
import type { RedisLink } from "./redis-link.ts";

/**
 * Takes an application's client into use. From then on no error of its connection ends the process.
 * @throws `INVALID_OPTION` for anything but a client of `redis` 4 to 6 or `ioredis` 5 or 6
 */
export function createLink(client: RedisClient): RedisLink {
  if (!guarded.has(client)) {
    guarded.add(client);
    client.on("error", () => {}); // stays: an "error" that nobody hears would end the process
  }
  if (isNodeRedis(client)) return new NodeRedisLink(client);
  if (isIoRedis(client)) return new IoRedisLink(client);
  throw codedError("INVALID_OPTION", "a client of redis 4 to 6 or of ioredis 5 or 6 is needed");
}

const guarded = new WeakSet<RedisClient>();
