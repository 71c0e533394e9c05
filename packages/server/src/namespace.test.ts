import { expect, test, vi } from "vitest";
import type { Adapter, AdapterHost, ClusterReply, Untyped } from "@halyard/contracts";
import { Bench, take } from "./fake-client.fixture.ts";

test("announces a connection once the client has its answer", () => {
  const bench = new Bench();
  const order: unknown[] = [];
  bench.io.on("connect", (socket) => order.push(["connect", socket.connected]));
  bench.io.on("connection", (socket) => {
    order.push(["connection", [...socket.rooms]]);
    socket.emit("welcome");
  });
  const client = bench.open();
  client.write("0");
  const [socket] = bench.io.sockets.sockets.values();
  expect(order).toEqual([
    ["connect", true],
    ["connection", [socket!.id]],
  ]);
  expect(client.sent).toEqual([`0{"sid":"${socket!.id}"}`, '2["welcome"]']);
});

test("keeps a connection whose handler throws or rejects", async () => {
  const bench = new Bench();
  bench.io.on("connect", () => {
    throw new Error("sync");
  });
  bench.io.on("connection", () => Promise.reject(new Error("async")));
  const client = bench.join();
  await new Promise(setImmediate);
  expect(client.readyState).toBe("open");
  expect(bench.failures.map(({ error, event }) => [error.message, event])).toEqual([
    ["sync", "connect"],
    ["async", "connection"],
  ]);
});

test("asks the middlewares in order", async () => {
  const bench = new Bench();
  const order: string[] = [];
  bench.io.use((socket, next) => {
    order.push(`first ${socket.connected}`);
    next();
    next(new Error("too late"));
  });
  bench.io.use(async (_socket, next) => {
    await Promise.resolve();
    order.push("second");
    next();
  });
  bench.io.on("connection", () => order.push("connection"));
  const client = bench.open();
  client.write("0");
  await vi.waitFor(() => expect(order).toEqual(["first false", "second", "connection"]));
  expect(client.sent).toHaveLength(1);
});

test("a middleware's error reaches the client with its data", () => {
  const bench = new Bench();
  bench.io.use((_socket, next) => next(Object.assign(new Error("not you"), { data: { retry: false } })));
  const client = bench.open();
  client.write("0");
  expect(client.sent).toEqual(['4{"message":"not you","data":{"retry":false}}']);
  expect(bench.io.sockets.sockets.size).toBe(0);
});

test.each([3, 4] as const)("data that cannot be encoded is left out of a refusal (Engine.IO %i)", (protocol) => {
  const bench = new Bench();
  const data: Untyped = {};
  data.self = data;
  let refuse: (() => void) | undefined;
  bench.io.use((_socket, next) => (refuse = () => next(Object.assign(new Error("not you"), { data }))));
  const client = bench.open(protocol);
  if (protocol === 4) client.write("0");
  refuse?.();
  expect(client.sent).toEqual([protocol === 3 ? '4"not you"' : '4{"message":"not you"}']);
  expect(bench.failures).toEqual([
    expect.objectContaining({ error: expect.objectContaining({ code: "SOCKET_ENCODE" }), namespace: bench.io.sockets }),
  ]);
});

test("a middleware that throws or rejects refuses without telling why", async () => {
  const bench = new Bench();
  const secret = new Error("SELECT failed");
  let reject = false;
  bench.io.use(() => {
    if (reject) return Promise.reject(secret);
    throw secret;
  });
  const client = bench.open();
  client.write("0");
  reject = true;
  client.write("0");
  await vi.waitFor(() =>
    expect(client.sent).toEqual(['4{"message":"internal error"}', '4{"message":"internal error"}']),
  );
  expect(bench.failures.map(({ error }) => error)).toEqual([secret, secret]);
});

