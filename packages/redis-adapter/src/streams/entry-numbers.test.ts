import { expect, test } from "vitest";
import { EntryNumbers } from "./entry-numbers.ts";

test("knows up to where all is settled, in whatever order it comes about", () => {
  const numbers = new EntryNumbers();
  expect([numbers.last, numbers.settled]).toEqual([0, 0]);
  expect(Array.from({ length: 5 }, () => numbers.next())).toEqual([1, 2, 3, 4, 5]);
  const settled = [2, 1, 1, 4, 5, 3, 2].map((number) => {
    numbers.settle(number);
    return numbers.settled;
  });
  expect(settled).toEqual([0, 2, 2, 2, 2, 5, 5]);
  expect(numbers.last).toBe(5);
});
