import type { BusStatus } from "@halyard/contracts";
import type { ClusterAdapterFactory } from "@halyard/redis-adapter";
import { expect, onTestFinished, test } from "vitest";
import { once, record } from "../events.ts";
import { redis6, type ClientKind } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { ClusterNode, type NodeKind } from "./node.ts";
import { REPLICATING, RedisServer } from "./redis-server.ts";

/** Limits of the nodes of these tests. */
interface TroubleLimits {
  /** How long a node waits for the answers of others. */
  readonly patienceMs: number;
  readonly maxBacklogBytes?: number;
}

/** What the tests need to know of an adapter. */
export interface TroubleSubject {
  readonly node: (limits: TroubleLimits, watch: (cluster: ClusterAdapterFactory["cluster"]) => void) => NodeKind;
  /** Commands that bring nodes something that they cannot read; each is to be told. */
  readonly nonsense: readonly (readonly string[])[];
  /** Whether what is sent while nobody can hear it comes later, and connections of subscribers carry no events. */
  readonly keeps: boolean;
}

/** Makes one server the replica of another; returns what makes it a server of its own. */
export async function replicating(formerPort: number, next: RedisServer): Promise<() => Promise<unknown>> {
  const operator = redis6.create(next.port);
  onTestFinished(() => redis6.end(operator));
  await operator.ping();
  await redis6.command(operator, "REPLICAOF", "127.0.0.1", String(formerPort));
  await eventually("there is a replica", async () =>
    String(await redis6.command(operator, "INFO", "replication")).includes("master_link_status:up"),
  );
  return () => redis6.command(operator, "REPLICAOF", "NO", "ONE");
}

/** Two nodes that tell what becomes of their connections. */
export interface Pair {
  readonly first: ClusterNode;
  readonly second: ClusterNode;
  readonly statuses: BusStatus[];
  readonly malformed: unknown[];
  /** Waits until what the first sends arrives at the second. */
  readonly talk: () => Promise<void>;
  /** Waits until both have been told so often that something is so. */
  readonly areTold: (kind: BusStatus["kind"], times?: number) => Promise<void>;
}

/** Starts a server that ends with the test. */
export async function startRedis(...options: readonly string[]): Promise<RedisServer> {
  const redis = await RedisServer.start(...options);
  onTestFinished(() => redis.kill());
  return redis;
}

/** Starts two nodes that end with the test. */
export function startPair(subject: TroubleSubject, kind: ClientKind, port: number, maxBacklogBytes?: number): Pair {
  const statuses: BusStatus[] = [];
  const malformed: unknown[] = [];
  const limits = { patienceMs: 2_000, ...(maxBacklogBytes !== undefined && { maxBacklogBytes }) };
  const node = subject.node(limits, (cluster) => {
    for (const status of ["up", "down", "gap"] as const) cluster.on(status, () => void statuses.push({ kind: status }));
    cluster.on("dropped", (messages, bytes) => void statuses.push({ kind: "dropped", messages, bytes }));
    cluster.on("malformed", (cause) => void malformed.push(cause));
  });
  const first = new ClusterNode(node, kind, port);
  const second = new ClusterNode(node, kind, port);
  onTestFinished(async () => {
    await Promise.all([first.close(), second.close()]);
  });
  const heard = record(second.io, "said");
  let said = 0;
  const talk = async (): Promise<void> => {
    const before = said;
    await eventually("the nodes talk again", () => {
      first.io.serverSideEmit("said", ++said);
      return heard.some(([number]) => number > before);
    });
  };
  const areTold = async (status: BusStatus["kind"], times = 2): Promise<void> => {
    await eventually(`"${status}" is told ${times} times`, () => count(statuses, status) >= times);
  };
  return { first, second, statuses, malformed, talk, areTold };
}

export function count(statuses: readonly BusStatus[], kind: BusStatus["kind"]): number {
  return statuses.filter((status) => status.kind === kind).length;
}

