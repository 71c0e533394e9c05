import { createMemoryStorage } from "@halyard/adapter";
import type { LogPlace } from "@halyard/contracts";
import { FakeClock } from "@halyard/core/testing";
import { expect, test } from "vitest";
import { Session } from "./session.ts";

function setUp() {
  const limits = { maxDisconnectionMs: 1_000, maxLostSessions: 100, maxLogAgeMs: 1_000, maxLogPackets: 100 };
  const storage = createMemoryStorage({ clock: new FakeClock(), limits: { ...limits, maxLogBytes: 100_000 } });
  const { log } = storage.open("/", { onForgotten: () => {}, onTaken: () => {} });
  const send = (count = 1): void => {
    for (let n = 0; n < count; n++) log.append({ rooms: [], except: [] }, ["2"]);
  };
  send(5);
  const session = Session.begin(log, "pid", "sid");
  const holder = { data: { name: "Ada" } };
  session.open(holder);
  const at = (position: number): { epoch: string; position: number } => ({ epoch: log.epoch, position });
  const placeAfter = (shown?: LogPlace, of = session): unknown => {
    const backlogs = of.backlogAfter(shown);
    return typeof backlogs === "string" ? backlogs : backlogs[0]?.place;
  };
  return { log, send, session, holder, at, placeAfter };
}

test("without an offset is read on from its start", () => {
  const { session, send, at, placeAfter } = setUp();
  send();
  session.reach(6);
  expect(placeAfter(undefined)).toEqual(at(5));
});

test("is never read from before its start: clients keep offsets of former sessions", () => {
  const { session, at, placeAfter } = setUp();
  session.reach(6);
  expect(placeAfter(at(2))).toEqual(at(5));
  expect(placeAfter({ epoch: "another", position: 900 })).toEqual(at(5));
});

test("is read on from where its client had got everything: nothing that was sent to others meanwhile is needed", () => {
  const { session, send, at, placeAfter } = setUp();
  session.reach(7);
  send(45);
  session.lose();
  expect(placeAfter(at(7))).toEqual(at(50));
  expect(placeAfter(at(6))).toEqual(at(6));
  expect(session.lostAt).toBe(50);
});

test("keeps where it was first lost until it is connected again", () => {
  const { session, send, holder, at } = setUp();
  session.lose();
  send(3);
  session.lose();
  expect(session.lostAt).toBe(5);
  session.open(holder);
  expect(session.lostAt).toBeUndefined();
  expect(session.start).toEqual(at(5));
});

test("shows its socket's data while that is connected, and keeps it afterwards", () => {
  const { session, holder } = setUp();
  expect(session.data).toBe(holder.data);
  session.lose();
  expect(session.data).toBe(holder.data);
  session.end();
  expect(session.data).toBeUndefined();
});

test("can be made again of what a store has kept of it", () => {
  const { log, session, send, at, placeAfter } = setUp();
  session.history.join("r", 5);
  send(2);
  session.reach(6);
  session.lose();
  const { pid, sid, start, memberships, reached, lostAt, data } = session;
  const again = Session.revive(
    log,
    structuredClone({ pid, sid, start, memberships, reached, lostAt: lostAt ?? 0, data }),
  );
  expect(again).toMatchObject({ pid, sid, start, memberships, reached, lostAt, data, state: "lost" });
  expect(placeAfter(at(6), again)).toEqual(at(7));
});

test("knows which packets were for its client", () => {
  const { session } = setUp();
  session.history.join("sid", 5);
  session.history.join("r", 5);
  session.history.join("late", 6);
  const meant = (to: string | { rooms: string[]; except: string[] }, position = 6): boolean =>
    session.wasMeantFor({ position, to, messages: [] });
  expect(meant("sid")).toBe(true);
  expect(meant("other")).toBe(false);
  expect(meant({ rooms: [], except: [] })).toBe(true);
  expect(meant({ rooms: ["r"], except: [] })).toBe(true);
  expect(meant({ rooms: ["x", "r"], except: ["y"] })).toBe(true);
  expect(meant({ rooms: ["x"], except: [] })).toBe(false);
  expect(meant({ rooms: ["r"], except: ["sid"] })).toBe(false);
  expect(meant({ rooms: [], except: ["late"] }, 6)).toBe(true);
  expect(meant({ rooms: [], except: ["late"] }, 7)).toBe(false);
});
