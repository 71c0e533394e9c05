import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { RecentNumbers } from "./recent-numbers.ts";

test("tells what comes again, for each sender", () => {
  const recent = new RecentNumbers();
  expect([1, 2, 4, 2, 3, 4, 1].map((number) => recent.add("a", number))).toEqual([
    true,
    true,
    true,
    false,
    true,
    false,
    false,
  ]);
  expect(recent.add("b", 1)).toBe(true);
});

test("is not held up by numbers out of all proportion", () => {
  const recent = new RecentNumbers();
  expect(recent.add("a", 1)).toBe(true);
  expect(recent.add("a", Number.MAX_SAFE_INTEGER)).toBe(true);
  expect(recent.add("a", 2)).toBe(false);
});

test("forgets senders that were silent for long", () => {
  const recent = new RecentNumbers();
  recent.add("a", 1);
  for (let sender = 0; sender < 256; sender++) recent.add(`sender ${sender}`, 1);
  expect(recent.add("a", 1)).toBe(true);
  expect(recent.add("sender 255", 1)).toBe(false);
});

test("tells what comes again from what comes late, wherever the numbers have got to", () => {
  const recent = new RecentNumbers();
  for (let number = 1; number <= 30_000; number += 2) expect(recent.add("a", number)).toBe(true);
  for (const late of [20_000, 25_000, 29_998])
    expect([recent.add("a", late), recent.add("a", late)]).toEqual([true, false]);
  for (const again of [20_001, 29_999]) expect(recent.add("a", again)).toBe(false);
  for (const tooLate of [2, 19_998]) expect(recent.add("a", tooLate)).toBe(false);
});

test("takes little memory for many senders, which may all have stopped long ago", () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const usedBytes = () => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = usedBytes();
  const recent = new RecentNumbers();
  for (let sender = 0; sender < 256; sender++)
    for (let number = 1; number <= 10_000; number++) recent.add(`sender ${sender}`, number);
  expect(usedBytes() - before).toBeLessThan(20_000_000);
  expect(recent.add("sender 0", 1)).toBe(false);
});

test("takes nothing for new that may be older than all it has noted", () => {
  const recent = new RecentNumbers();
  expect(recent.addAgain("a", 1)).toBe(false);
  for (const number of [5, 6, 8]) recent.add("a", number);
  expect([4, 5, 6, 7, 8, 9, 9].map((number) => recent.addAgain("a", number))).toEqual([
    false,
    false,
    false,
    true,
    false,
    true,
    false,
  ]);
});