/** Defines tests of what becomes of an adapter when Redis is away or slow; never may anything be raised. */
export function outages(subject: TroubleSubject, kind: ClientKind): void {
  test("Redis may be killed and come back", async () => {
    const redis = await startRedis();
    const { first, second, talk, areTold } = startPair(subject, kind, redis.port);
    await talk();
    await areTold("up");
    const [here, there] = [await first.link(), await second.link()];
    await redis.kill();
    await areTold("down");
    const got = once(here.client, "event");
    first.io.emit("event", "local");
    expect(await got).toEqual(["local"]);
    expect((await first.io.timeout(500).fetchSockets()).map(({ id }) => id)).toEqual([here.socket.id]);
    await redis.start();
    await talk();
    await areTold("gap");
    await eventually("both count each other", async () => (await first.io.fetchSockets()).length === 2);
    const all = once(there.client, "later");
    first.io.emit("later", "to all");
    expect(await all).toEqual(["to all"]);
  });

  test("connections may be reset", async () => {
    const redis = await startRedis();
    const proxy = await FaultProxy.start(redis.port);
    const { first, second, talk } = startPair(subject, kind, proxy.port);
    await talk();
    const { client } = await second.link();
    for (let round = 0; round < 3; round++) {
      proxy.reset();
      await talk();
      const got = once(client, "event");
      first.io.emit("event", round);
      expect(await got).toEqual([round]);
    }
    proxy.refuse();
    const { socket } = await first.link();
    expect((await first.io.timeout(200).fetchSockets()).map(({ id }) => id)).toEqual([socket.id]);
    proxy.accept();
    await talk();
  });

  test("connections may be reset while answers are awaited", async () => {
    const redis = await startRedis();
    const proxy = await FaultProxy.start(redis.port);
    const { first, talk } = startPair(subject, kind, proxy.port, 100_000);
    await talk();
    const { client, socket } = await first.link();
    const got = once(client, "event");
    proxy.stall();
    first.io.emit("event", "x".repeat(60_000)); // more than may be under way beside others
    await got;
    const found = first.io.timeout(1_000).fetchSockets();
    proxy.reset();
    expect((await found).map(({ id }) => id)).toEqual([socket.id]);
    await talk();
  });
}

