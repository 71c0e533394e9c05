import { codedError } from "@halyard/core";
import { FakeClock } from "@halyard/core/testing";
import { expect, test, vi } from "vitest";
import { patiently } from "./patiently.ts";

const turn = (): Promise<void> => new Promise(setImmediate);

test("asks again until Redis answers", async () => {
  const clock = new FakeClock();
  const ask = vi
    .fn()
    .mockRejectedValueOnce(new Error("LOADING"))
    .mockRejectedValueOnce(new Error("closed"))
    .mockResolvedValue(5);
  const answer = patiently({ mayComeBack: true }, clock, ask);
  for (let n = 0; n < 2; n++) {
    await turn();
    clock.advance(100);
  }
  expect([await answer, ask.mock.calls.length]).toEqual([5, 3]);
});

test("does not ask again where Redis has been away for long, or where that is of no use", async () => {
  const clock = new FakeClock();
  const closed = new Error("closed");
  await expect(patiently({ mayComeBack: false }, clock, () => Promise.reject(closed))).rejects.toBe(closed);
  for (const code of ["HISTORY_LOST", "STORAGE_BUSY", "STORAGE_TIMEOUT"]) {
    const final = codedError(code, "no");
    await expect(patiently({ mayComeBack: true }, clock, () => Promise.reject(final))).rejects.toBe(final);
  }
});
