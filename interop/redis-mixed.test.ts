import { Emitter as OurEmitter } from "@halyard/redis-adapter/emitter";
import { Emitter as StockEmitter } from "@socket.io/redis-emitter";
import type { Socket as ServerSocket } from "socket.io";
import type { Socket as ClientSocket } from "socket.io-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { once, record } from "./events.ts";
import { ioRedis5, ioRedis6, redis4, redis5, redis6, type AnyClient, type ClientKind } from "./redis/clients.ts";
import { eventually } from "./redis/eventually.ts";
import { ClusterNode, ourNode, stockNode, type NodeKind } from "./redis/node.ts";
import { RedisServer } from "./redis/redis-server.ts";

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
    scenarios([from, fromClient], [to, toClient]);
  });
}

function scenarios(...[from, to]: [[NodeKind, ClientKind], [NodeKind, ClientKind]]): void {
  let sender: ClusterNode;
  let receiver: ClusterNode;
  let here: Member;
  let there: Member;
  let alsoThere: Member;

  beforeAll(async () => {
    sender = new ClusterNode(...from, redis.port);
    receiver = new ClusterNode(...to, redis.port);
    await Promise.all([sender.sees(2), receiver.sees(2)]);
    here = await sender.link();
    [there, alsoThere] = [await receiver.link(), await receiver.link()];
  });
  afterAll(() => Promise.all([sender.close(), receiver.close()]));

  /** What all clients get until the mark, which the sender sends to everybody last. */
  async function gets(act: () => void): Promise<readonly unknown[][]> {
    const members = [here, there, alsoThere];
    const seen = members.map(({ client }) => record(client, "event"));
    const marked = members.map(({ client }) => once(client, "mark"));
    act();
    sender.io.emit("mark");
    await Promise.all(marked);
    members.forEach(({ client }) => client.off("event"));
    return seen.map((events) => events.map(([value]) => value));
  }

  test("broadcasts reach all clients once", async () => {
    expect(await gets(() => sender.io.emit("event", 1))).toEqual([[1], [1], [1]]);
  });

  test("broadcasts keep to rooms and leave out others", async () => {
    await there.socket.join(["a", "b"]);
    await alsoThere.socket.join("b");
    expect(
      await gets(() => {
        sender.io.to("a").emit("event", 1);
        sender.io.to("b").emit("event", 2);
        sender.io.to(["a", "b"]).emit("event", 3);
        sender.io.except("a").emit("event", 4);
        sender.io.to("b").except("a").emit("event", 5);
        sender.io.to("nobody").emit("event", 6);
        here.socket.broadcast.emit("event", 7);
        sender.io.to(there.socket.id).emit("event", 8);
        sender.io.local.emit("event", 9);
      }),
    ).toEqual([
      [4, 9],
      [1, 2, 3, 7, 8],
      [2, 3, 4, 5, 7],
    ]);
    await there.socket.leave("a");
    await there.socket.leave("b");
    await alsoThere.socket.leave("b");
  });

  test("broadcasts take volatile and uncompressed events", async () => {
    expect(
      await gets(() => {
        sender.io.volatile.emit("event", "volatile");
        sender.io.compress(false).emit("event", "uncompressed");
      }),
    ).toEqual(Array.from({ length: 3 }, () => ["volatile", "uncompressed"]));
  });

  test("broadcasts carry bytes and other values", async () => {
    const got = once(there.client, "values");
    sender.io.emit("values", Buffer.from([1, 2, 3]), { deep: [{ bytes: new Uint8Array([4]) }] }, null, "é", 1.5, true);
    const [bytes, nested, ...rest] = await got;
    expect([...bytes]).toEqual([1, 2, 3]);
    expect([...nested.deep[0].bytes]).toEqual([4]);
    expect(rest).toEqual([null, "é", 1.5, true]);
  });

  test("broadcasts keep to their namespace", async () => {
    const namespaces = [sender, receiver].map((node) => node.io.of("/other"));
    await Promise.all([sender.sees(2, "/other"), receiver.sees(2, "/other")]);
    const other = await receiver.link("/other");
    const got = once(other.client, "event");
    expect(await gets(() => namespaces[0]!.emit("event", "other"))).toEqual([[], [], []]);
    expect(await got).toEqual(["other"]);
  });

  test("room commands reach sockets of other nodes", async () => {
    sender.io.in(there.socket.id).socketsJoin(["room", "second"]);
    await eventually("the socket joins", () => there.socket.rooms.has("second"));
    expect(there.socket.rooms.has("room")).toBe(true);
    expect(alsoThere.socket.rooms.has("room")).toBe(false);
    sender.io.in("room").socketsLeave("room");
    await eventually("the socket leaves", () => !there.socket.rooms.has("room"));
    expect(there.socket.rooms.has("second")).toBe(true);
  });

  test("fetchSockets() describes sockets of all nodes", async () => {
    there.socket.data = { name: "there" };
    const sockets = await sender.io.fetchSockets();
    expect(sockets.map(({ id }) => id).toSorted()).toEqual(
      [here, there, alsoThere].map(({ socket }) => socket.id).toSorted(),
    );
    const found = sockets.find(({ id }) => id === there.socket.id);
    expect(found?.data).toEqual({ name: "there" });
    expect(found?.rooms.has(there.socket.id)).toBe(true);
    expect(found?.handshake.query["EIO"]).toBe("4");
    const some = await sender.io.in(there.socket.id).fetchSockets();
    expect(some.map(({ id }) => id)).toEqual([there.socket.id]);
    const others = await sender.io.except(there.socket.id).fetchSockets();
    expect(others).toHaveLength(2);
  });

  test("sockets of other nodes take events", async () => {
    const [remote] = await sender.io.in(there.socket.id).fetchSockets();
    const got = once(there.client, "remote");
    remote?.emit("remote", 1);
    expect(await got).toEqual([1]);
  });

  test("serverSideEmit() reaches the other node", async () => {
    const got = once(receiver.io, "hello");
    sender.io.serverSideEmit("hello", 1, { two: "2" });
    expect(await got).toEqual([1, { two: "2" }]);
  });

  test("serverSideEmit() brings answers back", async () => {
    const answer = (value: unknown, reply: (...args: unknown[]) => void): void => reply({ value });
    receiver.io.on("ask", answer);
    expect(await sender.io.serverSideEmitWithAck("ask", 1)).toEqual([{ value: 1 }]);
    receiver.io.off("ask", answer);
  });

  test("broadcasts bring acknowledgements of all clients back", async () => {
    const members = [here, there, alsoThere];
    members.forEach(({ client }, index) =>
      client.once("question", (bytes: Uint8Array, reply: (value: unknown) => void) =>
        reply(index === 1 ? Buffer.from([index]) : { index, size: bytes.byteLength }),
      ),
    );
    const answers: any[] = await sender.io.timeout(20_000).emitWithAck("question", Buffer.from([1, 2]));
    expect(answers).toHaveLength(3);
    expect(answers).toContainEqual({ index: 0, size: 2 });
    expect(answers).toContainEqual({ index: 2, size: 2 });
    expect(answers.find((value) => value.index === undefined)).toEqual(Buffer.from([1]));
  });

  test("broadcasts end with the answers that came, when one does not", async () => {
    here.client.once("question", (reply: (value: unknown) => void) => reply("here"));
    there.client.once("question", (reply: (value: unknown) => void) => reply("there"));
    const failure: any = await sender.io
      .timeout(1_500)
      .emitWithAck("question")
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(failure.responses.toSorted()).toEqual(["here", "there"]);
  });

  test("disconnectSockets() reaches sockets of other nodes", async () => {
    const extra = await receiver.link();
    const left = once(extra.client, "disconnect");
    sender.io.in(extra.socket.id).disconnectSockets(true);
    expect((await left)[0]).toBe("io server disconnect");
    const polite = await receiver.link();
    const told = once(polite.client, "disconnect");
    sender.io.in(polite.socket.id).disconnectSockets();
    expect((await told)[0]).toBe("io server disconnect");
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
