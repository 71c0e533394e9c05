import { expect, test, vi } from "vitest";
import type { Adapter, ClusterCommand, ClusterReply, MissingNode } from "@halyard/contracts";
import { Bench, take, type FakeClient } from "../fake-client.fixture.ts";
import type { ServerOptions } from "../server.ts";
import type { Socket } from "../socket.ts";

/** Clients a, b, c in rooms: a in r, b in r and s, c in s. */
function three(options: Partial<ServerOptions> = {}) {
  const bench = new Bench(options);
  const clients = { a: bench.join(), b: bench.join(), c: bench.join() };
  const [a, b, c] = [...bench.io.sockets.sockets.values()] as [Socket, Socket, Socket];
  a.join("r");
  b.join(["r", "s"]);
  c.join("s");
  const reached = (): string =>
    Object.entries(clients)
      .flatMap(([name, client]) => take(client).map(() => name))
      .join("");
  return { bench, io: bench.io, clients, sockets: { a, b, c }, reached };
}

test("reaches whom it should, each once", () => {
  const { io, sockets, reached } = three();
  const { a, b, c } = sockets;
  const cases: [string, () => unknown][] = [
    ["abc", () => io.emit("x")],
    ["abc", () => io.send("x")],
    ["abc", () => io.of("/").write("x")],
    ["ab", () => io.to("r").emit("x")],
    ["abc", () => io.to("r").in("s").emit("x")],
    ["abc", () => io.to(["r", "s"]).emit("x")],
    ["c", () => io.except("r").emit("x")],
    ["", () => io.except(["r", "s"]).emit("x")],
    ["a", () => io.to("r").except("s").emit("x")],
    ["", () => io.to("nobody").emit("x")],
    ["b", () => io.to(b.id).emit("x")],
    ["bc", () => io.except(a.id).emit("x")],
    ["b", () => io.to([b.id, b.id]).emit("x")],
    ["bc", () => a.broadcast.emit("x")],
    ["b", () => a.to("r").emit("x")],
    ["b", () => a.in(["r", "s"]).except(c.id).emit("x")],
    ["c", () => a.except("r").emit("x")],
    ["bc", () => a.local.emit("x")],
    ["abc", () => io.local.compress(true).emit("x")],
  ];
  for (const [expected, emit] of cases) {
    emit();
    expect(reached(), emit.toString()).toBe(expected);
  }
});

test("a broadcast operator is not changed by its use", () => {
  const { io, reached } = three();
  const base = io.to("r");
  base.except("s").emit("x");
  expect(reached()).toBe("a");
  base.emit("x");
  expect(reached()).toBe("ab");
});

test("skips clients that cannot take a volatile broadcast at once", () => {
  const { io, clients, reached } = three();
  clients.b.writable = false;
  io.volatile.emit("x");
  expect(reached()).toBe("ac");
});

test("flags of a socket apply to its next broadcast only", () => {
  const { clients, sockets, reached } = three();
  clients.b.writable = false;
  sockets.a.volatile.broadcast.emit("x");
  expect(reached()).toBe("c");
  sockets.a.compress(false).to("r").emit("x");
  sockets.a.broadcast.emit("x");
  expect(clients.b.compressed.slice(-2)).toEqual([false, true]);
});

test("does not reach a socket that joined a room while it was connecting", () => {
  const { bench, io } = three();
  io.use((socket) => socket.join("r"));
  const connecting = bench.open();
  connecting.write("0");
  io.to("r").emit("x");
  expect(connecting.sent).toEqual([]);
});

test("moves and disconnects many sockets", async () => {
  const { io, sockets, clients, reached } = three();
  io.in("r").socketsJoin(["t", "u"]);
  expect([...sockets.a.rooms]).toEqual([sockets.a.id, "r", "t", "u"]);
  io.in("t").socketsLeave("u");
  io.to("t").emit("x");
  expect(reached()).toBe("ab");
  expect(io.of("/").adapter.rooms.has("u")).toBe(false);
  expect((await io.in("t").fetchSockets()).map(({ id }) => id)).toEqual([sockets.a.id, sockets.b.id]);
  expect(await io.in("s").allSockets()).toEqual(new Set([sockets.b.id, sockets.c.id]));
  io.in("r").disconnectSockets();
  expect([sockets.a.connected, sockets.b.connected, sockets.c.connected]).toEqual([false, false, true]);
  io.disconnectSockets(true);
  expect(clients.c.readyState).toBe("closed");
});

function answer(client: FakeClient, value: unknown): void {
  const id = /^2(\d+)/.exec(String(take(client).at(-1)))?.[1];
  client.write(`3${id}${JSON.stringify([value])}`);
}

