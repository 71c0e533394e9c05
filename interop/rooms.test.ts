import type { Server, Socket as ServerSocket } from "socket.io";
import { describe, expect, test } from "vitest";
import { allPairs, oldPairs } from "./ends.ts";
import { once, record } from "./events.ts";
import { matrix, type Link, type Rig } from "./rig.ts";

type Emitter = { emit(event: string, ...args: unknown[]): unknown };

/** Every way to choose recipients among a (room 1), b (rooms 1 and 2), c (room 2) and d (none). */
const selections: [name: string, select: (io: Server, a: ServerSocket) => Emitter, reaches: string][] = [
  ["everybody", (io) => io, "abcd"],
  ["a namespace", (io) => io.of("/"), "abcd"],
  ["io.to(room)", (io) => io.to("room 1"), "ab"],
  ["io.in(room)", (io) => io.in("room 2"), "bc"],
  ["the union of two rooms, once each", (io) => io.to("room 1").to("room 2"), "abc"],
  ["a list of rooms", (io) => io.to(["room 1", "room 2"]), "abc"],
  ["except a room", (io) => io.except("room 1"), "cd"],
  ["a room except another", (io) => io.to("room 1").except("room 2"), "a"],
  ["except two rooms", (io) => io.except(["room 1", "room 2"]), "d"],
  ["a room that does not exist", (io) => io.to("nowhere"), ""],
  ["except a room that does not exist", (io) => io.except("nowhere"), "abcd"],
  ["only this node", (io) => io.local, "abcd"],
  ["a socket's own id", (io, a) => io.to(a.id), "a"],
  ["socket.emit", (_io, a) => a, "a"],
  ["socket.broadcast", (_io, a) => a.broadcast, "bcd"],
  ["socket.to(room) leaves the sender out", (_io, a) => a.to("room 1"), "b"],
  ["socket.in(room) of another room", (_io, a) => a.in("room 2"), "bc"],
  ["socket.except(room)", (_io, a) => a.except("room 1"), "cd"],
  ["socket.to(room).except(room)", (_io, a) => a.to("room 2").except("room 1"), "c"],
  ["socket.broadcast.to(room)", (_io, a) => a.broadcast.to("room 1"), "b"],
  ["compress(false)", (io) => io.compress(false).to("room 2"), "bc"],
];

async function fourSockets(rig: Rig): Promise<Record<"a" | "b" | "c" | "d", Link>> {
  const a = await rig.link();
  const b = await rig.link();
  const c = await rig.link();
  const d = await rig.link();
  await a.socket.join("room 1");
  await b.socket.join(["room 1", "room 2"]);
  await c.socket.join("room 2");
  return { a, b, c, d };
}

/** Sends everybody a last event and waits for it, so that what was sent before has come or never will. */
async function fence(rig: Rig, links: readonly Link[]): Promise<void> {
  const passed = links.map(({ client }) => once(client, "fence"));
  rig.io.emit("fence");
  await Promise.all(passed);
}

