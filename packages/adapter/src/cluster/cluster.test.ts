import type { AdapterHost, Bus, BusHandler, BusMessage, ClusterCommand } from "@halyard/contracts";
import { FakeClock } from "@halyard/core/testing";
import { subscribe } from "@halyard/diagnostics";
import { expect, onTestFinished, test, vi } from "vitest";
import { createClusterAdapter, MemoryNetwork } from "../index.ts";
import { noReplies, read, settle, TestCluster } from "./cluster.fixture.ts";

const everyone = { rooms: [], except: [] };
const never = new AbortController().signal;

test("nodes find each other at once, and count each other", async () => {
  const cluster = new TestCluster();
  const [a, b, c] = [await cluster.join("a"), await cluster.join("b"), await cluster.join("c")];
  for (const { adapter } of [a, b, c]) expect(await adapter.serverCount()).toBe(3);
  expect(a.cluster.nodes.toSorted()).toEqual(["b", "c"]);
});

test("commands reach every other node, in order, as they were", async () => {
  const cluster = new TestCluster();
  const [a, b, c] = [await cluster.join("a"), await cluster.join("b"), await cluster.join("c")];
  const to = { rooms: ["r"], except: ["s"] };
  const commands: ClusterCommand[] = [
    { kind: "broadcast", to, data: ["x", 1, Uint8Array.of(1, 2)], volatile: true, compress: false },
    { kind: "broadcast", to: everyone, data: ["y"], volatile: false, compress: true },
    { kind: "join", to, rooms: ["t", "u"] },
    { kind: "leave", to, rooms: ["t"] },
    { kind: "disconnect", to, closeConnection: true },
    { kind: "serverEvent", data: ["hello", { a: 1 }] },
  ];
  for (const command of commands) a.adapter.publish(command);
  await settle();
  expect(b.executed).toEqual(commands);
  expect(c.executed).toEqual(commands);
  expect(a.executed).toEqual([]);
});

test("the replies of all nodes come as they are given", async () => {
  const cluster = new TestCluster();
  const [a, b, c] = [await cluster.join("a"), await cluster.join("b"), await cluster.join("c")];
  b.reply = async function* () {
    yield { kind: "ack", data: ["from b"] };
  };
  c.reply = async function* () {
    yield { kind: "ack", data: ["from c"] };
  };
  const replies = await read(a.adapter.query({ kind: "serverEventWithAck", data: ["who"] }, never));
  expect(replies).toEqual([
    { kind: "ack", data: ["from b"] },
    { kind: "ack", data: ["from c"] },
  ]);
  expect(b.asked).toEqual([{ kind: "serverEventWithAck", data: ["who"] }]);
});

test("answers of many sockets come in parts, and none is missing", async () => {
  const cluster = new TestCluster();
  const [a, b] = [await cluster.join("a"), await cluster.join("b")];
  const ids = Array.from({ length: 1_000 }, (_, index) => `socket ${index}`);
  b.reply = async function* () {
    for (const id of ids) yield { kind: "socket", socket: { id, rooms: [id], handshake: {}, data: {} } };
  };
  const replies = await read(a.adapter.query({ kind: "fetchSockets", to: everyone }, never));
  expect(replies.map((reply) => reply.kind === "socket" && reply.socket.id)).toEqual(ids);
});

test("an answer to a broadcast is over when every client has answered, or its node says that no more will", async () => {
  const cluster = new TestCluster();
  const [a, b, c] = [await cluster.join("a"), await cluster.join("b"), await cluster.join("c")];
  b.reply = async function* () {
    yield { kind: "expect", count: 1 };
    yield { kind: "ack", data: [1] };
  };
  c.reply = async function* () {
    yield { kind: "expect", count: 2 };
    yield { kind: "ack", data: [2] };
  };
  const query = { kind: "broadcastWithAck", to: everyone, data: ["q"], timeoutMs: 700 } as const;
  const replies = await read(a.adapter.query(query, never));
  expect(replies.filter(({ kind }) => kind === "ack")).toHaveLength(2);
  expect(b.asked).toEqual([{ ...query, volatile: false, compress: true }]);
});

