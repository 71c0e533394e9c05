import { createAdapter, type Cluster } from "@halyard/redis-adapter";
import type { Clock } from "@halyard/contracts";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { ioRedis6, redis6, type ClientKind } from "./redis/clients.ts";
import { eventually } from "./redis/eventually.ts";
import { ClusterNode, ourNode, stockNode } from "./redis/node.ts";
import { RedisServer } from "./redis/redis-server.ts";

/** Over pub/sub nodes know each other without a question being asked. */
let redis: RedisServer;
beforeAll(async () => void (redis = await RedisServer.start()));
afterAll(() => redis.kill());

/** A node, what it is told of others, and whom it knows. */
interface Watched {
  readonly node: ClusterNode;
  readonly cluster: Cluster;
  readonly log: string[];
}

/** A clock on which what takes seconds, as the counting of nodes does, takes so much longer. */
function slowed(times: number): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    schedule(callback, delayMs) {
      const timer = setTimeout(callback, delayMs < 1_000 ? delayMs : delayMs * times).unref();
      return { cancel: () => clearTimeout(timer) };
    },
  };
}

function start(key: string, kind: ClientKind, port = redis.port, clock = slowed(1)): Watched {
  const log: string[] = [];
  const clusters: Cluster[] = [];
  const node = new ClusterNode(
    ourNode({ key, clock }, (cluster) => {
      clusters.push(cluster);
      cluster.on("join", (name) => void log.push(`+${name}`));
      cluster.on("leave", (name) => void log.push(`-${name}`));
    }),
    kind,
    port,
  );
  onTestFinished(() => node.close());
  return { node, cluster: clusters[0]!, log };
}

const know = (watched: readonly Watched[], count: number): Promise<void> =>
  eventually(`each knows ${count}`, () => watched.every(({ cluster }) => cluster.nodes.length === count));

const namesBesides = (one: Watched, all: readonly Watched[]): string[] =>
  all.flatMap(({ cluster }) => (cluster.nodeId === one.cluster.nodeId ? [] : [cluster.nodeId])).toSorted();

test("nodes that start in the same moment know each other, and hear who comes and leaves later", async () => {
  const kinds = [redis6, ioRedis6, redis6, ioRedis6, redis6, ioRedis6];
  const first = kinds.map((kind) => start("together", kind, redis.port, slowed(100)));
  await know(first, 5);
  for (const one of first) {
    expect([...one.cluster.nodes].toSorted()).toEqual(namesBesides(one, first));
    expect(one.log.toSorted()).toEqual(namesBesides(one, first).map((name) => `+${name}`));
  }
  const late = start("together", redis6, redis.port, slowed(100));
  await know([...first, late], 6);
  for (const { log } of first) expect(log.at(-1)).toBe(`+${late.cluster.nodeId}`);
  await late.node.close();
  await know(first, 5);
  for (const { log } of first) expect(log.at(-1)).toBe(`-${late.cluster.nodeId}`);
});

test("a node that dies is missed, and one that comes without a word is found", async () => {
  const [one, other] = [1, 2].map(() => start("silent", redis6, redis.port, slowed(1 / 5))) as [Watched, Watched];
  await know([one, other], 1);
  await Promise.all([redis6.kill(other.node.publisher), redis6.kill(other.node.subscriber)]);
  await know([one], 0);
  const foreign = new ClusterNode(stockNode({ key: "silent" }), redis6, redis.port);
  onTestFinished(() => foreign.close());
  await know([one], 1);
  expect(one.cluster.nodes).toEqual([expect.not.stringMatching(/^hal-/)]);
});

test("nodes know each other again when their Redis server was away", async () => {
  const own = await RedisServer.start();
  onTestFinished(() => own.kill());
  const [one, other] = [start("away", redis6, own.port), start("away", ioRedis6, own.port)];
  await know([one, other], 1);
  await own.kill();
  await own.start();
  await eventually("all is well", async () => (await one.node.io.of("/").adapter.serverCount()) === 2);
  await know([one, other], 1);
});

test("servers of socket.io take no notice", async () => {
  const key = "unnoticed";
  const written = ["log", "info", "warn", "error"].map((name) => vi.spyOn(console, name as "log"));
  onTestFinished(() => written.forEach((spy) => spy.mockRestore()));
  const said: string[] = [];
  const listener = redis6.create(redis.port);
  onTestFinished(() => redis6.end(listener));
  await listener.pSubscribe(`${key}-*`, (message: string) => void said.push(message));
  const foreign = new ClusterNode(stockNode({ key }), redis6, redis.port);
  onTestFinished(() => foreign.close());
  await foreign.sees(1);
  const one = start(key, redis6);
  await know([one], 1);
  await one.node.close();
  await foreign.sees(1);
  // a question of its own comes after whatever it would have answered
  const asked = said.length;
  const stranger = redis6.create(redis.port);
  onTestFinished(() => redis6.end(stranger));
  await stranger.publish(`${key}-request#/#`, JSON.stringify({ type: 1, requestId: "last" }));
  await eventually("it is answered", () => said.length >= asked + 2);
  expect(said.slice(-2).map((message): unknown => JSON.parse(message))).toEqual([
    { type: 1, requestId: "last" },
    { requestId: "last", rooms: [] },
  ]);
  const uid = one.cluster.nodeId;
  const others = said.filter((message) => message !== "" && !message.includes("last")); // those to itself are empty
  expect(others.map((message): unknown => JSON.parse(message))).toEqual([
    { uid, type: 103 },
    { uid, type: 104 },
  ]);
  for (const spy of written) expect(spy).not.toHaveBeenCalled();
});

test("an adapter that is closed before it has started leaves nothing behind", async () => {
  const reserved = await RedisServer.reserve();
  const clients = [redis6.create(reserved.port), redis6.create(reserved.port)] as const;
  const adapter = createAdapter(...clients)({
    namespace: "/",
    execute() {},
    async *answer() {},
  });
  const started = adapter.start();
  await adapter.close();
  await started;
  await Promise.all(clients.map((client) => redis6.end(client)));
});
