import { recoveryCases } from "@halyard/conformance";
import { afterAll, beforeAll, describe, test } from "vitest";
import { ioRedis5, ioRedis6, redis4, redis5, redis6 } from "./redis/clients.ts";
import { RedisServer } from "./redis/redis-server.ts";
import { sessionHarness } from "./redis/session-bench.ts";

let redis: RedisServer;

beforeAll(async () => {
  redis = await RedisServer.start();
});

afterAll(async () => {
  await redis.kill();
});

describe.each([redis6, redis5, redis4, ioRedis6, ioRedis5])("sessions on Redis, with $name", (kind) => {
  for (const { name, run } of recoveryCases(sessionHarness(kind, () => redis))) test(name, run);
});
