import { expect, test, vi } from "vitest";
import { FakeClock } from "./fake-clock.ts";
import { systemClock } from "./system-clock.ts";

test("the system clock calls back, once, unless cancelled", async () => {
  const calls: string[] = [];
  systemClock.schedule(() => calls.push("cancelled"), 1).cancel();
  await new Promise<void>((resolve) => {
    const timer = systemClock.schedule(() => {
      calls.push("due");
      timer.cancel();
      resolve();
    }, 2);
  });
  expect(calls).toEqual(["due"]);
});

test.each([2 ** 31, Number.MAX_SAFE_INTEGER, Infinity])("the system clock can wait for %d ms", async (delayMs) => {
  const schedule = vi.spyOn(globalThis, "setTimeout");
  systemClock.schedule(() => {}, delayMs).cancel();
  expect(schedule).toHaveBeenLastCalledWith(expect.any(Function), 2_147_483_647);
  schedule.mockRestore();
});

test("the system clock's two times move forward", () => {
  expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1_000);
  const before = systemClock.monotonic();
  expect(systemClock.monotonic()).toBeGreaterThanOrEqual(before);
});

test("the fake clock calls back in order of time, then of scheduling", () => {
  const clock = new FakeClock(0);
  const seen: string[] = [];
  const note = (name: string) => () => void seen.push(`${name}@${clock.now()}`);
  clock.schedule(note("late"), 20);
  clock.schedule(note("first"), 10);
  clock.schedule(note("second"), 10);
  clock.schedule(note("cancelled"), 10).cancel();
  clock.advance(15);
  expect(seen).toEqual(["first@10", "second@10"]);
  expect(clock.now()).toBe(15);
  expect(clock.pendingCount).toBe(1);
});

test("a callback may schedule what falls due in the same advance", () => {
  const clock = new FakeClock();
  let calls = 0;
  clock.schedule(() => clock.schedule(() => calls++, 5), 5);
  clock.advance(10);
  expect(calls).toBe(1);
});

test("a stall delays callbacks without running time backwards", () => {
  const clock = new FakeClock(0);
  let at = -1;
  clock.schedule(() => (at = clock.now()), 10);
  clock.stall(50);
  expect(at).toBe(-1);
  clock.advance(0);
  expect(at).toBe(50);
  expect(clock.monotonic()).toBe(50);
});
