import { expect, test } from "vitest";
import { RoomHistory } from "./room-history.ts";

/** The positions from 1 to 10 at which it was in the room. */
function inside(history: RoomHistory, room: string): number[] {
  return Array.from({ length: 10 }, (_, index) => index + 1).filter((position) => history.wasInAny([room], position));
}

test("knows who was in a room when something was sent to it, however often that changed", () => {
  const history = new RoomHistory();
  expect(history.join("r", 2)).toBe(true);
  expect(history.join("r", 3)).toBe(false);
  expect(history.leave("r", 4, 0)).toBe(true);
  expect(history.leave("r", 5, 0)).toBe(false);
  history.join("r", 6);
  expect(inside(history, "r")).toEqual([3, 4, 7, 8, 9, 10]);
  expect(inside(history, "other")).toEqual([]);
  expect(history.wasInAny(["other", "r"], 3)).toBe(true);
  expect([...history.rooms]).toEqual(["r"]);
});

test("does not remember a stay in which nothing was sent", () => {
  const history = new RoomHistory();
  history.join("r", 2);
  history.leave("r", 2, 0);
  expect(history.memberships()).toEqual([]);
});

test("is the same after it was saved", () => {
  const history = new RoomHistory();
  history.join("r", 2);
  history.join("s", 3);
  history.leave("r", 4, 0);
  const again = new RoomHistory(history.memberships());
  expect(inside(again, "r")).toEqual([3, 4]);
  expect(inside(again, "s")).toEqual([4, 5, 6, 7, 8, 9, 10]);
  expect([...again.rooms]).toEqual(["s"]);
  expect(again.roomsEver().sort()).toEqual(["r", "s"]);
});

test("forgets stays of which nothing is left in the log, and beyond a thousand says since when it is complete", () => {
  const history = new RoomHistory();
  for (let n = 0; n < 5_000; n++) {
    history.join(`r${n}`, n);
    history.leave(`r${n}`, n + 1, n - 10);
    expect(history.memberships().length).toBeLessThanOrEqual(2 * 16);
    for (let known = Math.max(0, n - 9); known <= n; known++)
      expect(history.wasInAny([`r${known}`], known + 1)).toBe(true);
  }
  expect(history.completeSince).toBe(0);
  for (let n = 5_000; n < 7_000; n++) {
    history.join(`r${n}`, n);
    history.leave(`r${n}`, n + 1, 0);
  }
  expect(history.memberships().length).toBeLessThanOrEqual(1_000);
  expect(history.completeSince).toBeGreaterThan(5_000);
  expect(history.wasInAny(["r6999"], 7_000)).toBe(true);
});
