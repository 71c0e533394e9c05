import { deepEqual } from "node:assert";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { Bench } from "../fake-client.fixture.ts";
import type { Socket } from "../socket.ts";

function connect(): { bench: Bench; a: Socket; b: Socket; rooms: Map<string, Set<string>>; sids: typeof rooms } {
  const bench = new Bench();
  bench.join();
  bench.join();
  const [a, b] = bench.io.sockets.sockets.values();
  const { rooms, sids } = bench.io.sockets.adapter;
  return { bench, a: a!, b: b!, rooms, sids };
}

test("rooms are a map of sets to those who print, compare or check them", () => {
  const { a, b, rooms, sids } = connect();
  a.join(["r", "s"]);
  b.join(["r", a.id]);
  const expectedRooms = new Map([
    [a.id, new Set([a.id, b.id])],
    [b.id, new Set([b.id])],
    ["r", new Set([a.id, b.id])],
    ["s", new Set([a.id])],
  ]);
  const expectedSids = new Map([
    [a.id, new Set([a.id, "r", "s"])],
    [b.id, new Set([b.id, "r", a.id])],
  ]);
  for (const [view, expected] of [
    [rooms, expectedRooms],
    [sids, expectedSids],
  ] as const) {
    expect(inspect({ view }, { depth: 0 })).toBe(inspect({ view: expected }, { depth: 0 }));
    expect(inspect(view)).toBe(inspect(expected));
    expect(view).toBeInstanceOf(Map);
    expect(view.get(a.id)).toBeInstanceOf(Set);
    expect(view).toEqual(expected);
    deepEqual(view, expected);
    expect([...view]).toEqual([...expected]);
    expect([...view.values()]).toEqual([...expected.values()]);
    expect(view.size).toBe(expected.size);
  }
});

test("visits with the receiver it is given", () => {
  const { a, b, rooms } = connect();
  const visits: unknown[] = [];
  rooms.forEach(function (this: unknown, ids, room, map) {
    visits.push([this, ids, room, map]);
  }, 1);
  expect(visits).toEqual([
    [1, new Set([a.id]), a.id, rooms],
    [1, new Set([b.id]), b.id, rooms],
  ]);
});

test("printing keeps no set in memory", () => {
  const { a, sids } = connect();
  inspect(sids);
  const before = sids.get(a.id);
  a.join("r");
  expect(before).toEqual(new Set([a.id, "r"]));
});

test("counts rooms as they come and go", () => {
  const { a, b, rooms } = connect();
  expect(rooms.size).toBe(2);
  a.join(["r", b.id]);
  b.leave(b.id);
  a.leave(a.id);
  expect(rooms.size).toBe(2);
  expect([...rooms.keys()]).toEqual([b.id, "r"]);
  a.disconnect();
  expect(rooms.size).toBe(0);
});

test("are not changed from outside", () => {
  const { a, rooms, sids } = connect();
  const unsupported = expect.objectContaining({ code: "UNSUPPORTED" });
  for (const view of [rooms, sids]) {
    expect(() => view.set("r", new Set())).toThrow(unsupported);
    expect(() => view.delete(a.id)).toThrow(unsupported);
    expect(() => view.clear()).toThrow(unsupported);
    expect(view.size).toBe(2);
  }
});
