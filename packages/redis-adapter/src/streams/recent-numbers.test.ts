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

/** Notes messages, of which each says that all before it are settled, or up to where they are. */
function missed(recent: RecentNumbers, ...messages: readonly (number | readonly [number, number])[]): number[] {
  return messages.map((message) => {
    const [number, settled] = typeof message === "number" ? [message, message - 1] : message;
    recent.add("a", number);
    return recent.countMissing("a", number, settled);
  });
}

test("counts what is missing once, from the first message of a sender on", () => {
  expect(missed(new RecentNumbers(), 5, 6, 9, 10, 12, 11, 13)).toEqual([0, 0, 2, 0, 1, 0, 0]);
});

test("waits for what may come yet", () => {
  const recent = new RecentNumbers();
  expect(missed(recent, 1, [4, 1], [5, 1], [2, 1], [3, 1], [6, 1], 7)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  expect(missed(recent, [10, 7], [11, 8], [9, 8], [12, 11])).toEqual([0, 1, 0, 0]);
});

test("misses nothing of a long row that says late that it is settled", () => {
  const recent = new RecentNumbers();
  for (let number = 1; number <= 30_000; number++) expect(missed(recent, [number, 0])).toEqual([0]);
  expect(missed(recent, 30_001, 30_003)).toEqual([0, 1]);
});

test("misses what would not be taken for new any more", () => {
  const recent = new RecentNumbers();
  expect(missed(recent, 1, [3, 1], [10_002, 1], [10_003, 1])).toEqual([0, 0, 1, 0]);
  expect(missed(recent, [30_000, 1])).toEqual([19_997]);
});

test("counts no number out of all proportion one by one", () => {
  const recent = new RecentNumbers();
  expect(missed(recent, 1, Number.MAX_SAFE_INTEGER)).toEqual([0, Number.MAX_SAFE_INTEGER - 2]);
});

test("begins to count anew after a loss that is told", () => {
  const recent = new RecentNumbers();
  missed(recent, 1, 2, 3);
  recent.excuse();
  expect(missed(recent, 2, 3, 8, 9, 11)).toEqual([0, 0, 0, 0, 1]);
  recent.excuse();
  expect(missed(recent, 20, 21)).toEqual([0, 0]);
});

test("misses nothing of a sender that was forgotten", () => {
  const recent = new RecentNumbers();
  expect(recent.countMissing("a", 7, 6)).toBe(0);
  missed(recent, 1);
  for (let sender = 0; sender < 256; sender++) recent.add(`sender ${sender}`, 1);
  expect(missed(recent, 9, 11)).toEqual([0, 1]);
});
