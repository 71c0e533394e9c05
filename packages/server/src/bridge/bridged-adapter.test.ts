import { EventEmitter } from "node:events";
import type { Untyped } from "@halyard/contracts";
import { expect, test, vi } from "vitest";
import { Bench, take } from "../fake-client.fixture.ts";

/** An adapter in the form of socket.io's, whose cluster is played by the test. */
class Foreign extends EventEmitter {
  static last: Foreign;
  readonly nsp: Untyped;
  rooms: Untyped = new Map();
  sids: Untyped = new Map();
  readonly published: unknown[] = [];
  init = vi.fn();
  close = vi.fn();
  fetchSockets: Untyped = vi.fn(async () => [{ id: "far", rooms: ["far", "r"], handshake: {}, data: {} }]);
  serverSideEmit: Untyped = vi.fn((packet: Untyped[]) => packet.at(-1)?.call?.(undefined, null, [7]));

  constructor(nsp: Untyped) {
    super();
    this.nsp = nsp;
    Foreign.last = this;
  }

  serverCount(): Promise<number> {
    return Promise.resolve(2);
  }

  addAll(): void {}

  apply(_options: Untyped, _visit: Untyped): void {
    expect.unreachable("rooms are the server's matter");
  }

  /** As the incumbent's: it publishes first, and does the same to its own sockets later. */
  async broadcast(packet: Untyped, options: Untyped): Promise<void> {
    this.published.push([packet.data, [...options.rooms], options.flags]);
    await Promise.resolve();
    this.deliver(packet, options);
  }

  deliver(packet: Untyped, options: Untyped): void {
    const encoded = this.nsp.server.encoder.encode(packet);
    this.apply(options, (socket: Untyped) => socket.client.writeToEngine(encoded, options.flags));
  }

  broadcastWithAck(packet: Untyped, options: Untyped, onCount: Untyped, onAnswer: Untyped): void {
    let count = 0;
    this.apply(options, (socket: Untyped) => {
      count++;
      socket.acks.set(1, onAnswer);
      socket.client.writeToEngine([packet], options.flags);
    });
    onCount(count);
  }

  addSockets(options: Untyped, rooms: string[]): void {
    this.apply(options, (socket: Untyped) => socket.join(rooms));
  }

  delSockets(options: Untyped, rooms: string[]): void {
    this.apply(options, (socket: Untyped) => rooms.forEach((room) => socket.leave(room)));
  }

  disconnectSockets(options: Untyped, close: boolean): void {
    this.apply(options, (socket: Untyped) => socket.disconnect(close));
  }
}

const turn = () => new Promise(setImmediate);

function start(adapter: Untyped = (nsp: Untyped) => new Foreign(nsp)) {
  const bench = new Bench({ adapter });
  const clients = [bench.join(), bench.join()];
  const sockets = [...bench.io.sockets.sockets.values()];
  return { bench, io: bench.io, clients, sockets, foreign: Foreign.last };
}

const to = (...rooms: string[]) => ({ rooms: new Set(rooms), except: new Set(), flags: {} });

test.each([
  ["a function", (nsp: Untyped) => new Foreign(nsp)],
  ["a class", Foreign],
])("takes %s that makes an adapter of socket.io", async (_what, adapter) => {
  const { io, foreign } = start(adapter);
  expect(foreign.nsp.name).toBe("/");
  expect(foreign.init).toHaveBeenCalledOnce();
  expect(await io.of("/").adapter.serverCount()).toBe(2);
  await io.close();
  expect(foreign.close).toHaveBeenCalledOnce();
});

test("what happens here is published, and done to this server's sockets once", async () => {
  const { io, clients, sockets, foreign } = start();
  io.volatile.compress(false).emit("x", 1);
  io.in(sockets[0]!.id).socketsJoin("r");
  io.to("r").emit("y");
  await turn();
  expect(foreign.published).toEqual([
    [["x", 1], [], { volatile: true, compress: false }],
    [["y"], ["r"], {}],
  ]);
  expect(clients.map(take)).toEqual([['2["x",1]', '2["y"]'], ['2["x",1]']]);
});