test("shows rooms, and events of rooms, through the adapter", async () => {
  const bench = new Bench();
  const { adapter } = bench.io.of("/");
  const events: unknown[] = [];
  for (const name of ["create-room", "delete-room", "join-room", "leave-room"] as const)
    adapter.on(name, (...args: unknown[]) => events.push([name, ...args]));
  bench.join();
  const client = bench.join();
  const [a, b] = [...bench.io.sockets.sockets.values()];
  events.length = 0;
  a!.join("r");
  b!.join("r");
  expect(events).toEqual([
    ["create-room", "r"],
    ["join-room", "r", a!.id],
    ["join-room", "r", b!.id],
  ]);
  const ids = adapter.rooms.get("r");
  expect(ids).toEqual(new Set([a!.id, b!.id]));
  expect(adapter.rooms.get(b!.id)).toEqual(new Set([b!.id]));
  expect(adapter.rooms.size).toBe(3);
  expect([...adapter.rooms.keys()].toSorted()).toEqual(["r", a!.id, b!.id].toSorted());
  expect(adapter.rooms.get("none")).toBeUndefined();
  expect(await adapter.sockets(new Set(["none", a!.id]))).toEqual(new Set([a!.id]));
  expect(await adapter.sockets(new Set(["r", a!.id]))).toEqual(new Set([a!.id, b!.id]));
  expect((await adapter.sockets(new Set())).size).toBe(bench.io.sockets.sockets.size);
  expect([...adapter.sids].map(([id, rooms]) => [id, [...rooms]])).toEqual([
    [a!.id, [a!.id, "r"]],
    [b!.id, [b!.id, "r"]],
  ]);
  expect(adapter.socketRooms(a!.id)).toBe(a!.rooms);
  events.length = 0;
  a!.leave("r");
  expect(ids).toEqual(new Set([b!.id]));
  client.lose();
  expect(events).toEqual([
    ["leave-room", "r", a!.id],
    ["leave-room", b!.id, b!.id],
    ["delete-room", b!.id],
    ["leave-room", "r", b!.id],
    ["delete-room", "r"],
  ]);
});

test("a listener of room events that throws is reported", async () => {
  const bench = new Bench();
  bench.io.of("/").adapter.on("create-room", () => {
    throw new Error("sync");
  });
  bench.io.of("/").adapter.on("join-room", () => Promise.reject(new Error("async")) as Untyped);
  bench.join();
  await new Promise(setImmediate);
  expect(bench.failures.map(({ error }) => error.message)).toEqual(["sync", "async"]);
});

test("events between servers reach this server's listeners", async () => {
  let host: AdapterHost | undefined;
  const published: unknown[] = [];
  const adapter: Adapter = {
    start: () => Promise.resolve(),
    close: () => Promise.resolve(),
    serverCount: () => Promise.resolve(3),
    publish: (command) => void published.push(command),
    async *query(_query, signal): AsyncIterable<ClusterReply> {
      yield { kind: "ack", data: ["one"] };
      await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("silent"))));
    },
  };
  const bench = new Bench({ adapter: (given) => ((host = given), adapter) });
  const heard = vi.fn();
  bench.io.on("hello", heard);
  expect(() => bench.io.serverSideEmit("connection")).toThrow(expect.objectContaining({ code: "RESERVED_EVENT" }));
  bench.io.serverSideEmit("hello", 1);
  expect(published).toEqual([{ kind: "serverEvent", data: ["hello", 1] }]);
  expect(heard).not.toHaveBeenCalled();
  host!.execute({ kind: "serverEvent", data: ["hello", 2] });
  host!.execute({ kind: "serverEvent", data: ["connection", {}] });
  expect(heard).toHaveBeenCalledExactlyOnceWith(2);
  const answers = bench.io.serverSideEmitWithAck("hello");
  await new Promise(setImmediate);
  bench.clock.advance(5_000);
  await expect(answers).rejects.toMatchObject({ message: "silent", responses: ["one"] });
  const soon = [
    bench.io.timeout(100).serverSideEmitWithAck("hello"),
    new Promise((_resolve, reject) => bench.io.of("/").timeout(100).serverSideEmit("hello", reject)),
  ];
  await new Promise(setImmediate);
  bench.clock.advance(100);
  for (const answer of soon) await expect(answer).rejects.toMatchObject({ message: "silent", responses: ["one"] });
  expect(await bench.io.of("/").adapter.serverCount()).toBe(3);
});

