import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { record } from "./events.ts";
import { forgetfulIoRedis6, ioRedis5, ioRedis6, redis4, redis5, redis6, type ClientKind } from "./redis/clients.ts";
import { eventually } from "./redis/eventually.ts";
import { FaultProxy } from "./redis/fault-proxy.ts";
import { ClusterNode, ourStreamsNode } from "./redis/node.ts";
import { REPLICATING, type RedisServer } from "./redis/redis-server.ts";
import {
  count,
  expectInOrder,
  outages,
  replicating,
  startPair,
  startRedis,
  troubles,
  type TroubleSubject,
} from "./redis/trouble.ts";

const entries: readonly (readonly string[])[] = [
  ["a", "b"],
  ["uid", "x"],
  ["uid", "x", "nsp", "/", "type", "3", "data", "{"],
  ["uid", "x", "nsp", "/", "type", "3", "data", "no base64"],
  ["uid", "x", "nsp", "/", "type", "3", "data", "{}"],
  ["uid", "x", "nsp", "/", "type", "-1"],
  ["uid", "x", "nsp", "/", "type", "4", "data", '{"opts":1,"rooms":{}}'],
  ["uid", "x", "nsp", "/", "type", "9", "data", '{"packet":"x"}', "n", "no number"],
];

const streams: TroubleSubject = {
  node: (limits, watch) => ourStreamsNode({ ...limits, blockTimeInMs: 200 }, watch),
  nonsense: [
    ...entries.map((fields) => ["XADD", "socket.io", "*", ...fields]),
    ...["", "{", "\xc1"].map((payload) => ["PUBLISH", "socket.io#/#", payload]),
  ],
  keeps: true,
};

describe.each([redis6, ioRedis6])("streams with $name", (kind) => {
  outages(streams, kind);
  troubles(streams, kind);

  test("nothing is lost or comes twice while Redis keeps its data", async () => {
    const folder = await mkdtemp(join(tmpdir(), "redis-"));
    const redis = await startRedis("--dir", folder, "--appendonly", "yes", "--appendfsync", "always");
    const { first, second, talk, statuses, areTold } = startPair(streams, kind, redis.port);
    onTestFinished(() => rm(folder, { recursive: true }));
    await talk();
    await areTold("up");
    const { client } = await second.link();
    const numbers = record(client, "number");
    let sent = 0;
    const send = async (count: number): Promise<void> => {
      for (let number = 0; number < count; number++) first.io.emit("number", sent++);
      await new Promise(setImmediate); // some are under way, some wait
    };
    for (let round = 1; round <= 2; round++) {
      for (let turn = 0; turn < 10; turn++) await send(5);
      await redis.kill();
      await send(50);
      await redis.start();
      await send(50);
      await areTold("up", 2 + 2 * round);
    }
    await eventually("everything has come", () => numbers.length >= sent);
    expectInOrder(numbers, sent);
    expect(count(statuses, "gap") + count(statuses, "dropped")).toBe(0);
  });

  test("what Redis forgets before a node has read it is told", async () => {
    const redis = await startRedis();
    const proxy = await FaultProxy.start(redis.port);
    const { first, second, losses, talk } = startLossyPair(kind, redis.port, proxy.port);
    await talk();
    const { client } = await second.link();
    const numbers = record(client, "number");
    const before = Number(await lengthOf(redis));
    proxy.stall();
    for (let number = 0; number < 10; number++) first.io.emit("number", number);
    await eventually("they are written", async () => Number(await lengthOf(redis)) === before + 10);
    await forget(redis, before + 3, before + 5);
    proxy.resume();
    await eventually("the others come", () => numbers.length === 8);
    await kind.command(first.publisher, "PING"); // by now all is answered
    first.io.emit("number", 10);
    await eventually("it comes", () => numbers.length === 9);
    expect(numbers.map(([number]) => number)).toEqual([0, 1, 2, 4, 6, 7, 8, 9, 10]);
    expect(losses).toEqual(["REDIS_ENTRIES_MISSING"]);
  });

  test("what Redis has never got is told, though its sender was answered and has nothing more to say", async () => {
    const redis = await startRedis();
    const proxy = await FaultProxy.start(redis.port);
    const { first, losses, talk } = startLossyPair(kind, proxy.port, redis.port);
    await talk();
    const before = await lengthOf(redis);
    proxy.pretend();
    for (let number = 0; number < 3; number++) first.io.emit("number", number);
    await eventually("they are answered", () => proxy.pretended >= 3);
    expect(await lengthOf(redis)).toBe(before);
    proxy.reset();
    await eventually("the other node tells it", () => losses.length > 0);
    expect(losses).toEqual(["REDIS_ENTRIES_MISSING"]);
  });

  test("nothing comes twice from a server that has not got everything of the former", async () => {
    const [former, next] = [await startRedis(...REPLICATING), await startRedis(...REPLICATING)];
    const proxy = await FaultProxy.start(former.port);
    const { first, second, talk, areTold } = startPair(streams, kind, proxy.port);
    await talk();
    await areTold("up");
    const copies = await FaultProxy.start(former.port);
    const promote = await replicating(copies.port, next);
    const { client } = await second.link();
    const numbers = record(client, "number");
    await fromElsewhere(former, -1);
    for (let number = 0; number < 20; number++) first.io.emit("number", number);
    await eventually("they arrive", () => numbers.length === 21);
    await eventually("the next server has them", async () => (await lengthOf(next)) === (await lengthOf(former)));
    copies.refuse();
    for (let number = 20; number < 40; number++) first.io.emit("number", number);
    await eventually("they arrive, and the next server does not get them", () => numbers.length === 41);
    proxy.refuse();
    await former.kill();
    await promote();
    proxy.leadTo(next.port);
    await areTold("gap", 1);
    await fromElsewhere(next, 40);
    await eventually("what is new comes", () => numbers.some(([number]) => number === 40));
    expect(numbers.map(([number]) => number)).toEqual(Array.from({ length: 42 }, (_, index) => index - 1));
  });
});

