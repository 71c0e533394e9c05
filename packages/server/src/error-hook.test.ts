import { FakeClock } from "@halyard/core/testing";
import { afterEach, expect, test, vi } from "vitest";
import { createReport } from "./error-hook.ts";

const emitWarning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});

afterEach(() => emitWarning.mockClear());

function warnings(): unknown[] {
  return emitWarning.mock.calls.map(([message]) => message);
}

test("warns of each failure when there is no hook", () => {
  const error = new Error("broken");
  createReport(undefined, new FakeClock())(error, { event: "a" });
  expect(emitWarning).toHaveBeenCalledExactlyOnceWith('a handler of "a" failed: broken', {
    type: "HalyardWarning",
    code: "HANDLER_FAILED",
    detail: `${error.stack}\nSet the server option onError to handle such errors.`,
  });
});

test("a flood of failures is counted instead of shown", () => {
  const clock = new FakeClock();
  const report = createReport(undefined, clock);
  for (let i = 0; i < 20_000; i++) report(new Error(String(i)), {});
  expect(warnings()).toHaveLength(10);
  clock.advance(1_000);
  expect(warnings()).toHaveLength(11);
  expect(warnings().at(-1)).toBe("application code failed 19990 more times within a second");
  report(new Error("again"), {});
  clock.advance(1_000);
  expect(warnings()).toHaveLength(12);
  expect(clock.pendingCount).toBe(0);
});

test("a warning does not grow with the name of the event", () => {
  createReport(undefined, new FakeClock())(new Error("broken"), { event: "a".repeat(1_000_000) });
  expect(warnings()).toEqual([`a handler of "${"a".repeat(100)}" failed: broken`]);
});

test("a hook that throws is reported itself, with what it was told of", () => {
  const report = createReport(() => {
    throw new Error("in the hook");
  }, new FakeClock());
  report("broken", {});
  expect(warnings()).toEqual(["application code failed: broken", "application code failed: in the hook"]);
});
