import type { Selection } from "@halyard/contracts";
import { FakeClock } from "@halyard/core/testing";
import { expect, test } from "vitest";
import { LogBudget } from "./log-budget.ts";
import { MemoryReplayLog } from "./memory-replay-log.ts";

const everybody: Selection = { rooms: [], except: [] };

function setUp(limits: { maxLogAgeMs?: number; maxLogPackets?: number; maxLogBytes?: number } = {}) {
  const clock = new FakeClock();
  const budget = new LogBudget(clock, {
    maxLogAgeMs: limits.maxLogAgeMs ?? 60_000,
    maxLogPackets: limits.maxLogPackets ?? 1_000,
    maxLogBytes: limits.maxLogBytes ?? 1_000_000,
  });
  const log = new MemoryReplayLog(budget);
  const read = (position: number, epoch = log.epoch): number[] | undefined =>
    log.readAfter({ epoch, position }, "me", [])?.map((packet) => packet.position);
  return { clock, budget, log, read };
}

test("gives positions in order, and what comes after one", () => {
  const { log, read } = setUp();
  expect(log.position).toBe(0);
  expect(read(0)).toEqual([]);
  for (let n = 1; n <= 5; n++) expect(log.append(everybody, [`2["n",${n}]`]).position).toBe(n);
  expect(read(0)).toEqual([1, 2, 3, 4, 5]);
  expect(read(3)).toEqual([4, 5]);
  expect(read(5)).toEqual([]);
});

test("does not know places of another log", () => {
  const { log, read } = setUp();
  log.append(everybody, ["2"]);
  expect(read(0, setUp().log.epoch)).toBeUndefined();
});

test("keeps so many packets; who misses one of those before is told so", () => {
  const { log, read } = setUp({ maxLogPackets: 3 });
  for (let n = 0; n < 5; n++) log.append(everybody, ["2"]);
  expect(log.forgotten).toBe(2);
  expect(read(1)).toBeUndefined();
  expect(read(2)).toEqual([3, 4, 5]);
});

test("keeps so many bytes, attachments and overhead counted", () => {
  const { budget, log, read } = setUp({ maxLogBytes: 2_000 });
  log.append(everybody, ["x".repeat(300)]);
  log.append(everybody, ["é".repeat(100), new Uint8Array(100)]);
  expect(budget.bytes).toBe(2 * 256 + 600);
  log.append(everybody, [new Uint8Array(700)]);
  expect(read(0)).toBeUndefined();
  expect(read(1)).toEqual([2, 3]);
  expect(budget.bytes).toBe(2 * 256 + 1_000);
});

test("forgets a packet at once that is larger than the whole log", () => {
  const { budget, log, read } = setUp({ maxLogBytes: 1_000 });
  log.append(everybody, ["small"]);
  log.append(everybody, ["x".repeat(1_000)]);
  expect(read(0)).toBeUndefined();
  expect(read(1)).toBeUndefined();
  expect(read(2)).toEqual([]);
  expect([budget.packets, budget.bytes]).toEqual([0, 0]);
});

test("keeps packets for so long: to the millisecond when read, a second longer at most when nobody asks", () => {
  const { clock, budget, log, read } = setUp({ maxLogAgeMs: 10_000 });
  log.append(everybody, ["2"]);
  clock.advance(5_000);
  log.append(everybody, ["2"]);
  clock.advance(4_999);
  expect(read(0)).toEqual([1, 2]);
  clock.stall(1);
  expect(read(0)).toBeUndefined();
  expect(read(1)).toEqual([2]);
  clock.advance(6_001);
  expect(budget.packets).toBe(0);
  expect(clock.pendingCount).toBe(0);
});

test("shares its limits with the other logs: what was logged first, wherever, goes first", () => {
  const { budget, log, read } = setUp({ maxLogPackets: 4 });
  const other = new MemoryReplayLog(budget);
  log.append(everybody, ["2"]);
  other.append(everybody, ["2"]);
  other.append(everybody, ["2"]);
  log.append(everybody, ["2"]);
  log.append(everybody, ["2"]);
  expect([log.forgotten, other.forgotten]).toEqual([1, 0]);
  log.append(everybody, ["2"]);
  expect([log.forgotten, other.forgotten]).toEqual([1, 1]);
  expect(read(1)).toEqual([2, 3, 4]);
});

test("keeps a copy of attachments, which the application may change", () => {
  const { log } = setUp();
  const bytes = new Uint8Array([1, 2, 3]);
  log.append(everybody, ["5", bytes]);
  bytes.fill(0);
  const [packet] = log.readAfter({ epoch: log.epoch, position: 0 }, "me", []) ?? [];
  expect(packet?.messages).toEqual(["5", Buffer.from([1, 2, 3])]);
});