test("counts and rooms take a message of a few bytes from each node", async () => {
  const cluster = new TestCluster();
  const [a, b] = [await cluster.join("a"), await cluster.join("b")];
  b.reply = async function* (query) {
    if (query.kind === "count") yield { kind: "count", count: 1_000_000 };
    else yield { kind: "room", room: "r", count: 7 };
  };
  expect(await read(a.adapter.query({ kind: "count", to: everyone }, never))).toEqual([
    { kind: "count", count: 1_000_000 },
  ]);
  expect(await read(a.adapter.query({ kind: "rooms" }, never))).toEqual([{ kind: "room", room: "r", count: 7 }]);
});

test("a node answers for namespaces that it does not have, so that nobody waits for it", async () => {
  const cluster = new TestCluster();
  const a = await cluster.join("a", "/only-here");
  await cluster.join("b", "/elsewhere");
  const query = { kind: "serverEventWithAck", data: ["who"] } as const;
  expect(await read(a.adapter.query(query, never))).toEqual([]);
});

test("a silent node is named when the time is over, after what the others have answered", async () => {
  const cluster = new TestCluster();
  const [a, b, c] = [await cluster.join("a"), await cluster.join("b"), await cluster.join("c")];
  b.reply = async function* () {
    yield { kind: "ack", data: [1] };
  };
  const aborted: unknown[] = [];
  c.reply = async function* (_query, signal) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    aborted.push(signal.aborted);
    yield* noReplies;
  };
  const controller = new AbortController();
  const replies = read(a.adapter.query({ kind: "serverEventWithAck", data: ["who"] }, controller.signal));
  await settle();
  controller.abort();
  expect(await replies).toEqual([
    { kind: "ack", data: [1] },
    { kind: "missing", node: "c", reason: "silent" },
  ]);
  expect(a.cluster.stats().pendingQueries).toBe(0);
  cluster.clock.advance(60_000); // the answer is given up some time
  await settle();
  expect(aborted).toEqual([true]);
  expect(c.cluster.stats().pendingAnswers).toBe(0);
});

test("a node that dies in the middle of a query is noticed, not waited for", async () => {
  const cluster = new TestCluster();
  const [a, b] = [await cluster.join("a"), await cluster.join("b")];
  b.reply = () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) });
  const left = vi.fn();
  a.cluster.on("leave", left);
  const replies = read(a.adapter.query({ kind: "fetchSockets", to: everyone }, never));
  await settle();
  cluster.network.setFaults({ drop: 1 }); // it is not heard any more
  for (let second = 0; second < 12; second++) cluster.clock.advance(1_000);
  expect(await replies).toEqual([{ kind: "missing", node: "b", reason: "left" }]);
  expect(left).toHaveBeenCalledExactlyOnceWith("b");
  expect(await a.adapter.serverCount()).toBe(1);
  expect(await read(a.adapter.query({ kind: "fetchSockets", to: everyone }, never))).toEqual([]);
});

test("a node that leaves says so", async () => {
  const cluster = new TestCluster();
  const [a, b] = [await cluster.join("a"), await cluster.join("b")];
  await b.adapter.close();
  await settle();
  expect(await a.adapter.serverCount()).toBe(1);
});

test("heartbeats keep a quiet cluster together", async () => {
  const cluster = new TestCluster();
  const [a, b] = [await cluster.join("a"), await cluster.join("b")];
  for (let second = 0; second < 60; second++) {
    cluster.clock.advance(1_000);
    await settle();
  }
  for (const { adapter } of [a, b]) expect(await adapter.serverCount()).toBe(2);
});

test("a pause of the process is nobody's silence", async () => {
  const cluster = new TestCluster();
  const [a] = [await cluster.join("a"), await cluster.join("b")];
  cluster.clock.stall(60_000);
  cluster.clock.advance(0);
  expect(await a.adapter.serverCount()).toBe(2);
});

