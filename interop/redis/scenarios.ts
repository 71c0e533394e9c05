import type { Socket as ServerSocket } from "socket.io";
import type { Socket as ClientSocket } from "socket.io-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { once, record } from "../events.ts";
import type { ClientKind } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { ClusterNode, type NodeKind } from "./node.ts";

/** Both ends of one connection. */
interface Member {
  readonly client: ClientSocket;
  readonly socket: ServerSocket;
}

/**
 * Defines tests of what a node does to the sockets of another, and of what it learns about them.
 * `redisPort` is asked when the tests run.
 */
export function clusterScenarios(
  redisPort: () => number,
  ...[from, to]: [[NodeKind, ClientKind], [NodeKind, ClientKind]]
): void {
  let sender: ClusterNode;
  let receiver: ClusterNode;
  let here: Member;
  let there: Member;
  let alsoThere: Member;

  beforeAll(async () => {
    sender = new ClusterNode(...from, redisPort());
    receiver = new ClusterNode(...to, redisPort());
    await Promise.all([sender.sees(2), receiver.sees(2)]);
    here = await sender.link();
    [there, alsoThere] = [await receiver.link(), await receiver.link()];
    await isReached(there, () => sender.io.emit("warm"));
  });
  afterAll(() => Promise.all([sender.close(), receiver.close()]));

  /**
   * What all clients get until the marks, which the sender sends last: to everybody, and to rooms, whose messages may take another
   * way, with somebody who is in them.
   */
  async function gets(
    act: () => void,
    rooms: readonly (readonly [string, Member])[] = [],
  ): Promise<readonly unknown[][]> {
    const members = [here, there, alsoThere];
    const seen = members.map(({ client }) => record(client, "event"));
    const marked = members.map(({ client }) => once(client, "mark"));
    const markedToo = rooms.map(([room, { client }]) => once(client, `mark ${room}`));
    act();
    for (const room of new Set(rooms.map(([name]) => name))) sender.io.to(room).emit(`mark ${room}`);
    sender.io.emit("mark");
    await Promise.all([...marked, ...markedToo]);
    members.forEach(({ client }) => client.off("event"));
    return seen.map((events) => events.map(([value]) => value).toSorted((a, b) => String(a).localeCompare(String(b))));
  }

  /** Waits until the sender reaches a room that may have come to be just now. */
  async function roomIsThere(room: string, member: Member): Promise<void> {
    await isReached(member, () => sender.io.to(room).emit("warm"));
  }

  async function isReached({ client }: Member, act: () => void): Promise<void> {
    const warm = record(client, "warm");
    await eventually("a client is reached", () => {
      act();
      return warm.length > 0;
    });
    client.off("warm");
  }

  test("broadcasts reach all clients once", async () => {
    expect(await gets(() => sender.io.emit("event", 1))).toEqual([[1], [1], [1]]);
  });

  test("broadcasts keep to rooms and leave out others", async () => {
    await there.socket.join(["a", "b"]);
    await alsoThere.socket.join("b");
    await roomIsThere("a", there);
    await roomIsThere("b", there);
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
      }, [
        ["a", there],
        ["b", there],
        ["b", alsoThere],
      ]),
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
    ).toEqual(Array.from({ length: 3 }, () => ["uncompressed", "volatile"]));
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
