import { expect, test, vi } from "vitest";
import { Adapter } from "../index.ts";
import { FakeNamespace, to } from "./fake-namespace.fixture.ts";

function start() {
  const nsp = new FakeNamespace();
  const adapter = new Adapter(nsp);
  const [a, b, c] = [nsp.join(adapter, "a", "r"), nsp.join(adapter, "b", "r", "s"), nsp.join(adapter, "c")];
  return { nsp, adapter, a, b, c, all: [a, b, c] };
}

test("rooms are kept, and their changes told", () => {
  const { adapter } = start();
  const log: unknown[] = [];
  for (const event of ["create-room", "delete-room", "join-room", "leave-room"])
    adapter.on(event, (...args) => void log.push([event, ...args]));
  void adapter.addAll("a", new Set(["r", "t"]));
  void adapter.del("a", "t");
  void adapter.del("a", "nowhere");
  adapter.delAll("b");
  adapter.delAll("nobody");
  expect(adapter.socketRooms("a")).toEqual(new Set(["a", "r"]));
  expect(adapter.rooms).toEqual(
    new Map([
      ["a", new Set(["a"])],
      ["r", new Set(["a"])],
      ["c", new Set(["c"])],
    ]),
  );
  expect(log).toEqual([
    ["create-room", "t"],
    ["join-room", "t", "a"],
    ["leave-room", "t", "a"],
    ["delete-room", "t"],
    ["leave-room", "b", "b"],
    ["delete-room", "b"],
    ["leave-room", "r", "b"],
    ["leave-room", "s", "b"],
    ["delete-room", "s"],
  ]);
});

test.each([
  [[], [], ["a", "b", "c"]],
  [["r"], [], ["a", "b"]],
  [["r", "s", "a"], [], ["a", "b"]],
  [["r"], ["s"], ["a"]],
  [[], ["r"], ["c"]],
  [["nowhere"], [], []],
])("to %j except %j means %j, each once", async (rooms, except, expected) => {
  const { adapter, all } = start();
  const packet = { type: 2, data: ["x"] };
  adapter.broadcast(packet, to(rooms, except, { volatile: true, compress: false }));
  expect(all.filter(({ sent }) => sent.length > 0).map(({ id }) => id)).toEqual(expected);
  for (const { sent } of all.filter(({ sent: got }) => got.length > 0))
    expect(sent).toEqual([{ data: ["x"], preEncoded: true, volatile: true, compress: false }]);
  expect(packet).toEqual({ type: 2, data: ["x"] });
  expect((await adapter.fetchSockets(to(rooms, except))).map(({ id }) => id)).toEqual(expected);
  if (except.length === 0) expect(await adapter.sockets(new Set(rooms))).toEqual(new Set(expected));
});

test("sockets are counted and answer", () => {
  const { nsp, adapter, a, b } = start();
  nsp._ids = 7;
  const [onCount, onAck] = [vi.fn(), vi.fn()];
  adapter.broadcastWithAck({ type: 2, data: ["who"] }, { rooms: new Set(["r"]) }, onCount, onAck);
  expect(onCount).toHaveBeenCalledExactlyOnceWith(2);
  for (const socket of [a, b]) socket.acks.get(7)?.(socket.id);
  expect(onAck.mock.calls).toEqual([["a"], ["b"]]);
  expect(nsp._ids).toBe(8);
});

test("what a socket sends is told to those who listen to it", () => {
  const { nsp, adapter } = start();
  const heard = vi.fn();
  Object.assign(nsp.sockets.get("a")!, { notifyOutgoingListeners: heard });
  adapter.broadcast({ type: 2, data: ["x"] }, to());
  expect(heard).toHaveBeenCalledExactlyOnceWith({ type: 2, data: ["x"], nsp: "/" });
});

test("sockets join, leave and go", () => {
  const { adapter, b, c } = start();
  adapter.addSockets(to(["r"]), ["t", "u"]);
  expect(adapter.rooms.get("t")).toEqual(new Set(["a", "b"]));
  adapter.delSockets(to([], ["a"]), ["t", "r"]);
  expect([...adapter.socketRooms("b")!]).toEqual(["b", "s", "u"]);
  adapter.disconnectSockets(to(["b"]), true);
  adapter.disconnectSockets(to(["c"]), false);
  expect([b.sent, c.sent]).toEqual([["closed"], ["disconnected"]]);
  expect([...adapter.sids.keys()]).toEqual(["a"]);
});

test("alone it counts one server, keeps no session, and says that events reach nobody", async () => {
  const { adapter } = start();
  const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  adapter.serverSideEmit(["x"]);
  expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("serverSideEmit"), { code: "NO_CLUSTER" });
  expect(await adapter.serverCount()).toBe(1);
  expect(await adapter.restoreSession("p", "o")).toBeNull();
});
