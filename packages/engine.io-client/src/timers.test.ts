import { afterEach, expect, test, vi } from "vitest";
import { installTimerFunctions, nextTick, type TimerFunctions } from "./timers.ts";

afterEach(() => void vi.useRealTimers());

test("gives an object the timer functions of the moment, or those of load time", () => {
  vi.useFakeTimers();
  const called: string[] = [];
  const [replaced, real] = [{}, {}] as [TimerFunctions, TimerFunctions];
  installTimerFunctions(replaced, {});
  installTimerFunctions(real, { useNativeTimers: true });
  replaced.setTimeoutFn(() => called.push("replaced"), 1);
  const timer = real.setTimeoutFn(() => called.push("real"), 60_000);
  vi.advanceTimersByTime(60_000);
  real.clearTimeoutFn(timer);
  expect(called).toEqual(["replaced"]);
});

test("calls back once the current task has ended", async () => {
  const order: string[] = [];
  nextTick(() => order.push("later"));
  order.push("now");
  await Promise.resolve();
  expect(order).toEqual(["now", "later"]);
});
