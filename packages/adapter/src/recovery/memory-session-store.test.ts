import type { SavedSession } from "@halyard/contracts";
import { FakeClock } from "@halyard/core/testing";
import { expect, test } from "vitest";
import { LostSessions } from "./lost-sessions.ts";
import { MemorySessionStore } from "./memory-session-store.ts";

function setUp(limits: { maxDisconnectionMs?: number; maxLostSessions?: number } = {}) {
  const clock = new FakeClock();
  const lost = new LostSessions(clock, {
    maxDisconnectionMs: limits.maxDisconnectionMs ?? 1_000,
    maxLostSessions: limits.maxLostSessions ?? 100,
  });
  const forgotten: string[] = [];
  const open = (): MemorySessionStore =>
    new MemorySessionStore(lost, { onForgotten: ({ pid }) => forgotten.push(pid), onTaken: () => {} });
  return { clock, lost, forgotten, open, store: open() };
}

function session(pid: string): SavedSession {
  return { pid, sid: `sid of ${pid}`, start: { epoch: "e", position: 0 }, memberships: [], reached: 0, data: {} };
}

test("gives a session back, connected or lost", () => {
  const { clock, store, lost } = setUp();
  const a = session("a");
  store.save(a);
  clock.advance(10_000);
  expect(store.take("a")).toBe(a);
  store.lose(a);
  expect(lost.size).toBe(1);
  expect(store.take("a")).toBe(a);
  expect(lost.size).toBe(0);
  clock.advance(10_000); // taken: as if connected
  expect(store.take("a")).toBe(a);
  expect(store.take("b")).toBeUndefined();
});

test("gives up a session whose client stays away, and tells", () => {
  const { clock, store, forgotten } = setUp();
  const a = session("a");
  store.save(a);
  store.lose(a);
  clock.advance(999);
  expect(store.take("a")).toBe(a);
  store.lose(a); // its time begins anew
  clock.advance(999);
  expect(forgotten).toEqual([]);
  clock.advance(1);
  expect(forgotten).toEqual(["a"]);
  expect(store.take("a")).toBeUndefined();
  expect(clock.pendingCount).toBe(0);
});

test("keeps so many lost sessions, of all namespaces together", () => {
  const { open, store, forgotten, lost } = setUp({ maxLostSessions: 2 });
  const other = open();
  for (const [index, name] of ["a", "b", "c"].entries()) {
    const target = index === 1 ? other : store;
    target.save(session(name));
    target.lose(session(name));
  }
  expect(forgotten).toEqual(["a"]);
  expect(lost.size).toBe(2);
  expect(store.take("a")).toBeUndefined();
});

test("forgets what was removed, without telling", () => {
  const { clock, store, forgotten, lost } = setUp();
  const a = session("a");
  store.save(a);
  store.lose(a);
  store.remove(a);
  clock.advance(10_000);
  expect(store.take("a")).toBeUndefined();
  expect(forgotten).toEqual([]);
  expect(lost.size).toBe(0);
});

test("lets go of its own sessions when it closes", () => {
  const { open, store, lost } = setUp();
  const other = open();
  for (const [target, name] of [
    [store, "a"],
    [other, "b"],
  ] as const) {
    target.save(session(name));
    target.lose(session(name));
  }
  store.close();
  expect(lost.size).toBe(1);
  expect(store.take("a")).toBeUndefined();
  expect(other.take("b")).toBeDefined();
});
