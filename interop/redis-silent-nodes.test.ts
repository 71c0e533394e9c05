import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { ioRedis6, redis6 } from "./redis/clients.ts";
import { eventually } from "./redis/eventually.ts";
import { ClusterNode, ourShardedNode, ourStreamsNode } from "./redis/node.ts";
import { RedisServer } from "./redis/redis-server.ts";

/** A node that was never heard, and does not answer, is named in what it is missing from: Redis knows who listens. */
let redis: RedisServer;
beforeAll(async () => void (redis = await RedisServer.start()));
afterAll(() => redis.kill());

const NAME = "0123456789abcdef"; // as nodes of socket.io are called

test.each([
  { prefix: "silent-1", subscribe: "sSubscribe", kind: redis6, make: ourShardedNode },
  { prefix: "silent-2", subscribe: "sSubscribe", kind: ioRedis6, make: ourShardedNode },
  { prefix: "silent-3", subscribe: "subscribe", kind: redis6, make: ourStreamsNode },
])("$make.name with $kind.name", async ({ prefix, subscribe, kind, make }) => {
  const node = new ClusterNode(make({ channelPrefix: prefix }), kind, redis.port);
  onTestFinished(() => node.close());
  const silent = redis6.create(redis.port);
  onTestFinished(() => redis6.end(silent));
  for (const channel of [`${prefix}#/#`, `${prefix}#/#${NAME}#`, `${prefix}#/#a room#`])
    await silent[subscribe](channel, () => {});
  await eventually("both are counted", async () => (await node.io.of("/").adapter.serverCount()) === 2);
  const found = await node.io.timeout(2_000).fetchSockets();
  expect(found).toHaveProperty("missingNodes", [NAME]);
});
