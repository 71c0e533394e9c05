import { createAdapter, createShardedAdapter, type RedisClient } from "@halyard/redis-adapter";
import { Emitter } from "@halyard/redis-adapter/emitter";
import { Cluster as IoRedisCluster6, Redis as IoRedis6 } from "ioredis";
import { Cluster as IoRedisCluster5, Redis as IoRedis5 } from "ioredis-5";
import { createClient as createClient6, createCluster as createCluster6 } from "redis";
import { createClient as createClient4, createCluster as createCluster4 } from "redis-4";
import { createClient as createClient5, createCluster as createCluster5 } from "redis-5";
import { expect, test } from "vitest";

const nodes = [{ host: "127.0.0.1", port: 1 }];
const lazily = { lazyConnect: true };
const rootNodes = [{ url: "redis://127.0.0.1:1" }];

/** As their own packages type them; that this file compiles is half of the test. */
const clients: readonly (readonly [name: string, client: RedisClient])[] = [
  ["redis 6", createClient6()],
  ["redis 6, cluster", createCluster6({ rootNodes })],
  ["redis 5", createClient5()],
  ["redis 5, cluster", createCluster5({ rootNodes })],
  ["redis 4", createClient4()],
  ["redis 4, cluster", createCluster4({ rootNodes })],
  ["ioredis 6", new IoRedis6(lazily)],
  ["ioredis 6, cluster", new IoRedisCluster6(nodes, lazily)],
  ["ioredis 5", new IoRedis5(lazily)],
  ["ioredis 5, cluster", new IoRedisCluster5(nodes, lazily)],
];

test.each(clients)("a client of %s is taken as it is typed", (_, client) => {
  for (const make of [createAdapter, createShardedAdapter]) expect(make(client, client)).toBeTypeOf("function");
  expect(new Emitter(client)).toBeInstanceOf(Emitter);
});
