import { afterAll, beforeAll, describe } from "vitest";
import { ioRedis5, ioRedis6, redis4, redis5, redis6, type ClientKind } from "./redis/clients.ts";
import { ourShardedNode, stockShardedNode } from "./redis/node.ts";
import { RedisServer } from "./redis/redis-server.ts";
import { clusterScenarios } from "./redis/scenarios.ts";

let redis: RedisServer;
beforeAll(async () => void (redis = await RedisServer.start()));
afterAll(() => redis.kill());

type MakeNode = typeof ourShardedNode;
type Mode = "static" | "dynamic" | "dynamic-private";

/** The incumbent with itself comes first and proves each scenario right. */
const pairs: readonly (readonly [from: MakeNode, to: MakeNode, from: ClientKind, to: ClientKind, mode: Mode])[] = [
  [stockShardedNode, stockShardedNode, redis6, redis6, "dynamic"],
  [ourShardedNode, stockShardedNode, redis6, redis6, "dynamic"],
  [stockShardedNode, ourShardedNode, redis6, ioRedis6, "dynamic"],
  [ourShardedNode, stockShardedNode, ioRedis6, redis6, "dynamic-private"],
  [stockShardedNode, ourShardedNode, redis6, redis6, "static"],
  [ourShardedNode, ourShardedNode, redis6, ioRedis6, "dynamic"],
  [ourShardedNode, ourShardedNode, redis5, redis4, "dynamic-private"],
  [ourShardedNode, ourShardedNode, redis4, ioRedis5, "static"],
  [ourShardedNode, ourShardedNode, ioRedis5, redis5, "dynamic"],
];

for (const [index, [makeFrom, makeTo, fromClient, toClient, subscriptionMode]] of pairs.entries()) {
  const options = { channelPrefix: `pair-${index}`, subscriptionMode };
  const [from, to] = [makeFrom(options), makeTo(options)];
  describe(`${subscriptionMode}: ${from.name} (${fromClient.name}) to ${to.name} (${toClient.name})`, () => {
    clusterScenarios(() => redis.port, [from, fromClient], [to, toClient]);
  });
}
