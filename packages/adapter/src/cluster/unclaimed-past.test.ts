import { expect, test } from "vitest";
import { UnclaimedPast } from "./unclaimed-past.ts";

const broadcast = (number: number, text = "") => ({
  kind: "broadcast" as const,
  to: { rooms: ["r"], except: [] },
  data: ["n", number, text] as const,
  mark: "m",
});

const numbers = (past: UnclaimedPast, namespace: string) => past.claim(namespace).map(({ data }) => data[1]);

test("gives each namespace what was sent to it, in order, once", () => {
  const past = new UnclaimedPast(1_000_000);
  for (let number = 0; number < 10; number++) past.keep(number % 2 === 0 ? "/a" : "/b", broadcast(number), 0);
  expect(numbers(past, "/a")).toEqual([0, 2, 4, 6, 8]);
  expect(numbers(past, "/a")).toEqual([]);
  past.keep("/a", broadcast(10), 0);
  expect(numbers(past, "/b")).toEqual([1, 3, 5, 7, 9]);
  expect(numbers(past, "/a")).toEqual([10]);
  expect(past.bytes).toBe(0);
});

test.each([
  ["text", (size: number) => broadcast(1, "x".repeat(size))],
  ["bytes", (size: number) => ({ ...broadcast(1), data: ["n", new Uint8Array(size)] as const })],
  ["names", (size: number) => ({ ...broadcast(1), data: ["n", { ["x".repeat(size)]: 1 }] as const })],
  ["rooms", (size: number) => ({ ...broadcast(1), to: { rooms: ["x".repeat(size)], except: [] } })],
])("keeps no more than it may, and the newest of it: %s", (_name, make) => {
  const past = new UnclaimedPast(100_000);
  for (let number = 0; number < 50; number++) past.keep(number % 2 === 0 ? "/a" : "/b", make(10_000), number);
  expect(past.bytes).toBeGreaterThan(80_000);
  expect(past.bytes).toBeLessThanOrEqual(100_000);
  past.keep("/c", make(200_000), 50);
  expect(past.bytes).toBe(0);
  for (const namespace of ["/a", "/b", "/c"]) expect(past.claim(namespace)).toEqual([]);
});

test("what its namespace has got makes room for others", () => {
  const past = new UnclaimedPast(30_000);
  for (let number = 0; number < 2; number++) past.keep("/a", broadcast(number, "x".repeat(10_000)), 0);
  past.claim("/a");
  for (let number = 2; number < 5; number++) past.keep("/b", broadcast(number, "x".repeat(10_000)), 1);
  expect(numbers(past, "/b")).toEqual([3, 4]);
});

test("forgets what is too old", () => {
  const past = new UnclaimedPast(1_000_000);
  for (let number = 0; number < 10; number++) past.keep(number % 2 === 0 ? "/a" : "/b", broadcast(number), number);
  past.claim("/b");
  past.expire(5);
  expect(numbers(past, "/a")).toEqual([6, 8]);
  past.keep("/a", broadcast(10), 10);
  past.expire(100);
  expect(past.bytes).toBe(0);
  expect(numbers(past, "/a")).toEqual([]);
});

test("keeps nothing where nothing may be kept", () => {
  const past = new UnclaimedPast(0);
  past.keep("/a", broadcast(1), 0);
  expect(past.claim("/a")).toEqual([]);
});

test("keeps no more than 50,000, however small", () => {
  const past = new UnclaimedPast(Number.POSITIVE_INFINITY);
  for (let number = 0; number < 50_010; number++) past.keep("/a", broadcast(number), 0);
  const kept = numbers(past, "/a");
  expect([kept.length, kept[0]]).toEqual([50_000, 10]);
});
