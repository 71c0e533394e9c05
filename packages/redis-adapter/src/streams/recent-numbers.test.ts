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