test("collects one answer per client", async () => {
  const { io, clients } = three();
  const answers = io.timeout(100).emitWithAck("who");
  for (const [name, client] of Object.entries(clients)) answer(client, name);
  expect(await answers).toEqual(["a", "b", "c"]);
});

test("without a timeout waits until all have answered", async () => {
  const { bench, io, clients } = three();
  const done = vi.fn();
  io.to("r").emit("who", done);
  bench.clock.advance(60_000);
  answer(clients.a, 1);
  await new Promise(setImmediate);
  expect(done).not.toHaveBeenCalled();
  answer(clients.b, 2);
  expect(done).toHaveBeenCalledExactlyOnceWith(null, [1, 2]);
});

test("reports those who do not answer in time", async () => {
  const { bench, io, clients, sockets } = three();
  const done = vi.fn();
  io.timeout(100).emit("who", done);
  await new Promise(setImmediate); // there are no other servers
  answer(clients.a, 1);
  bench.clock.advance(100);
  expect(done).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ code: "ACK_TIMEOUT", responses: [1], missing: [sockets.b.id, sockets.c.id] }),
    [1],
  );
  answer(clients.b, 2);
  bench.clock.advance(1_000);
  expect(done).toHaveBeenCalledOnce();
  expect(bench.clock.pendingCount).toBe(0);
});

test("does not wait for those who have left", async () => {
  const { bench, io, clients, sockets } = three();
  const answers = io.timeout(10_000).emitWithAck("who");
  answer(clients.a, 1);
  answer(clients.c, 3);
  clients.b.lose();
  await expect(answers).rejects.toMatchObject({ code: "ACK_INCOMPLETE", responses: [1, 3], missing: [sockets.b.id] });
  expect(bench.clock.pendingCount).toBe(0);
});

test("is complete at once when nobody is asked", async () => {
  const { io } = three();
  expect(await io.to("nobody").timeout(10).emitWithAck("who")).toEqual([]);
});

test("counts a socket that waits for too many answers as missing", async () => {
  const { io, clients, sockets } = three({ maxPendingAcks: 1 });
  sockets.a.emit("busy", () => {});
  const answers = io.timeout(10).emitWithAck("who");
  answer(clients.b, 2);
  answer(clients.c, 3);
  await expect(answers).rejects.toMatchObject({ responses: [2, 3], missing: [sockets.a.id] });
});

test("reports a callback that throws", async () => {
  const { bench, io, clients } = three();
  io.to("r")
    .except("s")
    .emit("who", () => {
      throw new Error("broken");
    });
  answer(clients.a, 1);
  await vi.waitFor(() => expect(bench.failures).toMatchObject([{ error: { message: "broken" } }]));
});

/** An adapter whose other node is played by the test. */
function cluster(replies: readonly (ClusterReply | MissingNode)[] = []) {
  const published: ClusterCommand[] = [];
  const queried: string[] = [];
  const adapter: Adapter = {
    start: () => Promise.resolve(),
    close: () => Promise.resolve(),
    serverCount: () => Promise.resolve(2),
    publish: (command) => void published.push(command),
    async *query(query) {
      queried.push(query.kind);
      yield* replies;
    },
  };
  return { published, queried, adapter: () => adapter };
}

test("publishes what concerns other servers, after it was done here", async () => {
  const { published, adapter } = cluster();
  const { io, sockets } = three({ adapter });
  io.to("r").except("s").volatile.emit("x", 1);
  io.local.emit("x");
  sockets.a.emit("private");
  io.in("r").socketsJoin("t");
  io.in("t").socketsLeave("t");
  io.serverSideEmit("hello", 2);
  io.in("r").disconnectSockets(true);
  expect(published).toEqual([
    { kind: "broadcast", to: { rooms: ["r"], except: ["s"] }, data: ["x", 1], volatile: true, compress: true },
    { kind: "join", to: { rooms: ["r"], except: [] }, rooms: ["t"] },
    { kind: "leave", to: { rooms: ["t"], except: [] }, rooms: ["t"] },
    { kind: "serverEvent", data: ["hello", 2] },
    { kind: "disconnect", to: { rooms: ["r"], except: [] }, closeConnection: true },
  ]);
});

test("adds the answers of other servers", async () => {
  const { adapter } = cluster([
    { kind: "expect", count: 2 },
    { kind: "ack", data: ["far 1"] },
    { kind: "ack", data: ["far 2"] },
  ]);
  const { io, clients } = three({ adapter });
  const answers = io.to("r").except("s").timeout(10).emitWithAck("who");
  answer(clients.a, "near");
  expect((await answers).toSorted()).toEqual(["far 1", "far 2", "near"]);
  expect(await io.serverSideEmitWithAck("ping")).toEqual(["far 1", "far 2"]);
});

