import { FakeClock } from "@halyard/core/testing";
import { expect, test } from "vitest";
import { LoopTurns, WorkMeter } from "./loop-turns.ts";

function rig(budget: { maxPackets: number; maxMs: number }) {
  const clock = new FakeClock();
  const deferred: (() => void)[] = [];
  const turns = new LoopTurns(clock, (callback) => deferred.push(callback));
  const owner = { turns: 0, onTurnEnd: () => void owner.turns++ };
  const meter = new WorkMeter(turns, budget, owner);
  const endTurn = (): void => {
    for (const callback of deferred.splice(0)) callback();
  };
  return { clock, owner, meter, endTurn, deferred };
}

function takeAll(meter: WorkMeter, limit = 10_000): number {
  let taken = 0;
  while (taken < limit && meter.take()) taken++;
  return taken;
}

test.each([1, 2, 3, 4, 5, 256])("a turn's share is %i packets", (maxPackets) => {
  const { meter, endTurn, owner } = rig({ maxPackets, maxMs: 1_000 });
  for (let turn = 1; turn <= 3; turn++) {
    expect(takeAll(meter)).toBe(maxPackets);
    endTurn();
    expect(owner.turns).toBe(turn);
  }
});

test("a turn's share is a time, looked at every few packets", () => {
  const { meter, clock, endTurn } = rig({ maxPackets: 256, maxMs: 5 });
  let taken = 0;
  while (meter.take()) {
    taken++;
    clock.advance(2);
  }
  expect(taken).toBeGreaterThan(3);
  expect(taken).toBeLessThan(12);
  expect(meter.take()).toBe(false);
  endTurn();
  expect(meter.take()).toBe(true);
});

test("single packets cost no bookkeeping for most turns", () => {
  const { meter, deferred } = rig({ maxPackets: 256, maxMs: 5 });
  for (let count = 0; count < 3; count++) meter.take();
  expect(deferred).toHaveLength(0);
});
