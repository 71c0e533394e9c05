import { expect, test } from "vitest";
import type { Untyped } from "@halyard/contracts";
import { Bench, take } from "../fake-client.fixture.ts";

test.each<[string, Untyped]>([
  ["a number", 5],
  ["an object", { id: 1 }],
  ["nothing", undefined],
])("%s names a room as a text does", (_what, room) => {
  const bench = new Bench();
  const clients = [bench.join(), bench.join()] as const;
  const [first, second] = bench.io.sockets.sockets.values();
  first!.join(room);
  first!.join([room, "r"]);
  expect(first!.rooms).toEqual(new Set([first!.id, room, "r"]));
  bench.io.to(room).emit("a");
  second!.to(room).emit("b");
  bench.io.except(room).emit("c");
  second!.except(room).emit("d");
  expect(clients.map(take)).toEqual([['2["a"]', '2["b"]'], ['2["c"]']]);
  bench.io.in(second!.id).socketsJoin(room);
  bench.io.in(room).socketsLeave(room);
  expect(bench.io.sockets.adapter.rooms.has(room)).toBe(false);
});

test("a number and the text that looks like it are two rooms", () => {
  const bench = new Bench();
  const client = bench.join();
  const [socket] = bench.io.sockets.sockets.values();
  const room: Untyped = 5;
  socket!.join(room);
  bench.io.to("5").emit("a");
  expect(client.sent).toEqual([]);
});
