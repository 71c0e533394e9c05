import { expect, test, vi } from "vitest";

test("uses the timers found at load time, within what they can wait", async () => {
  const unref = vi.fn();
  const found = vi.fn((_callback: () => void, _delayMs: number) => ({ unref }));
  const foundClear = vi.fn();
  vi.stubGlobal("setTimeout", found);
  vi.stubGlobal("clearTimeout", foundClear);
  const { nativeClock } = await import("./native-clock.ts");
  vi.unstubAllGlobals();
  const onTime = (): void => {};
  nativeClock.schedule(onTime, 10);
  expect(unref).not.toHaveBeenCalled();
  nativeClock.schedule(onTime, Infinity, true).cancel();
  expect(found.mock.calls).toEqual([
    [onTime, 10],
    [onTime, 2_147_483_647],
  ]);
  expect(unref).toHaveBeenCalledOnce();
  expect(foundClear).toHaveBeenCalledExactlyOnceWith({ unref });
});