test("does what other servers ask", async () => {
  let host: AdapterHost | undefined;
  const bench = new Bench({
    adapter: (given) => {
      host = given;
      return {
        start: () => Promise.resolve(),
        close: () => Promise.resolve(),
        serverCount: () => Promise.resolve(2),
        publish: () => expect.unreachable("a command must not be published again"),
        query: () => expect.unreachable("a query must not be asked again"),
      };
    },
  });
  const [a, b] = [bench.join(), bench.join()];
  const [socketA] = bench.io.sockets.sockets.values();
  const to = { rooms: [socketA!.id], except: [] };
  socketA!.data.name = "a";
  host!.execute({ kind: "broadcast", to, data: ["x"] });
  expect([take(a), take(b)]).toEqual([['2["x"]'], []]);
  host!.execute({ kind: "join", to, rooms: ["r"] });
  expect(socketA!.rooms.has("r")).toBe(true);
  host!.execute({ kind: "leave", to, rooms: ["r"] });
  expect(socketA!.rooms.has("r")).toBe(false);

  const { signal } = new AbortController();
  const sockets: ClusterReply[] = [];
  for await (const reply of host!.answer({ kind: "fetchSockets", to }, signal)) sockets.push(reply);
  expect(sockets).toMatchObject([{ kind: "socket", socket: { id: socketA!.id, data: { name: "a" } } }]);

  const acks = (async () => {
    const replies: ClusterReply[] = [];
    const query = { kind: "broadcastWithAck", to, data: ["who"], timeoutMs: 100 } as const;
    for await (const reply of host!.answer(query, signal)) replies.push(reply);
    return replies;
  })();
  await vi.waitFor(() => expect(a.sent).toHaveLength(1));
  a.write(`3${/\d+/.exec(String(take(a)[0]).slice(1))![0]}["me"]`);
  expect(await acks).toEqual([
    { kind: "expect", count: 1 },
    { kind: "ack", data: ["me"] },
  ]);

  socketA!.join("r");
  const numbers: ClusterReply[] = [];
  for (const query of [{ kind: "count", to }, { kind: "rooms" }] as const)
    for await (const reply of host!.answer(query, signal)) numbers.push(reply);
  expect(numbers).toEqual([
    { kind: "count", count: 1 },
    { kind: "room", room: "r", count: 1 },
  ]);

  bench.io.on("sum", (x: number, y: number, reply: (sum: number) => void) => reply(x + y));
  const answers: ClusterReply[] = [];
  for await (const reply of host!.answer({ kind: "serverEventWithAck", data: ["sum", 1, 2] }, signal))
    answers.push(reply);
  expect(answers).toEqual([{ kind: "ack", data: [3] }]);

  host!.execute({ kind: "disconnect", to, closeConnection: true });
  expect([a.readyState, b.readyState]).toEqual(["closed", "open"]);
});

test.each([
  ["a class", class {}],
  ["a factory of something else", () => ({ broadcast() {} })],
])("refuses %s in place of an adapter's factory", (_what, adapter: Untyped) => {
  const { io } = new Bench();
  for (const use of [() => new Bench({ adapter }), () => io.adapter(adapter)])
    expect(use).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringContaining("AdapterFactory") }),
    );
});

test("replaces and closes adapters", async () => {
  const log: string[] = [];
  const named = (name: string) => (): Adapter => ({
    start: async () => void log.push(`start ${name}`),
    close: async () => void log.push(`close ${name}`),
    serverCount: async () => 1,
    publish: () => {},
    query: () => expect.unreachable(),
    roomChanged: (room, change) => void log.push(`${name}: ${room} ${change}`),
  });
  const bench = new Bench({ adapter: named("a") });
  const { io } = bench;
  bench.join();
  const [socket] = io.sockets.sockets.values();
  socket!.join("r");
  const second = named("b");
  expect(io.adapter(second)).toBe(io);
  expect(io.adapter()).toBe(second);
  await io.close();
  const rooms = [`${socket!.id} created`, "r created"];
  expect(log).toEqual([
    "start a",
    ...rooms.map((change) => `a: ${change}`),
    "start b",
    ...rooms.map((change) => `b: ${change}`), // those that there are already
    "close a",
    `b: ${socket!.id} deleted`,
    "b: r deleted",
    "close b",
  ]);
});