test("what comes from other servers is done to this server's sockets", () => {
  const { clients, sockets, foreign, io } = start();
  const [a, b] = sockets;
  foreign.addSockets(to(a!.id), ["r"]);
  foreign.deliver({ data: ["x", 1] }, to());
  foreign.deliver({ data: ["y"] }, to("r"));
  foreign.delSockets(to(), ["r"]);
  foreign.deliver({ data: ["z"] }, to("r"));
  expect(clients.map(take)).toEqual([['2["x",1]', '2["y"]'], ['2["x",1]']]);
  const heard = vi.fn();
  io.on("hello", heard);
  foreign.nsp._onServerSideEmit(["hello", 1]);
  expect(heard).toHaveBeenCalledExactlyOnceWith(1);
  foreign.disconnectSockets(to(b!.id), true);
  expect(clients.map(({ readyState }) => readyState)).toEqual(["open", "closed"]);
});

test("the clients here answer other servers", async () => {
  const { clients, foreign } = start();
  const [onCount, onAnswer] = [vi.fn(), vi.fn()];
  foreign.broadcastWithAck({ data: ["who"] }, { ...to(), flags: { timeout: 100 } }, onCount, onAnswer);
  expect(onCount).toHaveBeenCalledExactlyOnceWith(2);
  for (const [index, client] of clients.entries())
    client.write(`3${/^2(\d+)/.exec(String(take(client)[0]))![1]}[${index}]`);
  await turn();
  expect(onAnswer.mock.calls).toEqual([[0], [1]]);
});

test("other servers' sockets are found and counted, and their answers collected", async () => {
  const { io, foreign } = start();
  expect((await io.fetchSockets()).map(({ id }) => id)).toContain("far");
  expect(await io.count()).toBe(3);
  expect(await io.of("/").adapter.roomSizes()).toEqual(new Map([["r", 1]]));
  expect(await io.serverSideEmitWithAck("sum")).toEqual([7]);
  foreign.broadcastWithAck = (_packet: Untyped, _options: Untyped, onCount: Untyped, onAnswer: Untyped) => {
    onCount(0);
    onCount(1);
    onAnswer("far");
  };
  expect(await io.to("r").emitWithAck("who")).toEqual(["far"]);
});

test("who is silent has no name, and failures are reported", async () => {
  const { bench, io, foreign } = start();
  foreign.fetchSockets = () => Promise.reject(new Error("timeout reached"));
  expect((await io.fetchSockets()).missingNodes).toEqual(["unknown"]);
  foreign.serverSideEmit = (packet: Untyped[]) => packet.at(-1)(new Error("timeout reached"), [1]);
  await expect(io.serverSideEmitWithAck("sum")).rejects.toMatchObject({
    code: "CLUSTER_TIMEOUT",
    responses: [1],
    missingNodes: ["unknown"],
  });
  foreign.serverSideEmit = (packet: Untyped[]) => packet.at(-1)(new Error("closed"));
  await expect(io.serverSideEmitWithAck("sum")).rejects.toMatchObject({ responses: [], missingNodes: ["unknown"] });
  foreign.broadcast = () => Promise.reject(new Error("no connection"));
  foreign.addSockets = () => {
    throw new Error("no connection either");
  };
  io.emit("x");
  io.socketsJoin("r");
  await turn();
  expect(bench.failures.map(({ error }) => error.message)).toEqual([
    "timeout reached",
    "no connection either",
    "no connection",
  ]);
});

test("rooms are those of the server, and their changes are told", () => {
  const { sockets, foreign } = start();
  const log: unknown[] = [];
  for (const event of ["create-room", "delete-room"]) foreign.on(event, (room) => void log.push([event, room]));
  sockets[0]!.join("r");
  expect(foreign.rooms.get("r")).toEqual(new Set([sockets[0]!.id]));
  expect(foreign.sids.get(sockets[0]!.id)).toEqual(new Set([sockets[0]!.id, "r"]));
  sockets[0]!.leave("r");
  expect(log).toEqual([
    ["create-room", "r"],
    ["delete-room", "r"],
  ]);
});
