import { afterAll, beforeAll, describe } from "vitest";
import { ioRedis5, ioRedis6, redis4, redis5, redis6, type ClientKind } from "./redis/clients.ts";
import { ourStreamsNode, stockStreamsNode } from "./redis/node.ts";
import { RedisServer } from "./redis/redis-server.ts";
import { clusterScenarios } from "./redis/scenarios.ts";

let redis: RedisServer;
beforeAll(async () => void (redis = await RedisServer.start()));
afterAll(() => redis.kill());

type MakeNode = typeof ourStreamsNode;

/** The incumbent with itself comes first and proves each scenario right. */
const pairs: readonly (readonly [
  from: MakeNode,
  to: MakeNode,
  from: ClientKind,
  to: ClientKind,
  streamCount: number,
])[] = [
  [stockStreamsNode, stockStreamsNode, redis6, redis6, 1],
  [ourStreamsNode, stockStreamsNode, redis6, redis6, 1],
  [stockStreamsNode, ourStreamsNode, redis6, ioRedis6, 1],
  [ourStreamsNode, stockStreamsNode, ioRedis6, redis6, 3],
  [stockStreamsNode, ourStreamsNode, redis6, redis6, 1],
  [ourStreamsNode, ourStreamsNode, redis6, ioRedis6, 1],
  [ourStreamsNode, ourStreamsNode, redis5, redis4, 3],
  [ourStreamsNode, ourStreamsNode, redis4, ioRedis5, 1],
  [ourStreamsNode, ourStreamsNode, ioRedis5, redis5, 1],
];

for (const [index, [makeFrom, makeTo, fromClient, toClient, streamCount]] of pairs.entries()) {
  const options = { channelPrefix: `pair-${index}`, streamName: `pair-${index}`, streamCount, blockTimeInMs: 200 };
  const [from, to] = [makeFrom(options), makeTo(options)];
  describe(`${streamCount} streams: ${from.name} (${fromClient.name}) to ${to.name} (${toClient.name})`, () => {
    clusterScenarios(() => redis.port, [from, fromClient], [to, toClient]);
  });
}
