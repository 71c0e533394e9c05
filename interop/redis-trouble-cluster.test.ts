import { afterAll, beforeAll, test } from "vitest";
import { record } from "./events.ts";
import { ioRedisCluster, redisCluster, type ClientKind } from "./redis/clients.ts";
import { eventually } from "./redis/eventually.ts";
import { ourNode, ourShardedNode, ourStreamsNode } from "./redis/node.ts";
import { RedisCluster } from "./redis/redis-cluster.ts";
import { expectInOrder, startPair, type TroubleSubject } from "./redis/trouble.ts";

/** Everything that has this in its name, with the braces, is on the first master. */
const SLOT = "{3}";

let redis: RedisCluster;
beforeAll(async () => {
  redis = await RedisCluster.start();
  await redis.addReplica();
});
afterAll(() => redis.kill());

type Subject = Pick<TroubleSubject, "node" | "keeps">;

const subjects: Readonly<Record<string, (name: string) => Subject>> = {
  "pub/sub": (key) => ({ node: (limits, watch) => ourNode({ ...limits, key }, watch), keeps: false }),
  "sharded pub/sub": (channelPrefix) => ({
    node: (limits, watch) => ourShardedNode({ ...limits, channelPrefix }, watch),
    keeps: false,
  }),
  streams: (name) => ({
    node: (limits, watch) =>
      ourStreamsNode({ ...limits, streamName: name, channelPrefix: name, blockTimeInMs: 200 }, watch),
    keeps: true,
  }),
};

test("a replica may take over from a master", async () => {
  const cases = Object.entries(subjects).flatMap(([name, subject]) =>
    [redisCluster, ioRedisCluster].map((kind) => {
      const full = `${name} with ${kind.name}`;
      return begin(full, subject(`${SLOT} ${full}`), kind);
    }),
  );
  const scenes = await Promise.all(cases);
  await redis.failOver(() => scenes.forEach(({ send }) => send()));
  for (const { end } of scenes) await end();
});

/** A pair of nodes, of which one sends numbers to a client of the other. */
async function begin(name: string, subject: Subject, kind: ClientKind) {
  const { first, second, talk, areTold } = startPair({ ...subject, nonsense: [] }, kind, redis.port);
  await talk();
  await areTold("up");
  const { client } = await second.link();
  const numbers = record(client, "number");
  let sent = 0;
  const send = (): void => {
    for (let number = 0; number < 5; number++) first.io.emit("number", sent++);
  };
  const end = async (): Promise<void> => {
    await talk();
    send();
    const last = record(client, "last");
    await eventually(`events come again over ${name}`, () => {
      first.io.emit("last");
      return last.length > 0;
    });
    if (subject.keeps) await eventually(`everything comes over ${name}`, () => numbers.length >= sent);
    expectInOrder(numbers, subject.keeps ? sent : undefined);
    await eventually("the other node is asked again", async () => (await first.io.fetchSockets()).length === 1);
  };
  return { send, end };
}
