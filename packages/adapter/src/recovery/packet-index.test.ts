import type { LoggedPacket, Selection } from "@halyard/contracts";
import { expect, test } from "vitest";
import { PacketIndex } from "./packet-index.ts";

function setUp() {
  const index = new PacketIndex();
  const packets: LoggedPacket[] = [];
  const add = (to: Selection | string): void => {
    const packet = { position: packets.length + 1, to, messages: [] };
    packets.push(packet);
    index.add(packet);
  };
  const to = (...rooms: string[]): Selection => ({ rooms, except: [] });
  const find = (after: number, sid: string, ...rooms: string[]): number[] =>
    index.findAfter(after, sid, rooms).map(({ position }) => position);
  return { index, packets, add, to, find };
}

test("finds what was for everybody, for any of the rooms, or for the socket alone: in order, each once", () => {
  const { add, to, find } = setUp();
  add(to("a", "b")); // 1
  add("me"); // 2
  add(to()); // 3
  add(to("me")); // 4
  add("other"); // 5
  add(to("b")); // 6
  add(to("c")); // 7
  expect(find(0, "me", "a", "b", "me")).toEqual([1, 2, 3, 4, 6]);
  expect(find(0, "me")).toEqual([2, 3]);
  expect(find(2, "me", "b")).toEqual([3, 6]);
  expect(find(6, "me", "a", "b")).toEqual([]);
});

test("gives exactly what a scan gives, whatever has been removed", () => {
  const { index, packets, add, to, find } = setUp();
  const rooms = ["a", "b", "c"];
  let removed = 0;
  for (let n = 0; n < 600; n++) {
    if (n % 7 === 0) add(to());
    else if (n % 5 === 0) add(`sid${n % 3}`);
    else add(to(...rooms.filter((_, bit) => ((n % 7) + 1) & (1 << bit))));
    const oldest = packets[removed];
    if (n % 3 !== 0 && oldest !== undefined) {
      index.removeOldest(oldest);
      removed++;
    }
    const scanned = packets.slice(removed).filter(({ position, to: target }) => {
      if (position <= n - 100) return false;
      if (typeof target === "string") return target === "sid0";
      return target.rooms.length === 0 || target.rooms.some((room) => room === "a" || room === "c");
    });
    expect(find(n - 100, "sid0", "a", "c", "a")).toEqual(scanned.map(({ position }) => position));
  }
});
