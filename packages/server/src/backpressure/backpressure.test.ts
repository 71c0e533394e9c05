import { expect, test, vi } from "vitest";
import type { Untyped } from "@halyard/contracts";
import { Bench, take, type FakeClient } from "../fake-client.fixture.ts";
import type { ServerOptions } from "../server.ts";
import type { Socket } from "../socket.ts";

function join(options: Partial<ServerOptions> = {}): { bench: Bench; client: FakeClient; socket: Socket } {
  const bench = new Bench(options);
  const client = bench.join();
  const [socket] = bench.io.sockets.sockets.values();
  return { bench, client, socket: socket! };
}

test("shows what waits to be sent, and tells once when nothing waits any more", () => {
  const { bench, client, socket } = join();
  const drained = vi.fn();
  socket.on("drain", drained);
  client.bufferedBytes = 5;
  expect(socket.bufferedBytes).toBe(5);
  expect(socket.bufferedBytes).toBe(5);
  client.drain();
  client.drain();
  bench.clock.advance(1_000);
  expect(drained.mock.calls).toEqual([[]]);
  client.bufferedBytes = 5;
  expect(socket.bufferedBytes).toBe(5);
  client.drain();
  expect(drained).toHaveBeenCalledTimes(2);
  expect(bench.clock.pendingCount).toBe(0);
});

test("does not tell those who have not asked, so that an application's own event of that name stays its own", () => {
  const { client, socket } = join();
  const heard = vi.fn();
  socket.on("drain", heard);
  client.bufferedBytes = 5;
  client.drain();
  expect(heard).not.toHaveBeenCalled();
  client.bufferedBytes = 0;
  expect(socket.bufferedBytes).toBe(0);
  client.drain();
  expect(heard).not.toHaveBeenCalled();
  client.write('2["drain",7]');
  socket.emit("drain", 8);
  expect(heard.mock.calls).toEqual([[7]]);
  expect(take(client)).toEqual(['2["drain",8]']);
});

test("notices a drain that the engine does not tell of", () => {
  const { bench, client, socket } = join();
  const drained = vi.fn();
  socket.on("drain", drained);
  client.bufferedBytes = 5;
  expect(socket.bufferedBytes).toBe(5);
  bench.clock.advance(1_000);
  expect(drained).not.toHaveBeenCalled();
  client.bufferedBytes = 0;
  bench.clock.advance(100);
  expect(drained).toHaveBeenCalledOnce();
});

test("tells every socket of the connection that has asked, and none that has left", () => {
  const { bench, client, socket } = join();
  bench.io.of("/a");
  bench.io.of("/b");
  for (const name of ["/a", "/b"]) client.write(`0${name},`);
  const sockets = [socket, ...["/a", "/b"].flatMap((name) => [...bench.io.of(name).sockets.values()])];
  const told: string[] = [];
  client.bufferedBytes = 5;
  for (const each of sockets) {
    each.on("drain", () => told.push(each.nsp.name));
    expect(each.bufferedBytes).toBe(5);
  }
  sockets[1]!.disconnect();
  client.drain();
  expect(told).toEqual(["/", "/b"]);
});

test("forgets who waits when the connection ends", () => {
  const { bench, client, socket } = join();
  const drained = vi.fn();
  socket.on("drain", drained);
  client.bufferedBytes = 5;
  expect(socket.bufferedBytes).toBe(5);
  client.lose();
  expect(socket.bufferedBytes).toBe(5);
  client.drain();
  bench.clock.advance(1_000);
  expect(drained).not.toHaveBeenCalled();
  expect(bench.clock.pendingCount).toBe(0);
});

test("reports what a listener of drain throws", () => {
  const { bench, client, socket } = join();
  socket.on("drain", () => {
    throw new Error("broken");
  });
  client.bufferedBytes = 5;
  expect(socket.bufferedBytes).toBe(5);
  client.drain();
  expect(bench.failures).toMatchObject([{ event: "drain", error: { message: "broken" } }]);
});

test("overflow: drops whole packets for which there is no room, and counts each once", () => {
  const { bench, client, socket } = join({ overflow: "drop" });
  client.maxBufferedBytes = 20;
  client.bufferedBytes = 8;
  socket.emit("fits");
  socket.emit("too", Buffer.alloc(10));
  socket.emit("fits", 1);
  socket.emit("this is too long by itself");
  bench.io.emit("this is too long by itself");
  bench.io.emit("too", Buffer.alloc(10));
  bench.io.emit("fits", 2);
  expect(take(client)).toEqual(['2["fits"]', '2["fits",1]', '2["fits",2]']);
  expect(bench.io.stats().dropped).toEqual({ volatile: 0, overflow: 4 });
});

test("overflow: an idle client gets packets of any size, and a slow one is still told of its sockets", () => {
  const { bench, client, socket } = join({ overflow: "drop" });
  client.maxBufferedBytes = 2;
  socket.emit("large", Buffer.alloc(100));
  expect(take(client)).toHaveLength(2);
  client.bufferedBytes = 3;
  client.write('21["ask"]');
  socket.on("ask", (reply) => reply());
  client.write('22["ask"]');
  expect(take(client)).toEqual([]);
  bench.io.of("/a");
  client.write("0/a,", "0/none,");
  socket.disconnect();
  expect(take(client)).toEqual([expect.stringContaining("0/a,{"), '4/none,{"message":"Invalid namespace"}', "1"]);
});

test("overflow: by default the connection is the engine's matter, and nothing is dropped", () => {
  const { bench, client, socket } = join();
  client.maxBufferedBytes = 2;
  client.bufferedBytes = 3;
  socket.emit("a");
  bench.io.emit("b");
  expect(take(client)).toEqual(['2["a"]', '2["b"]']);
  expect(bench.io.stats().dropped).toEqual({ volatile: 0, overflow: 0 });
});

test("refuses another overflow policy", () => {
  const overflow: Untyped = "ignore";
  expect(() => new Bench({ overflow })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});
