import { createAdapter, createShardedAdapter, type Cluster } from "@halyard/redis-adapter";
import { createAdapter as createStreamsAdapter } from "@halyard/redis-adapter/streams";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serverEnds, type ServerEnd } from "./ends.ts";
import { ioRedis6, redis6, type AnyClient } from "./redis/clients.ts";
import { eventually } from "./redis/eventually.ts";
import { ClusterNode, stockNode, stockShardedNode, stockStreamsNode, type NodeKind } from "./redis/node.ts";
import { RedisServer } from "./redis/redis-server.ts";

/** Messages of one turn of the event loop travel as one with the option `batches`, as long as no node of socket.io is heard. */
let redis: RedisServer;
beforeAll(async () => void (redis = await RedisServer.start()));
afterAll(() => redis.kill());

const [, end] = serverEnds as [ServerEnd, ServerEnd];
const MANY = 300;

type Create = (publisher: AnyClient, subscriber: AnyClient) => { readonly cluster: Cluster };

const kinds: readonly (readonly [name: string, command: string, ours: Create, stock: NodeKind])[] = [
  [
    "pub/sub",
    "publish",
    (pub, sub) => createAdapter(pub, sub, { key: "batches", batches: true }),
    stockNode({ key: "batches" }),
  ],
  [
    "sharded pub/sub",
    "spublish",
    (pub, sub) => createShardedAdapter(pub, sub, { channelPrefix: "batches", batches: true }),
    stockShardedNode({ channelPrefix: "batches" }),
  ],
  [
    "streams",
    "xadd",
    (client) =>
      createStreamsAdapter(client, { streamName: "batches", channelPrefix: "batches-of-streams", batches: true }),
    stockStreamsNode({ streamName: "batches", channelPrefix: "batches-of-streams", blockTimeInMs: 200 }),
  ],
];

describe.each(kinds)("%s", (_name, command, create, stock) => {
  const clusters: Cluster[] = [];
  const ours: NodeKind = {
    name: "ours",
    end,
    adapter: (publisher, subscriber) => {
      const factory = create(publisher, subscriber);
      clusters.push(factory.cluster);
      return factory;
    },
  };
  let nodes: ClusterNode[];
  let counter: AnyClient;
  beforeAll(async () => {
    nodes = [redis6, ioRedis6].map((kind) => new ClusterNode(ours, kind, redis.port));
    counter = redis6.create(redis.port);
    await eventually("the nodes know each other", () => clusters.every((cluster) => cluster.nodes.length === 1));
  });
  afterAll(() => Promise.all([...nodes.map((node) => node.close()), redis6.end(counter)]));

  /** How often Redis was told to publish so far. */
  async function calls(): Promise<number> {
    const statistics = String(await redis6.command(counter, "INFO", "commandstats"));
    return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(statistics)?.[1] ?? 0);
  }

  /** Has the first node emit so many events, and checks what a client of another gets. Tells how often Redis was told to publish. */
  async function emitsTo(node: ClusterNode, emit: (number: number) => void): Promise<number> {
    const { client } = await node.link();
    const got: unknown[] = [];
    const done = new Promise((resolve) => client.on("done", resolve));
    client.on("event", (number, bytes) => got.push(bytes === undefined ? number : [number, bytes.length]));
    const before = await calls();
    for (let number = 0; number < MANY; number++) emit(number);
    nodes[0]!.io.emit("done");
    await done;
    const count = (await calls()) - before;
    expect(got).toEqual(Array.from({ length: MANY }, (_, number) => (number % 50 === 7 ? [number, number] : number)));
    client.disconnect();
    return count;
  }

  const extra = (number: number): Buffer[] => (number % 50 === 7 ? [Buffer.alloc(number)] : []);

  test("events of one turn arrive one by one, in order, and cost few messages", async () => {
    const count = await emitsTo(nodes[1]!, (number) => nodes[0]!.io.emit("event", number, ...extra(number)));
    expect(count).toBeLessThan(MANY / 2);
  });

  test("a node of socket.io skips batches unharmed, and gets each event alone, once it has been heard", async () => {
    const foreign = new ClusterNode(stock, redis6, redis.port);
    await foreign.sees(3);
    for (let number = 0; number < 10; number++) nodes[0]!.io.emit("unread", number, ...extra(number));
    const members = await Promise.all(nodes.map((node) => node.link()));
    const heard = members.map(({ client }) => new Promise((resolve) => client.once("hello", resolve)));
    await eventually("the node is heard", async () => {
      foreign.io.emit("hello");
      return Promise.race([
        Promise.all(heard).then(() => true),
        new Promise<boolean>((resolve) => setImmediate(resolve, false)),
      ]);
    });
    await emitsTo(foreign, (number) => nodes[0]!.io.emit("event", number, ...extra(number)));
    await emitsTo(nodes[1]!, (number) => nodes[0]!.io.emit("event", number, ...extra(number)));
    await foreign.close();
  });
});
