import { expect, test } from "vitest";
import { DeadlineQueue } from "./deadline-queue.ts";
import { FakeClock } from "./fake-clock.ts";

function setup(delayMs = 100) {
  const clock = new FakeClock();
  const queue = new DeadlineQueue(clock, delayMs);
  const fired: string[] = [];
  const entry = (name: string) => ({ onDeadline: (lateMs: number) => void fired.push(`${name}+${lateMs}`) });
  return { clock, queue, fired, entry };
}

test("entries fall due in the order they were started, each after the delay", () => {
  const { clock, queue, fired, entry } = setup();
  queue.start(entry("a"));
  clock.advance(60);
  queue.start(entry("b"));
  clock.advance(40);
  expect(fired).toEqual(["a+0"]);
  clock.advance(60);
  expect(fired).toEqual(["a+0", "b+0"]);
  expect(queue.size).toBe(0);
});

test("any number of waits needs one timer, and none when nothing waits", () => {
  const { clock, queue, entry } = setup();
  const entries = Array.from({ length: 1_000 }, (_, index) => entry(`${index}`));
  for (const item of entries) queue.start(item);
  expect(clock.pendingCount).toBe(1);
  for (const item of entries) queue.stop(item);
  expect(clock.pendingCount).toBe(0);
});

test("a queue that keeps its timer cancels none, and is none too early or too late", () => {
  const clock = new FakeClock();
  const queue = new DeadlineQueue(clock, 100, true);
  const fired: string[] = [];
  const entry = (name: string) => ({ onDeadline: (lateMs: number) => void fired.push(`${name}+${lateMs}`) });
  const first = entry("first");
  queue.start(first);
  queue.stop(first);
  expect(clock.pendingCount).toBe(1);
  clock.advance(60);
  queue.start(entry("second"));
  expect(clock.pendingCount).toBe(1);
  clock.advance(99);
  expect(fired).toEqual([]);
  clock.advance(1);
  expect(fired).toEqual(["second+0"]);
  expect(clock.pendingCount).toBe(0);
  queue.start(entry("third"));
  queue.close();
  expect(clock.pendingCount).toBe(0);
});

test("starting again moves the deadline", () => {
  const { clock, queue, fired, entry } = setup();
  const item = entry("a");
  queue.start(item);
  clock.advance(99);
  queue.start(item);
  clock.advance(99);
  expect(fired).toEqual([]);
  clock.advance(1);
  expect(fired).toEqual(["a+0"]);
});

test("an entry may start itself again from its callback", () => {
  const { clock, queue } = setup();
  let count = 0;
  const item = {
    onDeadline() {
      count++;
      queue.start(item);
    },
  };
  queue.start(item);
  clock.advance(1_000);
  expect(count).toBe(10);
});

test("an entry stopped by another's callback is not called", () => {
  const { clock, queue, fired, entry } = setup();
  const second = entry("b");
  queue.start({ onDeadline: () => queue.stop(second) });
  queue.start(second);
  clock.advance(500);
  expect(fired).toEqual([]);
});

test("a stalled event loop is told as lateness", () => {
  const { clock, queue, fired, entry } = setup();
  queue.start(entry("a"));
  clock.stall(350);
  clock.advance(0);
  expect(fired).toEqual(["a+250"]);
});

test("close forgets every wait", () => {
  const { clock, queue, fired, entry } = setup();
  queue.start(entry("a"));
  queue.close();
  clock.advance(1_000);
  expect(fired).toEqual([]);
  expect(clock.pendingCount).toBe(0);
});