/** Defines further tests of the same. */
export function troubles(subject: TroubleSubject, kind: ClientKind): void {
  test("Redis may come after the servers", async () => {
    const redis = await RedisServer.reserve();
    onTestFinished(() => redis.kill());
    const { first, talk, statuses, areTold } = startPair(subject, kind, redis.port);
    const { client } = await first.link();
    const got = once(client, "event");
    first.io.emit("event", "local");
    expect(await got).toEqual(["local"]);
    expect(await first.io.timeout(200).fetchSockets()).toHaveLength(1);
    await redis.start();
    await talk();
    await areTold("up");
    expect(count(statuses, "gap")).toBe(0);
  });

  test("Redis may be frozen", async () => {
    const redis = await startRedis();
    const { first, second, talk } = startPair(subject, kind, redis.port);
    await talk();
    const [here, there] = [await first.link(), await second.link()];
    redis.freeze();
    const got = once(here.client, "event");
    first.io.emit("event", "local");
    expect(await got).toEqual(["local"]);
    expect((await first.io.timeout(500).fetchSockets()).map(({ id }) => id)).toEqual([here.socket.id]);
    const late = once(there.client, "late");
    first.io.emit("late", 1);
    redis.thaw();
    expect(await late).toEqual([1]);
    await talk();
    await eventually("both nodes are asked again", async () => (await first.io.fetchSockets()).length === 2);
  });

  test("Redis may end the connections of subscribers", async () => {
    const redis = await startRedis();
    const { first, second, talk, statuses, areTold } = startPair(subject, kind, redis.port);
    await talk();
    await areTold("up");
    const { client } = await second.link();
    const numbers = record(client, "number");
    await kind.command(first.publisher, "CLIENT", "KILL", "TYPE", "pubsub");
    for (let number = 0; number < 20; number++) first.io.emit("number", number);
    await areTold("up", 4);
    await talk();
    if (subject.keeps) await eventually("all have come", () => numbers.length >= 20);
    expectInOrder(numbers, subject.keeps ? 20 : undefined);
    expect(count(statuses, "gap") >= 2).toBe(!subject.keeps);
    await eventually("the other node is asked again", async () => (await first.io.fetchSockets()).length === 1);
    const got = once(client, "event");
    first.io.to(client.id ?? "").emit("event", 1);
    expect(await got).toEqual([1]);
  });

  test("what waits is bounded, and what is dropped is told", async () => {
    const redis = await startRedis();
    const { first, second, talk, statuses } = startPair(subject, kind, redis.port, 100_000);
    await talk();
    const { client } = await second.link();
    const seen = record(client, "event");
    redis.freeze();
    for (let number = 0; number < 100; number++) first.io.emit("event", number, "x".repeat(10_000));
    await eventually("it is told", () => count(statuses, "dropped") > 0);
    redis.thaw();
    const last = once(client, "last");
    first.io.emit("last");
    await last;
    const numbers = seen.map(([number]) => number);
    expect(numbers.length).toBeLessThan(100);
    expect(numbers.at(-1)).toBe(99); // the oldest are dropped
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    const dropped = statuses.reduce((sum, status) => sum + (status.kind === "dropped" ? status.messages : 0), 0);
    expect(numbers.length + dropped).toBe(100);
  });

  test("messages that nobody understands change nothing", async () => {
    const redis = await startRedis();
    const { first, talk, malformed } = startPair(subject, kind, redis.port);
    await talk();
    const { client } = await first.link();
    const seen = record(client, "event");
    const stranger = redis6.create(redis.port);
    onTestFinished(() => redis6.end(stranger));
    await stranger.ping();
    for (const command of subject.nonsense) await redis6.command(stranger, ...command);
    await eventually("they are noticed", () => malformed.length >= subject.nonsense.length);
    await talk();
    expect(seen).toEqual([]);
    expect(client.connected).toBe(true);
  });

  test("another Redis server may take over", async () => {
    const [former, next] = [await startRedis(...REPLICATING), await startRedis(...REPLICATING)];
    const proxy = await FaultProxy.start(former.port);
    const { first, second, talk, areTold } = startPair(subject, kind, proxy.port);
    const promote = await replicating(former.port, next);
    await talk();
    await areTold("up");
    const [here, there] = [await first.link(), await second.link()];
    const [ownNumbers, numbers] = [record(here.client, "number"), record(there.client, "number")];
    for (let number = 0; number < 20; number++) first.io.emit("number", number);
    await eventually("they arrive", () => numbers.length === 20);
    await kind.command(first.publisher, "PING"); // ioredis sends again whatever it has no answer to

    proxy.refuse();
    for (let number = 20; number < 40; number++) first.io.emit("number", number);
    await eventually("the node's own clients get them at once", () => ownNumbers.length === 40);
    await former.kill();
    await promote();
    proxy.leadTo(next.port);
    await areTold("up", 4);
    await talk();
    // what waited may come before the other one is subscribed again, and is lost to it then: that is told
    if (!subject.keeps) await areTold("gap");
    else await eventually("what waited comes", () => numbers.length >= 40);
    expectInOrder(numbers, subject.keeps ? 40 : undefined);
    await eventually("both nodes are asked again", async () => (await first.io.fetchSockets()).length === 2);
  });
}

/** Whatever has come has come once and in order, and all of it if it is known how many there were. */
export function expectInOrder(numbers: readonly (readonly unknown[])[], all?: number): void {
  const got = numbers.map(([number]) => Number(number));
  expect(got).toEqual([...new Set(got)].toSorted((a, b) => a - b));
  if (all !== undefined) expect(got).toEqual(Array.from({ length: all }, (_, index) => index));
}
