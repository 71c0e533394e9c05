import { afterAll, beforeAll, describe } from "vitest";
import { ioRedisCluster, redisCluster, type ClientKind } from "./redis/clients.ts";
import { ourNode, ourShardedNode, ourStreamsNode, type NodeKind } from "./redis/node.ts";
import { RedisCluster } from "./redis/redis-cluster.ts";
import { clusterScenarios } from "./redis/scenarios.ts";

let redis: RedisCluster;
beforeAll(async () => void (redis = await RedisCluster.start()));
afterAll(() => redis.kill());

const adapters: readonly (readonly [name: string, make: (name: string) => NodeKind])[] = [
  ["pub/sub", (key) => ourNode({ key })],
  ["sharded pub/sub", (channelPrefix) => ourShardedNode({ channelPrefix })],
  ["streams", (streamName) => ourStreamsNode({ streamName, channelPrefix: streamName, blockTimeInMs: 200 })],
];
const clients: readonly (readonly [from: ClientKind, to: ClientKind])[] = [
  [redisCluster, ioRedisCluster],
  [ioRedisCluster, redisCluster],
];

for (const [name, make] of adapters) {
  for (const [from, to] of clients) {
    const node = make(`${name} ${from.name}`);
    describe(`${name}: ${from.name} to ${to.name}`, () => {
      clusterScenarios(() => redis.port, [node, from], [node, to]);
    });
  }
}
