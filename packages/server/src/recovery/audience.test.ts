import { expect, test } from "vitest";
import { Audience } from "./audience.ts";

function member(sid: string, ...rooms: string[]): { sid: string; history: { rooms: Set<string> } } {
  return { sid, history: { rooms: new Set([sid, ...rooms]) } };
}

function includes(audience: Audience<ReturnType<typeof member>>, ...rooms: string[]): boolean {
  return audience.includes({ rooms, except: [] });
}

test("knows the rooms of its members, their own included, until the last has left", () => {
  const audience = new Audience<ReturnType<typeof member>>();
  const [a, b] = [member("a", "r"), member("b", "r", "s")];
  expect(includes(audience)).toBe(false);
  audience.add(a);
  audience.add(b);
  expect([includes(audience), includes(audience, "a"), includes(audience, "x", "s")]).toEqual([true, true, true]);
  expect(includes(audience, "x")).toBe(false);
  audience.delete(b);
  audience.delete(b);
  expect([includes(audience, "r"), includes(audience, "s"), includes(audience, "b")]).toEqual([true, false, false]);
  audience.left(a, "r");
  a.history.rooms.delete("r");
  expect(includes(audience, "r")).toBe(false);
  audience.delete(a);
  expect(includes(audience)).toBe(false);
});

test("does not let go of a room because its namesake has left", () => {
  const audience = new Audience<ReturnType<typeof member>>();
  const [a, b] = [member("a"), member("b", "a")];
  audience.add(a);
  audience.add(b);
  audience.delete(a);
  expect(includes(audience, "a")).toBe(true);
});

test("does not delete another member of the same id", () => {
  const audience = new Audience<ReturnType<typeof member>>();
  audience.add(member("a"));
  audience.delete(member("a"));
  expect(audience.size).toBe(1);
});