test("finds sockets of other servers and reaches them", async () => {
  const far = { id: "far", rooms: ["far", "r"], handshake: { url: "/" }, data: { name: "f" } };
  const { published, queried, adapter } = cluster([{ kind: "socket", socket: far }]);
  const { io, sockets } = three({ adapter });
  const [local, remote] = await io.to("r").except("s").fetchSockets();
  expect(local).toBe(sockets.a);
  expect(remote).toMatchObject({ id: "far", handshake: { url: "/" }, data: { name: "f" } });
  expect(remote!.rooms).toEqual(new Set(["far", "r"]));
  remote!.emit("x", 1);
  remote!.join("t");
  remote!.leave("t");
  remote!.disconnect(true);
  expect(published.map(({ kind }) => kind)).toEqual(["broadcast", "join", "leave", "disconnect"]);
  expect(published.every((command) => "to" in command && command.to.rooms[0] === "far")).toBe(true);
  expect((await io.local.fetchSockets()).length).toBe(3);
  expect(queried).toEqual(["fetchSockets"]);
});

test("names the servers that gave no complete answer", async () => {
  const far = { id: "far", rooms: ["far"], handshake: {}, data: {} };
  const { adapter } = cluster([
    { kind: "socket", socket: far },
    { kind: "ack", data: ["far"] },
    { kind: "missing", node: "n2", reason: "silent" },
    { kind: "missing", node: "n3", reason: "left" },
  ]);
  const { io, clients } = three({ adapter });
  const found = await io.fetchSockets();
  expect(found.missingNodes).toEqual(["n2", "n3"]);
  expect(Object.keys(found)).toEqual(["0", "1", "2", "3"]); // it looks like any other array
  const asked = io.timeout(100).emitWithAck("who");
  for (const client of Object.values(clients)) answer(client, "near");
  await expect(asked).rejects.toMatchObject({
    code: "ACK_INCOMPLETE",
    responses: ["near", "near", "near", "far"],
    missing: [],
    missingNodes: ["n2", "n3"],
  });
  const events = io.serverSideEmitWithAck("ping");
  await expect(events).rejects.toMatchObject({
    code: "CLUSTER_TIMEOUT",
    message: "timeout reached: missing 1 responses",
    responses: ["far"],
    missingNodes: ["n2", "n3"],
  });
});

test("a server that has left fails no event between servers", async () => {
  const { adapter } = cluster([
    { kind: "ack", data: [1] },
    { kind: "missing", node: "n3", reason: "left" },
  ]);
  const { io } = three({ adapter });
  const answers: unknown = await io.serverSideEmitWithAck("ping");
  expect(answers).toEqual([1]);
  expect(answers).toHaveProperty("missingNodes", ["n3"]);
});

test("says which servers were silent when the time is over, and settles although an adapter does not", async () => {
  const silent: Adapter = {
    ...cluster().adapter(),
    async *query(_query, signal) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      yield { kind: "missing", node: "n2", reason: "silent" };
    },
  };
  const stuck: Adapter = {
    ...cluster().adapter(),
    query: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }),
  };
  for (const [adapter, missingNodes] of [
    [silent, ["n2"]],
    [stuck, []],
  ] as const) {
    const { bench, io } = three({ adapter: () => adapter });
    const done = vi.fn();
    io.timeout(100).emit("who", done);
    bench.clock.advance(100);
    await new Promise(setImmediate);
    expect(done).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: "ACK_TIMEOUT", missingNodes }), []);
  }
});

test("counts sockets and lists rooms on all servers", async () => {
  const { adapter, queried } = cluster([
    { kind: "count", count: 40 },
    { kind: "room", room: "r", count: 3 },
    { kind: "room", room: "far", count: 1 },
  ]);
  const { io } = three({ adapter });
  expect(await io.count()).toBe(43);
  expect(await io.to("r").except("s").count()).toBe(41);
  expect(await io.local.count()).toBe(3);
  expect(await io.of("/").adapter.roomSizes()).toEqual(
    new Map([
      ["r", 5],
      ["s", 2],
      ["far", 1],
    ]),
  );
  const ids = io.of("/").sockets.keys();
  expect(await io.of("/").adapter.allRooms()).toEqual(new Set(["r", "s", "far", ...ids]));
  expect(queried).toEqual(["count", "count", "rooms", "rooms"]);
});
