import type { BusStatus } from "@halyard/contracts";
import { describe, expect, onTestFinished, test } from "vitest";
import { once, record } from "./events.ts";
import { ioRedis5, ioRedis6, redis4, redis5, redis6, type ClientKind } from "./redis/clients.ts";
import { eventually } from "./redis/eventually.ts";
import { FaultProxy } from "./redis/fault-proxy.ts";
import { ClusterNode, ourNode } from "./redis/node.ts";
import { RedisServer } from "./redis/redis-server.ts";

/** Two nodes that tell what becomes of their connections. */
interface Pair {
  readonly first: ClusterNode;
  readonly second: ClusterNode;
  readonly statuses: BusStatus[];
  readonly malformed: unknown[];
  /** Waits until what the first sends arrives at the second. */
  readonly talk: () => Promise<void>;
}

async function startRedis(): Promise<RedisServer> {
  const redis = await RedisServer.start();
  onTestFinished(() => redis.kill());
  return redis;
}

function startPair(kind: ClientKind, port: number, maxBacklogBytes?: number): Pair {
  const statuses: BusStatus[] = [];
  const malformed: unknown[] = [];
  const adapter = ourNode(
    { requestsTimeout: 2_000, ...(maxBacklogBytes !== undefined && { maxBacklogBytes }) },
    (made) => {
      for (const kind of ["up", "down", "gap"] as const) made.on(kind, () => void statuses.push({ kind }));
      made.on("dropped", (messages, bytes) => void statuses.push({ kind: "dropped", messages, bytes }));
      made.on("malformed", (cause) => void malformed.push(cause));
    },
  );
  const first = new ClusterNode(adapter, kind, port);
  const second = new ClusterNode(adapter, kind, port);
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
  return { first, second, statuses, malformed, talk };
}

function count(statuses: readonly BusStatus[], kind: BusStatus["kind"]): number {
  return statuses.filter((status) => status.kind === kind).length;
}

describe.each<ClientKind>([redis6, ioRedis6, redis5, redis4, ioRedis5])("with $name", (kind) => {
  test("Redis may come after the servers", async () => {
    const redis = await RedisServer.reserve();
    onTestFinished(() => redis.kill());
    const { first, talk, statuses } = startPair(kind, redis.port);
    const { client } = await first.link();
    const got = once(client, "event");
    first.io.emit("event", "local");
    expect(await got).toEqual(["local"]);
    expect(await first.io.timeout(200).fetchSockets()).toHaveLength(1);
    await redis.start();
    await talk();
    await eventually("both are up", () => count(statuses, "up") === 2);
    expect(count(statuses, "gap")).toBe(0);
  });

  test("Redis may be killed and come back", async () => {
    const redis = await startRedis();
    const { first, second, talk, statuses } = startPair(kind, redis.port);
    await talk();
    await eventually("both are up", () => count(statuses, "up") === 2);
    const [here, there] = [await first.link(), await second.link()];
    await redis.kill();
    await eventually("both are down", () => count(statuses, "down") >= 2);
    const got = once(here.client, "event");
    first.io.emit("event", "local");
    expect(await got).toEqual(["local"]);
    expect((await first.io.timeout(500).fetchSockets()).map(({ id }) => id)).toEqual([here.socket.id]);
    await redis.start();
    await talk();
    await eventually("both are up, and say that they have missed messages", () => count(statuses, "gap") >= 2);
    await eventually("both count each other", async () => (await first.io.fetchSockets()).length === 2);
    const all = once(there.client, "later");
    first.io.emit("later", "to all");
    expect(await all).toEqual(["to all"]);
  });

  test("Redis may be frozen", async () => {
    const redis = await startRedis();
    const { first, second, talk } = startPair(kind, redis.port);
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

  test("connections may be reset", async () => {
    const redis = await startRedis();
    const proxy = await FaultProxy.start(redis.port);
    const { first, second, talk } = startPair(kind, proxy.port);
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

  test("Redis may end the connections of subscribers", async () => {
    const redis = await startRedis();
    const { first, second, talk, statuses } = startPair(kind, redis.port);
    await talk();
    await eventually("both are up", () => count(statuses, "up") === 2);
    const { client } = await second.link();
    await kind.command(first.publisher, "CLIENT", "KILL", "TYPE", "pubsub");
    await eventually("it is noticed", () => count(statuses, "gap") >= 2);
    await talk();
    expect(await first.io.fetchSockets()).toHaveLength(1);
    const got = once(client, "event");
    first.io.to(client.id ?? "").emit("event", 1);
    expect(await got).toEqual([1]);
  });

  test("what waits is bounded, and what is dropped is told", async () => {
    const redis = await startRedis();
    const { first, second, talk, statuses } = startPair(kind, redis.port, 100_000);
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
    const { first, talk, malformed } = startPair(kind, redis.port);
    await talk();
    const { client } = await first.link();
    const seen = record(client, "event");
    const stranger = redis6.create(redis.port);
    onTestFinished(() => redis6.end(stranger));
    const payloads = [
      "",
      "{",
      "{}",
      "null",
      "[]",
      '{"type":2}',
      '{"type":5,"requestId":"a"}',
      '{"requestId":{}}',
      "\xc1",
    ];
    payloads.push('{"type":2,"opts":{"rooms":1},"rooms":[]}', '{"type":6,"data":"x"}', '{"type":7,"requestId":"a"}');
    payloads.push('{"type":1e9,"requestId":"b"}', '{"uid":1,"type":"x"}', '{"type":6,"data":[{}]}', '{"sockets":[1]}');
    for (const payload of payloads) {
      for (const channel of ["socket.io#/#", "socket.io#/#a#", "socket.io-request#/#", "socket.io-response#/#"])
        await stranger.publish(channel, payload);
    }
    await eventually("they are noticed", () => malformed.length >= payloads.length);
    await talk();
    expect(seen).toEqual([]);
    expect(client.connected).toBe(true);
  });
});