describe("rooms", () => {
  matrix(
    ({ start, recent }) => {
      recent("each selection reaches exactly its sockets", async () => {
        const rig = await start();
        const links = await fourSockets(rig);
        const inboxes = Object.entries(links).map(([name, { client }]) => ({ name, seen: record(client, "event") }));
        for (const [name, select] of selections) select(rig.io, links.a.socket).emit("event", name, Buffer.from(name));
        await fence(rig, Object.values(links));
        const reached = selections.map(([name]) => [
          name,
          inboxes
            .filter(({ seen }) => seen.some(([event]) => event === name))
            .map((inbox) => inbox.name)
            .join(""),
        ]);
        expect(reached).toEqual(selections.map(([name, , reaches]) => [name, reaches]));
        for (const { seen } of inboxes) {
          expect(new Set(seen.map(([event]) => event)).size).toBe(seen.length);
          for (const [event, bytes] of seen) expect(bytes).toEqual(Buffer.from(event));
        }
      });

      test("joining and leaving show in the rooms, the adapter and its events", async () => {
        const rig = await start();
        const { adapter } = rig.io.of("/");
        const events: unknown[] = [];
        for (const name of ["create-room", "join-room", "leave-room", "delete-room"]) {
          adapter.on(name, (...args: unknown[]) => events.push([name, ...args]));
        }
        const { client, socket } = await rig.link();
        const { id } = socket;
        await socket.join("r");
        expect([...socket.rooms]).toEqual([id, "r"]);
        expect([...(adapter.rooms.get("r") ?? [])]).toEqual([id]);
        expect([...(adapter.sids.get(id) ?? [])]).toEqual([id, "r"]);
        await socket.leave("r");
        expect(socket.rooms.has("r")).toBe(false);
        expect(adapter.rooms.has("r")).toBe(false);
        await socket.join("s");
        let last: string[] = [];
        socket.on("disconnecting", () => (last = [...socket.rooms]));
        const gone = once(socket, "disconnect");
        client.disconnect();
        await gone;
        expect(last).toEqual([id, "s"]);
        expect(socket.rooms.size).toBe(0);
        expect([adapter.rooms.size, adapter.sids.size]).toEqual([0, 0]);
        expect(events).toEqual([
          ["create-room", id],
          ["join-room", id, id],
          ["create-room", "r"],
          ["join-room", "r", id],
          ["leave-room", "r", id],
          ["delete-room", "r"],
          ["create-room", "s"],
          ["join-room", "s", id],
          ["leave-room", id, id],
          ["delete-room", id],
          ["leave-room", "s", id],
          ["delete-room", "s"],
        ]);
      });

      test("the server moves sockets between rooms", async () => {
        const rig = await start();
        const { a, b, c, d } = await fourSockets(rig);
        rig.io.in("room 1").socketsJoin(["room 3", "room 4"]);
        rig.io.in("room 3").except("room 2").socketsLeave("room 4");
        rig.io.socketsJoin("all");
        expect([...a.socket.rooms].slice(1)).toEqual(["room 1", "room 3", "all"]);
        expect([...b.socket.rooms].slice(1)).toEqual(["room 1", "room 2", "room 3", "room 4", "all"]);
        expect([...c.socket.rooms].slice(1)).toEqual(["room 2", "all"]);
        rig.io.socketsLeave("all");
        expect([...d.socket.rooms]).toEqual([d.socket.id]);
      });

      test("fetchSockets describes sockets and acts on them", async () => {
        const rig = await start();
        const { a, b, c, d } = await fourSockets(rig);
        a.socket.data.name = "a";
        const everybody = await rig.io.fetchSockets();
        expect(everybody.map(({ id }) => id).toSorted()).toEqual(
          [a, b, c, d].map(({ socket }) => socket.id).toSorted(),
        );
        const [remote, ...none] = await rig.io.in("room 1").except("room 2").fetchSockets();
        expect(none).toEqual([]);
        expect(remote).toMatchObject({ id: a.socket.id, data: { name: "a" }, rooms: new Set([a.socket.id, "room 1"]) });
        expect(remote?.handshake.headers["host"]).toBe(`127.0.0.1:${rig.port}`);
        const heard = once(a.client, "direct");
        remote?.emit("direct", 1);
        expect(await heard).toEqual([1]);
        remote?.join("room 9");
        remote?.leave("room 1");
        expect([...a.socket.rooms]).toEqual([a.socket.id, "room 9"]);
        const gone = once(a.client, "disconnect");
        remote?.disconnect();
        expect((await gone)[0]).toBe("io server disconnect");
      });

      test("disconnectSockets ends a room's sockets only", async () => {
        const rig = await start();
        const { a, b, c, d } = await fourSockets(rig);
        const left = [once(a.socket, "disconnect"), once(b.socket, "disconnect")];
        const gone = [once(a.client, "disconnect"), once(b.client, "disconnect")];
        rig.io.in("room 1").disconnectSockets(true);
        for (const [reason] of await Promise.all(left)) expect(reason).toBe("server namespace disconnect");
        await Promise.all(gone);
        await fence(rig, [c, d]);
        expect(rig.io.of("/").sockets.size).toBe(2);
      });
    },
    { pairs: [...allPairs, ...oldPairs] },
  );
});

describe("rooms and namespaces", () => {
  matrix(({ start, recent }) => {
    test("a room's name means nothing outside its namespace", async () => {
      const rig = await start();
      rig.io.of("/x");
      rig.io.of("/y");
      const x = await rig.link("/x");
      const y = await rig.link("/y");
      await x.socket.join("r");
      await y.socket.join("r");
      const seen = record(y.client, "event");
      const heard = once(x.client, "event");
      rig.io.of("/x").to("r").emit("event");
      await heard;
      const passed = once(y.client, "fence");
      rig.io.of("/y").emit("fence");
      await passed;
      expect(seen).toEqual([]);
    });

    recent("a remote socket asks for one answer", async () => {
      const rig = await start();
      const { client } = await rig.link();
      client.on("q", (n, answer) => answer(n + 1));
      const [remote] = await rig.io.fetchSockets();
      const answer = await remote?.timeout(15_000).emitWithAck("q", 1);
      expect(answer).toBe(2);
    });
  });
});