/** Two nodes that reach Redis in different ways, and what the second one tells that it lacks. */
function startLossyPair(kind: ClientKind, firstPort: number, secondPort: number) {
  const losses: unknown[] = [];
  const node = ourStreamsNode({ blockTimeInMs: 200 });
  const watched = ourStreamsNode({ blockTimeInMs: 200 }, (cluster) =>
    cluster.on("gap", (cause) => void losses.push(cause instanceof Error && "code" in cause ? cause.code : cause)),
  );
  const first = new ClusterNode(node, kind, firstPort);
  const second = new ClusterNode(watched, kind, secondPort);
  onTestFinished(async () => {
    await Promise.all([first.close(), second.close()]);
  });
  const heard = record(second.io, "said");
  const talk = () =>
    eventually("the nodes talk", () => {
      first.io.serverSideEmit("said");
      return heard.length > 0;
    });
  return { first, second, losses, talk };
}

/** Takes entries out of the stream, counted from its beginning. */
async function forget({ port }: RedisServer, ...places: readonly number[]): Promise<void> {
  const program = redis6.create(port);
  onTestFinished(() => redis6.end(program));
  await program.ping();
  const entries: unknown = await redis6.command(program, "XRANGE", "socket.io", "-", "+");
  if (!Array.isArray(entries)) throw new TypeError("there is no stream");
  await redis6.command(program, "XDEL", "socket.io", ...places.map((place) => String(entries[place][0])));
}

async function lengthOf({ port }: RedisServer): Promise<unknown> {
  const program = redis6.create(port);
  await program.ping();
  const length = await redis6.command(program, "XLEN", "socket.io");
  await redis6.end(program);
  return length;
}

/** Broadcasts a number as programs of socket.io do, which do not number what they send. */
async function fromElsewhere({ port }: RedisServer, number: number): Promise<void> {
  const program = redis6.create(port);
  onTestFinished(() => redis6.end(program));
  await program.ping();
  const data = { opts: { rooms: [], except: [], flags: {} }, packet: { type: 2, data: ["number", number] } };
  const fields = { uid: "emitter", nsp: "/", type: "3", data: JSON.stringify(data) };
  await redis6.command(program, "XADD", "socket.io", "*", ...Object.entries(fields).flat());
}

describe.each([redis5, redis4, ioRedis5, forgetfulIoRedis6])("streams with $name", (kind) => outages(streams, kind));
