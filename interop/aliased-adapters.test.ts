import { createRequire, Module } from "node:module";
import * as ours from "@halyard/adapter";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MongoStandIn } from "./backends/mongo.ts";
import { PostgresStandIn } from "./backends/postgres.ts";
import { serverEnds, type ServerEnd } from "./ends.ts";
import { redis6 } from "./redis/clients.ts";
import type { NodeKind } from "./redis/node.ts";
import { RedisServer } from "./redis/redis-server.ts";
import { clusterScenarios } from "./redis/scenarios.ts";

/**
 * Adapters that were written for socket.io and are installed with `"socket.io-adapter": "npm:@halyard/adapter"`, so that they extend
 * our base classes, in clusters with those that extend the incumbent's. PostgreSQL and MongoDB are played by the tests.
 */
const aliased = createRequire(new URL("aliased/package.json", import.meta.url));
const stock = createRequire(import.meta.url);

// Vitest keeps Node.js from requiring ES modules; programs/cluster.mjs does without this
const place = aliased.resolve("socket.io-adapter");
aliased.cache[place] = Object.assign(new Module(place), { exports: ours, loaded: true });

let redis: RedisServer;
beforeAll(async () => void (redis = await RedisServer.start()));
afterAll(() => redis.kill());

const [incumbentEnd, ourEnd] = serverEnds as [ServerEnd, ServerEnd];

/** Whose server, and whose base classes. */
type Side =
  | "our server, our classes"
  | "our server, its classes"
  | "its server, our classes"
  | "its server, its classes";

function node(side: Side, create: (load: NodeJS.Require) => NodeKind["adapter"]): NodeKind {
  const [server, classes] = side.split(", ");
  const end = server === "our server" ? ourEnd : incumbentEnd;
  return { name: side, end, adapter: create(classes === "our classes" ? aliased : stock) };
}

type Create = (name: string) => (load: NodeJS.Require) => NodeKind["adapter"];

const pubSub: Create = (key) => (load) => (pub, sub) =>
  load("@socket.io/redis-adapter").createAdapter(pub, sub, { key });
const sharded: Create = (channelPrefix) => (load) => (pub, sub) =>
  load("@socket.io/redis-adapter").createShardedAdapter(pub, sub, { channelPrefix });
const streams: Create = (name) => (load) => (client) =>
  load("@socket.io/redis-streams-adapter").createAdapter(client, {
    streamName: name,
    channelPrefix: name,
    blockTimeInMs: 200,
  });
const postgres: Create = () => {
  const server = new PostgresStandIn();
  return (load) => () => load("@socket.io/postgres-adapter").createAdapter(server.pool());
};
const mongo: Create = () => {
  const collection = new MongoStandIn();
  return (load) => () => load("@socket.io/mongo-adapter").createAdapter(collection);
};

const pairs: readonly (readonly [adapter: string, create: Create, from: Side, to: Side])[] = [
  ["redis-adapter", pubSub, "our server, our classes", "its server, its classes"],
  ["redis-adapter", pubSub, "its server, our classes", "our server, our classes"],
  ["redis-adapter, sharded", sharded, "its server, its classes", "our server, our classes"],
  ["redis-streams-adapter", streams, "our server, our classes", "its server, its classes"],
  ["postgres-adapter", postgres, "our server, our classes", "its server, our classes"],
  ["postgres-adapter", postgres, "its server, its classes", "our server, our classes"],
  ["mongo-adapter", mongo, "our server, our classes", "its server, its classes"],
];

for (const [index, [adapter, create, from, to]] of pairs.entries()) {
  const make = create(`aliased-${index}`);
  describe(`${adapter}: ${from} to ${to}`, () => {
    clusterScenarios(() => redis.port, [node(from, make), redis6], [node(to, make), redis6]);
  });
}

test("the adapters do extend our classes, and the incumbent's where it is not replaced", () => {
  const base = (load: NodeJS.Require) => Object.getPrototypeOf(load("@socket.io/redis-adapter").RedisAdapter);
  expect(base(aliased).name).toBe("Adapter");
  expect(base(aliased)).toBe(aliased("socket.io-adapter").Adapter);
  expect(base(stock)).toBe(stock("socket.io-adapter").Adapter);
  expect(base(stock)).not.toBe(base(aliased));
  expect(Object.keys(aliased("socket.io-adapter"))).toEqual(
    expect.arrayContaining(Object.keys(stock("socket.io-adapter"))),
  );
  expect(Object.keys(ours)).toEqual(expect.arrayContaining(Object.keys(stock("socket.io-adapter"))));
});