test("while its bus is down a node knows the others, names them, and finds them again", async () => {
  const cluster = new TestCluster();
  const [a, b] = [await cluster.join("a"), await cluster.join("b")];
  const log: string[] = [];
  for (const event of ["down", "up", "gap"] as const) a.cluster.on(event, () => void log.push(event));
  cluster.network.partition(["b"]);
  await settle();
  for (let second = 0; second < 30; second++) cluster.clock.advance(1_000);
  await settle();
  expect(await a.adapter.serverCount()).toBe(2);
  expect(await b.adapter.serverCount()).toBe(1);
  a.adapter.publish({ kind: "serverEvent", data: ["later"] });
  expect(a.cluster.stats().backlog.messages).toBe(1);
  const controller = new AbortController();
  const replies = read(a.adapter.query({ kind: "fetchSockets", to: everyone }, controller.signal));
  controller.abort();
  expect(await replies).toEqual([{ kind: "missing", node: "b", reason: "silent" }]);
  cluster.network.heal();
  await settle();
  expect(b.executed).toEqual([{ kind: "serverEvent", data: ["later"] }]);
  expect(await b.adapter.serverCount()).toBe(2);
  expect(log).toEqual(["down", "up", "gap"]);
  expect(a.gaps).toBe(1);
});

test("a query that nobody reads to its end is forgotten", async () => {
  const cluster = new TestCluster();
  const [a, b] = [await cluster.join("a"), await cluster.join("b")];
  b.reply = async function* (_query, signal) {
    yield { kind: "expect", count: 2 };
    yield { kind: "ack", data: [1] };
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  };
  const query = { kind: "broadcastWithAck", to: everyone, data: ["q"], timeoutMs: 100 } as const;
  for await (const reply of a.adapter.query(query, never)) if (reply.kind === "ack") break;
  expect(a.cluster.stats().pendingQueries).toBe(0);
  await a.adapter.close();
  await settle();
  expect(b.cluster.stats().pendingAnswers).toBe(0); // nobody waits for it
});

test("a doubled answer counts once", async () => {
  const cluster = new TestCluster({ duplicate: 1 });
  const [a, b, c] = [await cluster.join("a"), await cluster.join("b"), await cluster.join("c")];
  for (const node of [b, c])
    node.reply = async function* () {
      yield { kind: "socket", socket: { id: node.id, rooms: [], handshake: {}, data: {} } };
    };
  const replies = await read(a.adapter.query({ kind: "fetchSockets", to: everyone }, never));
  expect(replies.map((reply) => reply.kind === "socket" && reply.socket.id)).toEqual(["b", "c"]);
});

test("one bus serves all namespaces, and is closed with the last", async () => {
  const clock = new FakeClock();
  const network = new MemoryNetwork({ clock });
  const executed: unknown[] = [];
  const open = (factory: ReturnType<typeof createClusterAdapter>, namespace: string) => {
    const host: AdapterHost = {
      namespace,
      execute: (command) => void executed.push([namespace, command.kind]),
      answer: () => noReplies,
    };
    const adapter = factory(host);
    void adapter.start();
    return adapter;
  };
  const [one, other] = [
    createClusterAdapter(network.join(), { clock }),
    createClusterAdapter(network.join(), { clock }),
  ];
  const [main, second] = [open(one, "/"), open(one, "/second")];
  open(other, "/");
  const far = open(other, "/second");
  await settle();
  far.publish({ kind: "serverEvent", data: ["x"] });
  await settle();
  expect(executed).toEqual([["/second", "serverEvent"]]);
  await main.close();
  await settle();
  expect(await far.serverCount()).toBe(2);
  await second.close();
  await settle();
  expect(await far.serverCount()).toBe(1);
  expect(() => open(one, "/")).toThrow(expect.objectContaining({ code: "CLUSTER_CLOSED" }));
});

