import { FakeClock } from "@halyard/core/testing";
import { expect, test } from "vitest";
import { LoopTurns, WorkMeters, type WorkMeter } from "./loop-turns.ts";

function rig(budget: { maxPackets: number; maxMs: number }) {
  const clock = new FakeClock();
  const deferred: (() => void)[] = [];
  const reported: unknown[] = [];
  const turns = new LoopTurns(
    clock,
    (error) => reported.push(error),
    (callback) => deferred.push(callback),
  );
  const owner = { turns: 0, onTurnEnd: () => void owner.turns++ };
  const meters = new WorkMeters(turns, budget);
  const endTurn = (): void => {
    for (const callback of deferred.splice(0)) callback();
  };
  return { clock, owner, meters, endTurn, deferred, reported };
}

function takeAll(meter: WorkMeter, limit = 10_000): number {
  let taken = 0;
  while (taken < limit && meter.take()) taken++;
  return taken;
}

test.each([1, 2, 3, 4, 5, 256])("a turn's share is %i packets", (maxPackets) => {
  const { meters, endTurn, owner } = rig({ maxPackets, maxMs: 1_000 });
  for (let turn = 1; turn <= 3; turn++) {
    expect(takeAll(meters.begin(owner))).toBe(maxPackets);
    endTurn();
    expect(owner.turns).toBe(turn);
  }
});

test("a turn's share is a time, looked at every few packets", () => {
  const { meters, owner, clock, endTurn } = rig({ maxPackets: 256, maxMs: 5 });
  const meter = meters.begin(owner);
  let taken = 0;
  while (meter.take()) {
    taken++;
    clock.advance(2);
  }
  expect(taken).toBeGreaterThan(3);
  expect(taken).toBeLessThan(12);
  expect(meter.take()).toBe(false);
  endTurn();
  expect(meters.begin(owner).take()).toBe(true);
});

test("the turn is waited for once, whoever works in it, and each owner hears of its end", () => {
  const { meters, owner, endTurn, deferred } = rig({ maxPackets: 256, maxMs: 5 });
  const other = { turns: 0, onTurnEnd: () => void other.turns++ };
  const meter = meters.begin(owner);
  meters.begin(other).take();
  expect(deferred).toHaveLength(1);
  endTurn();
  expect([owner.turns, other.turns]).toEqual([1, 1]);
  expect([meters.begin(other), meters.begin(owner)]).toContain(meter);
});

test("an owner that fails is reported and keeps the end of the turn from no other", () => {
  const { meters, owner, endTurn, reported } = rig({ maxPackets: 1, maxMs: 5 });
  const fault = new Error("failed");
  meters.begin({
    onTurnEnd: () => {
      throw fault;
    },
  });
  meters.begin(owner);
  endTurn();
  expect(owner.turns).toBe(1);
  expect(reported).toEqual([fault]);
});
