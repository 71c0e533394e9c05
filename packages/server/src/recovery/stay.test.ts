import type { FormerStay, LoggedPacket, SavedSession } from "@halyard/contracts";
import { expect, test } from "vitest";
import { Session } from "./session.ts";
import { Stay } from "./stay.ts";

const everybody = { rooms: [], except: [] };
const log = { epoch: "here", position: 50, forgotten: 0, append: () => never(), readAfter: () => never(), close() {} };

function never(): never {
  throw new Error("not asked");
}

function packet(position: number, rest: Partial<LoggedPacket> = {}): LoggedPacket {
  return { position, to: everybody, messages: [], ...rest };
}

function former(epoch: string, start: number, end: number, rest: Partial<FormerStay> = {}): FormerStay {
  return { start: { epoch, position: start }, end, memberships: [], reached: end, lostAt: end, ...rest };
}

/** A session that was on one server, then on another, and is here now. */
function moved(rest: Partial<SavedSession> = {}): Session {
  return Session.revive(log, {
    pid: "pid",
    sid: "sid",
    data: {},
    start: { epoch: "here", position: 40 },
    memberships: [],
    reached: 40,
    lostAt: 40,
    former: [former("one", 5, 9, { reached: 7 }), former("two", 20, 30, { reached: 20, lostAt: 20 })],
    ...rest,
  });
}

function places(session: Session, epoch?: string, position = 0): unknown {
  const backlogs = session.backlogAfter(epoch === undefined ? undefined : { epoch, position });
  return typeof backlogs === "string" ? backlogs : backlogs.map(({ place }) => `${place.epoch} ${place.position}`);
}

test("what was missed is read stay by stay, from the one on whose place the client shows", () => {
  const all = ["one 5", "two 20", "here 40"];
  expect(places(moved())).toEqual(all);
  expect(places(moved(), "one", 6)).toEqual(["one 6", "two 20", "here 40"]);
  expect(places(moved(), "one", 7)).toEqual(["one 9", "two 20", "here 40"]); // nothing more was sent to it there
  expect(places(moved(), "two", 25)).toEqual(["two 25", "here 40"]);
  expect(places(moved(), "here", 45)).toEqual(["here 45"]);
});

test("a place of no stay is from before the session: nothing of it was received", () => {
  for (const [epoch, position] of [
    ["elsewhere", 7],
    ["one", 5],
    ["two", 20],
    ["here", 40],
  ] as const)
    expect(places(moved(), epoch, position)).toEqual(["one 5", "two 20", "here 40"]);
});

test("a place behind what is known of a stay's log makes what followed uncertain", () => {
  expect(places(moved(), "one", 10)).toBe("history lost");
  expect(places(moved(), "two", 31)).toBe("history lost");
});

test("two stays on one server are told apart by their positions", () => {
  const stays = [former("here", 5, 9), former("two", 20, 30)];
  expect(places(moved({ former: stays }), "here", 9)).toEqual(["here 9", "two 20", "here 40"]);
  expect(places(moved({ former: stays }), "here", 41)).toEqual(["here 41"]);
});

test("stays that the client has got everything of are forgotten", () => {
  const session = moved();
  places(session, "two", 25);
  expect(session.former?.map(({ start }) => start.epoch)).toEqual(["two"]);
  places(session, "here", 45);
  expect(session.former).toEqual([]);
});

test("packets dropped in a stay are replayed or make a gap there, too", () => {
  const stays = [former("one", 5, 9, { droppedAt: 7 })];
  expect(places(moved({ former: stays }), "one", 6)).toEqual(["one 6", "here 40"]);
  expect(places(moved({ former: stays }), "one", 8)).toBe("packets dropped");
});

test("a packet that belongs to an earlier stay is not for a later one, whichever server brings it", () => {
  const covered = new Map([
    ["here", 3],
    ["two", 30],
  ]);
  const stay = new Stay("sid", { start: { epoch: "here", position: 2 }, memberships: [], reached: 2, covered });
  expect(stay.wasMeantFor(packet(3))).toBe(false);
  expect(stay.wasMeantFor(packet(4))).toBe(true);
  expect(stay.wasMeantFor(packet(5, { origin: { epoch: "two", position: 30 } }))).toBe(false);
  expect(stay.wasMeantFor(packet(6, { origin: { epoch: "two", position: 31 } }))).toBe(true);
  expect(stay.wasMeantFor(packet(7, { origin: { epoch: "three", position: 1 } }))).toBe(true);
  expect(stay.wasMeantFor(packet(8, { origin: "unknown" }))).toBe(true);
});

test("a packet after the end of a stay is not for it", () => {
  const [stay] = moved({ former: [former("one", 5, 9)] }).former ?? [];
  expect([9, 10].map((position) => stay?.wasMeantFor(packet(position)))).toEqual([true, false]);
});

test("live packets that an earlier stay has covered are not sent again", () => {
  const session = moved({ covered: new Map([["two", 30]]) });
  session.open({ data: {} });
  expect(session.takes(51, { epoch: "two", position: 30 })).toBe(false);
  expect(session.reached).toBe(50);
  expect(session.takes(52, { epoch: "two", position: 31 })).toBe(true);
  expect(session.reached).toBe(52);
});