test("what cannot be read is counted and skipped, and what comes after it is not", async () => {
  const cluster = new TestCluster();
  const bad = cluster.network.join("bad");
  await bad.start({ onMessage() {}, onStatus() {}, onMalformed() {} });
  const a = await cluster.join("a");
  const malformed = vi.fn();
  a.cluster.on("malformed", malformed);
  const say = (type: number, data?: unknown) => bad.publish({ uid: "bad", nsp: "/", type, data });
  const opts = { rooms: [], except: [], flags: {} };
  say(3);
  say(3, { opts, packet: { type: 2, data: [] } });
  say(3, { opts: { rooms: "r", except: [] }, packet: { data: ["x"] } });
  say(4, { opts });
  say(7, { opts });
  say(8, { requestId: "a.0", sockets: [{}] });
  say(9, { packet: [{}] });
  say(11, { requestId: "a.0", clientCount: "1" });
  for (const message of [
    { uid: 1, nsp: "/", type: 3 },
    { uid: "bad", nsp: "/" },
    { uid: "x".repeat(300), nsp: "/", type: 2 },
  ])
    bad.publish(message as unknown as BusMessage);
  say(99, {});
  say(3, { opts, packet: { type: 2, data: ["good"] } });
  await settle();
  expect(malformed).toHaveBeenCalledTimes(11);
  expect(a.cluster.stats().malformed).toBe(11);
  expect(a.executed).toMatchObject([{ kind: "broadcast", data: ["good"] }]);
});

test("emitters are heard and not counted", async () => {
  const cluster = new TestCluster();
  const a = await cluster.join("a");
  const bus = cluster.network.join("a process");
  await bus.start({ onMessage() {}, onStatus() {}, onMalformed() {} });
  const data = { opts: { rooms: [], except: [] }, packet: { type: 2, data: ["x"], nsp: "/" } };
  bus.publish({ uid: "emitter", nsp: "/", type: 3, data });
  await settle();
  expect(a.executed).toMatchObject([{ kind: "broadcast", data: ["x"] }]);
  expect(await a.adapter.serverCount()).toBe(1);
});

test("a listener that throws concerns nobody else", async () => {
  const cluster = new TestCluster();
  const onError = vi.fn();
  const factory = createClusterAdapter(cluster.network.join("a"), { clock: cluster.clock, onError });
  const adapter = factory({ namespace: "/", execute() {}, answer: () => noReplies });
  const thrown = new Error("broken");
  factory.cluster.on("join", () => {
    throw thrown;
  });
  await adapter.start();
  await settle();
  await cluster.join("b");
  expect(onError).toHaveBeenCalledExactlyOnceWith(thrown);
  expect(await adapter.serverCount()).toBe(2);
});

