import { expect, test } from "vitest";
import { Deque } from "./deque.ts";

test("keeps order and finds by index, however much has passed through", () => {
  const deque = new Deque<number>();
  let first = 0;
  let next = 0;
  for (let round = 0; round < 1_000; round++) {
    for (let count = 0; count < 3; count++) deque.push(next++);
    for (let count = 0; count < (round % 5 === 0 ? 1 : 3); count++) expect(deque.shift()).toBe(first++);
    expect(deque.length).toBe(next - first);
    expect(deque.at(0)).toBe(deque.length === 0 ? undefined : first);
    expect(deque.at(deque.length - 1)).toBe(deque.length === 0 ? undefined : next - 1);
  }
});

test("has nothing outside of its bounds", () => {
  const deque = new Deque<string>();
  expect(deque.shift()).toBeUndefined();
  deque.push("a");
  deque.push("b");
  deque.shift();
  expect(deque.at(-1)).toBeUndefined();
  expect(deque.at(1)).toBeUndefined();
  expect(deque.at(0)).toBe("b");
});
