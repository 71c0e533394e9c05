import { Emitter as OurEmitter } from "@halyard/redis-adapter/emitter";
import { Emitter as StockEmitter } from "@socket.io/redis-emitter";
import type { Socket as ServerSocket } from "socket.io";
import type { Socket as ClientSocket } from "socket.io-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { once } from "./events.ts";
import { ioRedis5, ioRedis6, redis4, redis5, redis6, type AnyClient, type ClientKind } from "./redis/clients.ts";
import { eventually } from "./redis/eventually.ts";
import { ClusterNode, ourNode, stockNode, type NodeKind } from "./redis/node.ts";
import { RedisServer } from "./redis/redis-server.ts";
import { clusterScenarios } from "./redis/scenarios.ts";

let redis: RedisServer;
beforeAll(async () => void (redis = await RedisServer.start()));
afterAll(() => redis.kill());

interface Member {
  readonly client: ClientSocket;
  readonly socket: ServerSocket;
}

type MakeNode = (options: { key: string; publishOnSpecificResponseChannel?: boolean }) => NodeKind;
const stock: MakeNode = stockNode;

/** The incumbent with itself comes first and proves each scenario right. */
const pairs: readonly (readonly [from: MakeNode, to: MakeNode, from: ClientKind, to: ClientKind])[] = [
  [stock, stock, redis6, redis6],
  [ourNode, stock, redis6, redis6],
  [stock, ourNode, redis6, redis6],
  [ourNode, ourNode, redis6, ioRedis6],
  [ourNode, stock, ioRedis6, redis6],
  [stock, ourNode, redis6, ioRedis6],
  [ourNode, ourNode, redis5, redis4],
  [ourNode, ourNode, redis4, ioRedis5],
  [ourNode, ourNode, ioRedis5, redis5],
];

for (const [index, [makeFrom, makeTo, fromClient, toClient]] of pairs.entries()) {
  const key = `pair-${index}`;
  const from = makeFrom({ key });
  const to = makeTo({ key, publishOnSpecificResponseChannel: index % 2 === 1 });
  describe(`${from.name} (${fromClient.name}) to ${to.name} (${toClient.name})`, () => {
    clusterScenarios(() => redis.port, [from, fromClient], [to, toClient]);
  });
}

describe.each<[string, (client: AnyClient, options: { key: string }) => AnyClient]>([
  ["the incumbent's emitter", (client, options) => new StockEmitter(client, options)],
  ["our emitter", (client, options) => new OurEmitter(client, options)],
])("%s", (_name, createEmitter) => {
  describe.each<[string, MakeNode]>([
    ["the incumbent's node", stock],
    ["our node", ourNode],
  ])("to %s", (name, makeNode) => {
    const key = `emitter-${_name}-${name}`;
    let node: ClusterNode;
    let client: AnyClient;
    let emitter: AnyClient;
    let member: Member;

    beforeAll(async () => {
      node = new ClusterNode(makeNode({ key }), redis6, redis.port);
      await node.sees(1);
      member = await node.link();
      client = ioRedis6.create(redis.port);
      emitter = createEmitter(client, { key });
    });
    afterAll(async () => {
      await node.close();
      await ioRedis6.end(client);
    });

    test("events reach clients, by room and with bytes", async () => {
      const got = once(member.client, "event");
      expect(
        emitter
          .to(member.socket.id)
          .except("x")
          .volatile.compress(false)
          .emit("event", Buffer.from([9]), "é"),
      ).toBe(true);
      const [bytes, text] = await got;
      expect([...bytes]).toEqual([9]);
      expect(text).toBe("é");
      const all = once(member.client, "all");
      emitter.emit("all", 1);
      expect(await all).toEqual([1]);
    });

    test("events keep to their namespace", async () => {
      node.io.of("/emitted");
      await node.sees(1, "/emitted");
      const other = await node.link("/emitted");
      const got = once(other.client, "event");
      emitter.of("emitted").emit("event", 1);
      expect(await got).toEqual([1]);
    });

    test("room commands reach sockets", async () => {
      emitter.in(member.socket.id).socketsJoin("room");
      await eventually("the socket joins", () => member.socket.rooms.has("room"));
      emitter.socketsLeave(["room"]);
      await eventually("the socket leaves", () => !member.socket.rooms.has("room"));
    });

    test("servers take events", async () => {
      const got = once(node.io, "hello");
      emitter.serverSideEmit("hello", { a: 1 });
      expect(await got).toEqual([{ a: 1 }]);
      expect(() => emitter.serverSideEmit("hello", () => {})).toThrow("Acknowledgements are not supported");
      expect(() => emitter.emit("connect")).toThrow('"connect" is a reserved event name');
    });

    test("sockets are disconnected", async () => {
      const extra = await node.link();
      const left = once(extra.client, "disconnect");
      emitter.in(extra.socket.id).disconnectSockets(true);
      expect((await left)[0]).toBe("io server disconnect");
    });
  });
});

test("all rooms are known to nodes of either kind, those included that sockets have for themselves", async () => {
  const key = "all-rooms";
  const nodes = [ourNode, stock, ourNode].map((make) => new ClusterNode(make({ key }), redis6, redis.port));
  await Promise.all(nodes.map((node) => node.sees(3)));
  const members = await Promise.all(nodes.map((node) => node.link()));
  for (const [index, { socket }] of members.entries()) await socket.join(["shared", `only ${index}`]);
  const rooms = ["shared", "only 0", "only 1", "only 2", ...members.map(({ socket }) => socket.id)];
  for (const { io } of nodes) {
    const adapter: AnyClient = io.of("/").adapter;
    expect(await adapter.allRooms()).toEqual(new Set(rooms));
    expect(await adapter.sockets(new Set(["shared"]))).toHaveProperty("size", 1);
  }
  await Promise.all(nodes.map((node) => node.close()));
});
