import { createMemoryStorage } from "@halyard/adapter";
import { FakeClock } from "@halyard/core/testing";
import { expect, test, vi } from "vitest";
import { FakeLink } from "../connection/fake-link.fixture.ts";
import { readPacket } from "./record.ts";
import { RedisPlace } from "./redis-place.ts";
import { SharedLog } from "./shared-log.ts";

const limits = {
  maxDisconnectionMs: 1_000,
  maxLostSessions: 10,
  maxLogAgeMs: 1_000,
  maxLogPackets: 10,
  maxLogBytes: 10_000,
};
const KEEP_MS = 1_000;
const everybody = { rooms: [], except: [] };
const needed = { isNeeded: true, isTold: true };
const spared = { isNeeded: false, isTold: true };

/** Where the first of a batch's packets is among the arguments of a write. */
const FIRST_ENTRY = 3 + 3 + 9;

/** The log of one server whose Redis is the test; it takes what is written to the log. */
function start() {
  const link = new FakeLink();
  link.reply = ([, , , key]) => (String(key).startsWith("test:head") ? 1 : undefined);
  const clock = new FakeClock();
  const place = new RedisPlace(link, clock, "test", 1_000);
  const memory = createMemoryStorage({ clock, limits }).open("/", { onForgotten: () => {}, onTaken: () => {} });
  const log = new SharedLog(memory.log, {
    place,
    clock,
    maxMirrorBytes: 10_000,
    keepMs: KEEP_MS,
    describeChanged: () => "",
    onWritable: () => {},
    onClosed: () => {},
  });
  /** Ids of what has been written, with the packets' positions. */
  const written = () =>
    link.commands
      .filter(({ args }) => String(args[3]).startsWith("test:head"))
      .flatMap(({ args }) =>
        args.slice(FIRST_ENTRY).flatMap((id, index, entries) => {
          const bytes = entries[index + 1];
          return index % 2 === 0 && bytes instanceof Uint8Array ? [[id, readPacket(bytes)?.position]] : [];
        }),
      );
  const session = (position: number, ...rooms: readonly string[]) => ({
    pid: "pid",
    sid: "sid",
    start: { epoch: log.epoch, position },
    reached: position,
    memberships: rooms.map((room) => ({ room, after: position })),
    data: undefined,
  });
  return { clock, link, log, written, session };
}

test("what was for nobody goes to Redis when a session comes that may need it: once, and after what is there", async () => {
  const { log, written, session } = start();
  log.append({ rooms: ["r"], except: [] }, ["1"], spared);
  log.append({ rooms: ["other"], except: [] }, ["2"], spared);
  log.append({ rooms: ["r"], except: [] }, ["3"], spared);
  log.append(everybody, ["4"], needed);
  log.append(everybody, ["5"], spared);
  log.flush();
  expect(written()).toEqual([["4-0", 4]]);
  expect(await log.expect(session(1, "r"))).toBe(6);
  const late = [
    ["6-0", 3],
    ["6-1", 5],
  ];
  expect(written()).toEqual([["4-0", 4], ...late]);
  expect(await log.expect(session(0, "r"))).toBe(7);
  expect(await log.expect(session(0, "r"))).toBe(7);
  expect(written()).toEqual([["4-0", 4], ...late, ["7-0", 1]]);
});

test("what comes while a session is on its way is for it, perhaps", async () => {
  const { log, written, session } = start();
  const expected = log.expect(session(0));
  log.append({ rooms: ["r"], except: [] }, ["1"], spared);
  await expected;
  log.append({ rooms: ["r"], except: [] }, ["2"], spared);
  const another = log.expect(session(0));
  log.arrived();
  log.append({ rooms: ["r"], except: [] }, ["3"], spared);
  await another;
  log.arrived();
  log.append({ rooms: ["r"], except: [] }, ["4"], spared);
  log.flush();
  expect(written()).toEqual([1, 2, 3].map((position) => [`${position}-0`, position]));
});

test("what was told long ago is not told anew, or new servers would miss it", () => {
  const { clock, link, log } = start();
  const told = (): unknown =>
    link.commands.findLast(({ args }) => String(args[3]).startsWith("test:head"))?.args[FIRST_ENTRY - 3];
  log.append(everybody, ["1"], needed);
  log.flush();
  expect(told()).toBe("1");
  clock.advance(KEEP_MS);
  log.refresh();
  expect(told()).toBe("1");
  clock.advance(1);
  log.refresh();
  expect(told()).toBe("0");
});

test("what was sent before the log began is asked for until it is known", async () => {
  const { link, log } = start();
  const asked = () => link.commands.filter(({ args }) => args[3] === "test:told:");
  const isAsked = async (times: number): Promise<void> => await vi.waitFor(() => expect(asked()).toHaveLength(times));
  await isAsked(1);
  log.refresh();
  await asked()[0]?.refuse(new Error("LOADING"));
  await new Promise(setImmediate);
  log.refresh();
  await isAsked(2);
  await asked()[1]?.answer([Buffer.from("a"), Buffer.from("7")]);
  await vi.waitFor(() => expect(log.ledger.seen().get("a")).toBe(7));
  log.refresh();
  await new Promise(setImmediate);
  expect(asked()).toHaveLength(2);
});

test("a session that may need what is forgotten does not come", async () => {
  const { clock, log, session } = start();
  log.append(everybody, ["1"], spared);
  clock.advance(limits.maxLogAgeMs);
  await expect(log.expect(session(0))).rejects.toMatchObject({ code: "HISTORY_LOST" });
  expect(await log.expect(session(1))).toBe(1);
});