test.each([{ heartbeatInterval: 0 }, { heartbeatTimeout: Number.NaN }])("refuses %o", (options) => {
  const bus = new MemoryNetwork().join();
  expect(() => createClusterAdapter(bus, options)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});

/** A bus that counts its nodes, some of which are known by number only. */
function counting(bus: Bus, peerCount?: () => Promise<number>): Bus & { batches: boolean[] } {
  const batches: boolean[] = [];
  return {
    nodeId: bus.nodeId,
    backlog: bus.backlog,
    batches,
    start: (handler) => bus.start(handler),
    publish: (message) => bus.publish(message),
    send: (message, to) => bus.send(message, to),
    close: () => bus.close(),
    ...(peerCount && { peerCount }),
    allowBatches: (allowed) => void batches.push(allowed),
  };
}

test("nodes that are known by number only are waited for, counted and named", async () => {
  const cluster = new TestCluster();
  let peers = 1;
  const bus = counting(cluster.network.join("a"), () => Promise.resolve(peers));
  const adapter = createClusterAdapter(bus, { clock: cluster.clock })({
    namespace: "/",
    execute() {},
    answer: () => noReplies,
  });
  await adapter.start();
  const b = await cluster.join("b");
  b.reply = async function* (query) {
    if (query.kind === "count") yield { kind: "count", count: 3 };
    else yield { kind: "socket", socket: { id: "s", rooms: ["s"], handshake: {}, data: {} } };
  };
  expect(await adapter.serverCount()).toBe(2);
  expect(await read(adapter.query({ kind: "count", to: everyone }, never))).toEqual([{ kind: "count", count: 3 }]);
  peers = 2;
  expect(await adapter.serverCount()).toBe(3);
  const controller = new AbortController();
  const replies = read(adapter.query({ kind: "count", to: everyone }, controller.signal));
  await settle();
  controller.abort();
  expect(await replies).toEqual([
    { kind: "count", count: 1 }, // of descriptions
    { kind: "missing", node: "unknown", reason: "silent" },
  ]);
  expect(b.asked.map(({ kind }) => kind)).toEqual(["count", "fetchSockets"]);
});

test.each([
  [["b", "silent"], "silent"],
  [["b", "silent", "other"], "unknown"],
  [[], "unknown"],
])("of %j, the node that is missing is called %s", async (names, missing) => {
  const cluster = new TestCluster();
  const peerNames = vi.fn(() => Promise.resolve(names));
  const bus = { ...counting(cluster.network.join("a"), () => Promise.resolve(2)), peerNames };
  const options = { clock: cluster.clock };
  const adapter = createClusterAdapter(bus, options)({ namespace: "/", execute() {}, answer: () => noReplies });
  await adapter.start();
  await cluster.join("b");
  const controller = new AbortController();
  const replies = read(adapter.query({ kind: "fetchSockets", to: everyone }, controller.signal));
  await settle();
  expect(peerNames).not.toHaveBeenCalled();
  cluster.clock.advance(500);
  await settle();
  controller.abort();
  expect(await replies).toEqual([{ kind: "missing", node: missing, reason: "silent" }]);
});

test("a backend that cannot count now holds nobody up for longer than the caller waits", async () => {
  const cluster = new TestCluster();
  const bus = counting(cluster.network.join("a"), () => new Promise(() => {}));
  const adapter = createClusterAdapter(bus, { clock: cluster.clock })({
    namespace: "/",
    execute() {},
    answer: () => noReplies,
  });
  await adapter.start();
  await cluster.join("b");
  const controller = new AbortController();
  const replies = ["count", "rooms"].map((kind) =>
    read(adapter.query(kind === "count" ? { kind, to: everyone } : { kind: "rooms" }, controller.signal)),
  );
  controller.abort();
  for (const list of await Promise.all(replies))
    expect(list).toEqual([{ kind: "missing", node: "b", reason: "silent" }]);
  const count = adapter.serverCount();
  cluster.clock.advance(5_000);
  expect(await count).toBe(2);
});

test("batches are allowed while every other node is one of ours", async () => {
  const cluster = new TestCluster();
  const bus = counting(cluster.network.join("a"));
  const options = { clock: cluster.clock };
  const adapter = createClusterAdapter(bus, options)({ namespace: "/", execute() {}, answer: () => noReplies });
  await adapter.start();
  await cluster.join("b");
  expect(bus.batches).toEqual([true]);
  const foreign = cluster.network.join("foreign");
  const heard: unknown[] = [];
  await foreign.start({ onMessage: (message) => void heard.push(message), onStatus() {}, onMalformed() {} });
  foreign.publish({ uid: "foreign", nsp: "/", type: 1 });
  await settle();
  expect(bus.batches).toEqual([true, false]);
  expect(heard).toContainEqual(expect.objectContaining({ uid: "a", nsp: "/", type: 2 }));
  expect(await adapter.serverCount()).toBe(3);
  foreign.publish({ uid: "foreign", nsp: "/", type: 13 });
  await settle();
  expect(bus.batches).toEqual([true, false, true]);
  expect(await adapter.serverCount()).toBe(2);
});

test("where nodes may listen in silence, batches end for good with the first one of socket.io, and begin with those of ours", async () => {
  const cluster = new TestCluster();
  const bus = counting(cluster.network.join("a"), () => Promise.resolve(1));
  const options = { clock: cluster.clock };
  const adapter = createClusterAdapter(bus, options)({ namespace: "/", execute() {}, answer: () => noReplies });
  await adapter.start();
  const early = cluster.network.join("b");
  await early.start({ onMessage() {}, onStatus() {}, onMalformed() {} });
  early.publish({ uid: "b", nsp: "/", type: 9, data: { packet: ["heard before it has said who it is"] } });
  early.publish({ uid: "b", nsp: "/", type: 2, data: { halyard: { version: 1 } } });
  await settle();
  expect(bus.batches).toEqual([true]);
  early.publish({ uid: "foreign", nsp: "/", type: 9, data: { packet: ["x"] } });
  await settle();
  expect(bus.batches).toEqual([true, false]);
  for (let second = 0; second < 30; second++) {
    cluster.clock.advance(1_000);
    early.publish({ uid: "b", nsp: "/", type: 2, data: { halyard: { version: 1 } } });
    await settle();
  }
  expect(await adapter.serverCount()).toBe(2);
  expect(bus.batches).toEqual([true, false]);
});

test("of what was sent before a node began, only broadcasts that tell their place are carried out, as past ones", async () => {
  const clock = new FakeClock();
  let handler: BusHandler | undefined;
  const bus: Bus = {
    nodeId: "a",
    backlog: { messages: 0, bytes: 0 },
    start: async (given) => void (handler = given),
    publish: () => {},
    send: () => {},
    close: async () => {},
  };
  const factory = createClusterAdapter(bus, { clock });
  const executed: ClusterCommand[] = [];
  const host = {
    namespace: "/",
    pastMs: 5_000,
    execute: (command: ClusterCommand) => void executed.push(command),
    answer: () => noReplies,
  };
  await factory(host).start();
  expect(handler?.pastMs).toBe(5_000);
  const joined = vi.fn();
  factory.cluster.on("join", joined);
  const opts = { rooms: ["r"], except: [] };
  const broadcast = { opts, packet: { type: 2, data: ["n"], nsp: "/" } };
  for (const [type, data] of [
    [3, broadcast],
    [3, { ...broadcast, mark: "there" }],
    [3, { ...broadcast, mark: "there", requestId: "1" }],
    [4, { opts, rooms: ["s"] }],
    [9, { packet: ["event"] }],
    [3, "malformed"],
  ])
    handler?.onMessage({ uid: "gone", nsp: "/", type, data }, "1-0", true);
  handler?.onMessage("malformed", "1-0", true);
  expect(executed).toMatchObject([{ kind: "broadcast", to: opts, data: ["n"], mark: "there", isPast: true }]);
  expect(joined).not.toHaveBeenCalled();
});

test("a namespace that is created later gets what was sent to it before, as past, before anything else", async () => {
  const cluster = new TestCluster();
  const factory = createClusterAdapter(cluster.network.join("a"), { clock: cluster.clock });
  const executed: ClusterCommand[] = [];
  const host = (namespace: string, pastMs: number) => ({
    namespace,
    pastMs,
    execute: (command: ClusterCommand) => void executed.push(command),
    answer: () => noReplies,
  });
  await factory(host("/", 60_000)).start();
  const others = ["/late", "/unshared", "/old"];
  const nodes = await Promise.all(others.map((namespace) => cluster.join(`node of ${namespace}`, namespace)));
  const publish = async (number: number, mark?: string): Promise<void> => {
    for (const { adapter } of nodes)
      adapter.publish({
        kind: "broadcast",
        to: { rooms: [], except: [] },
        data: [number],
        ...(mark !== undefined && { mark }),
      });
    await settle();
  };
  await publish(1, "x");
  await publish(2);
  await publish(3, "y");
  const late = factory(host("/late", 60_000));
  void late.start();
  await publish(4, "z");
  expect(executed).toMatchObject([
    { data: [1], mark: "x", isPast: true },
    { data: [3], mark: "y", isPast: true },
    { data: [4], mark: "z" },
  ]);
  expect(executed[2]).not.toHaveProperty("isPast", true);
  void factory(host("/unshared", 0)).start();
  cluster.clock.advance(66_000);
  void factory(host("/old", 60_000)).start();
  expect(executed).toHaveLength(3);
});

test("the end of a node is told once it has left", async () => {
  const told: unknown[] = [];
  onTestFinished(subscribe("halyard:adapter:close", (message) => void told.push(message)));
  const cluster = new TestCluster();
  const [a] = [await cluster.join("a"), await cluster.join("b")];
  const closing = a.adapter.close();
  expect(told).toEqual([]);
  await closing;
  expect(told).toEqual([{ nodeId: "a" }]);
});
