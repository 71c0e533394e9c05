import { expect, test } from "vitest";
import { FlushScheduler, scheduleOf } from "./flush-scheduler.ts";

test("all that is marked in an iteration is flushed in one callback, in order", () => {
  const scheduled: (() => void)[] = [];
  const scheduler = new FlushScheduler((callback) => scheduled.push(callback), fail);
  const flushed: string[] = [];
  for (const name of ["a", "b", "c"]) scheduler.mark({ flush: () => void flushed.push(name) });
  expect(scheduled).toHaveLength(1);
  expect(flushed).toEqual([]);
  scheduled[0]?.();
  expect(flushed).toEqual(["a", "b", "c"]);
});

test("what is marked during a flush waits for the next one", () => {
  const scheduled: (() => void)[] = [];
  const scheduler = new FlushScheduler((callback) => scheduled.push(callback), fail);
  let flushes = 0;
  const again = { flush: () => void (flushes++ === 0 && scheduler.mark(again)) };
  scheduler.mark(again);
  scheduled[0]?.();
  expect(flushes).toBe(1);
  expect(scheduled).toHaveLength(2);
  scheduled[1]?.();
  expect(flushes).toBe(2);
});

test("a flush that fails is reported and keeps no other back", () => {
  const scheduled: (() => void)[] = [];
  const reported: unknown[] = [];
  const scheduler = new FlushScheduler(
    (callback) => scheduled.push(callback),
    (error) => reported.push(error),
  );
  const error = new Error("broken");
  let flushed = false;
  scheduler.mark({
    flush: () => {
      throw error;
    },
  });
  scheduler.mark({ flush: () => void (flushed = true) });
  scheduled[0]?.();
  expect(reported).toEqual([error]);
  expect(flushed).toBe(true);
});

test("tick comes before immediate", async () => {
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    scheduleOf("immediate")(() => {
      order.push("immediate");
      resolve();
    });
    scheduleOf("tick")(() => order.push("tick"));
  });
  expect(order).toEqual(["tick", "immediate"]);
});

function fail(error: unknown): void {
  throw error;
}
