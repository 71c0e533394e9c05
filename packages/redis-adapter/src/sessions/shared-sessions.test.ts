import { createMemoryStorage } from "@halyard/adapter";
import { FakeClock } from "@halyard/core/testing";
import { expect, test, vi } from "vitest";
import { FakeLink } from "../connection/fake-link.fixture.ts";
import { SharingNode } from "./node.ts";
import { readRecord, writeRecord } from "./record.ts";
import { RedisPlace } from "./redis-place.ts";
import { SharedLog } from "./shared-log.ts";
import { SharedSessions } from "./shared-sessions.ts";

const limits = {
  maxDisconnectionMs: 1_000,
  maxLostSessions: 10,
  maxLogAgeMs: 1_000,
  maxLogPackets: 10,
  maxLogBytes: 10_000,
};

/** The sessions of one server whose Redis is the test, and is away at first. */
function start() {
  const link = new FakeLink(false);
  link.reply = ([, , , key]) => (String(key).startsWith("test:head") ? 1 : undefined);
  const clock = new FakeClock();
  const place = new RedisPlace(link, clock, "test", 1_000);
  const onWritable = (): void => {};
  const taken: string[] = [];
  const observer = { onForgotten: () => {}, onTaken: ({ pid }: { pid: string }) => void taken.push(pid) };
  const memory = createMemoryStorage({ clock, limits }).open("/", {
    onForgotten: (session) => sessions.forgotten(session),
    onTaken: () => {},
  });
  const log = new SharedLog(memory.log, {
    place,
    clock,
    maxMirrorBytes: 10_000,
    keepMs: 1_000,
    describeChanged: () => "",
    onWritable,
    onClosed: () => {},
  });
  const node = new SharingNode(link, clock, "test", () => Promise.resolve());
  const context = { namespace: "/", node, place, log, observer, limits, clock, onWritable };
  const sessions = new SharedSessions({ ...context, memory: memory.sessions });
  const session = (id: number) => ({
    pid: `pid ${id}`,
    sid: `sid ${id}`,
    start: { epoch: log.epoch, position: 0 },
    reached: 0,
    memberships: [],
    data: undefined,
  });
  const written = () => link.commands.filter(({ args }) => args[0] === "EVAL" && String(args[3]).includes("session"));
  return { link, clock, node, place, sessions, session, taken, written };
}

test("sessions that end while Redis is away do not wait for it", () => {
  const { sessions, session } = start();
  for (let id = 0; id < 100; id++) {
    const ended = session(id);
    sessions.save(ended);
    sessions.flush();
    sessions.remove(ended);
  }
  expect([sessions.size, sessions.waiting]).toEqual([0, 0]);
});

test("sessions that are given up while Redis is away do not wait for it", () => {
  const { clock, sessions, session } = start();
  for (let id = 0; id < 100; id++) sessions.lose(session(id));
  expect(sessions.waiting).toBe(limits.maxLostSessions);
  clock.advance(limits.maxDisconnectionMs);
  expect([sessions.size, sessions.waiting]).toEqual([0, 0]);
});

test("what is still there is written once when Redis is back", () => {
  const { link, sessions, session, written } = start();
  sessions.save(session(1));
  sessions.save(session(2));
  sessions.save(session(1));
  sessions.remove(session(2));
  sessions.flush();
  expect([sessions.waiting, written().length]).toEqual([1, 0]);
  link.up();
  sessions.flush();
  expect([sessions.waiting, written().map(({ args }) => args[3])]).toEqual([0, ["test:session:pid 1"]]);
  sessions.flush();
  expect(written()).toHaveLength(1);
});

test("what Redis has refused is written again", async () => {
  const { link, sessions, session, written } = start();
  link.up();
  sessions.save(session(1));
  sessions.flush();
  await written()[0]?.refuse(new Error("LOADING"));
  await Promise.resolve();
  expect(sessions.waiting).toBe(1);
  sessions.flush();
  expect(written()).toHaveLength(2);
});

test("a session that another server wants while it arrives is let go once it is here", async () => {
  const { link, node, place, sessions, session, taken } = start();
  link.up();
  const former = { node: node.id, epoch: "former" };
  vi.spyOn(place, "find").mockResolvedValue({ owner: former, turn: 1 });
  vi.spyOn(place, "claim").mockResolvedValue(
    writeRecord({ ...session(1), start: { epoch: "former", position: 0 } }, 0),
  );
  const head = { tail: 0, forgotten: 0, seen: new Map(), numbers: new Map(), ageMs: 0, unknownAgeMs: undefined };
  vi.spyOn(place, "readHead").mockResolvedValue(head);
  vi.spyOn(place, "readTold").mockResolvedValue(new Map());
  let answer: (isSaved: boolean) => void = () => {};
  const saving = new Promise<boolean>((resolve) => (answer = resolve));
  const saves = vi.spyOn(place, "save").mockReturnValueOnce(saving).mockResolvedValue(true);

  const taking = sessions.take("pid 1");
  await vi.waitFor(() => expect(saves).toHaveBeenCalledOnce());
  let isReleased = false;
  void sessions.release("pid 1").then(() => (isReleased = true));
  await new Promise(setImmediate);
  expect(isReleased).toBe(false);
  answer(true); // written before the other server's wish was known here
  expect(await taking).toMatchObject({ pid: "pid 1" });
  await vi.waitFor(() => expect(taken).toEqual(["pid 1"]));
  expect(sessions.size).toBe(0);
});

test("nobody is told that a session may be had before it is written where it ends", async () => {
  const { link, place, sessions, session, taken } = start();
  link.up();
  const saves = vi.spyOn(place, "save").mockResolvedValue(true);
  sessions.save(session(1));
  sessions.flush();
  saves.mockRejectedValue(new Error("LOADING"));
  const released = async (pid: string): Promise<string> =>
    await sessions.release(pid).then(
      () => "released",
      () => "not released",
    );
  expect([await released("pid 1"), taken]).toEqual(["not released", ["pid 1"]]);
  expect(await released("pid 1")).toBe("not released");
  expect(await released("pid 2")).toBe("released");
  saves.mockResolvedValue(true);
  expect(await released("pid 1")).toBe("released");
  expect(readRecord(saves.mock.lastCall?.[2] ?? Buffer.alloc(0))?.release).toEqual({ end: 0, seen: new Map() });
  saves.mockClear();
  sessions.flush();
  expect(saves).not.toHaveBeenCalled();
});

test("others do not find a session as it was before its data could not be written any more", async () => {
  const { link, place, sessions, session } = start();
  link.up();
  const saves = vi.spyOn(place, "save").mockResolvedValue(true);
  const removals = vi.spyOn(place, "remove").mockResolvedValue();
  sessions.save(session(1));
  sessions.flush();
  sessions.save({ ...session(1), data: "x".repeat(2_000_000) });
  sessions.flush();
  expect([saves.mock.calls.length, removals.mock.calls.map(([pid]) => pid)]).toEqual([1, ["pid 1"]]);
});

test("only so many sessions are under way to Redis at once, and all are written in the end, or when the server ends", async () => {
  const { link, sessions, session, written } = start();
  for (let id = 0; id < 12_000; id++) sessions.save(session(id));
  link.up();
  sessions.flush();
  expect([written().length, sessions.waiting]).toEqual([5_000, 7_000]);
  for (const command of written().slice(0, 1_000)) await command.answer(1);
  sessions.flush();
  expect([written().length, sessions.waiting]).toEqual([6_000, 6_000]);
  sessions.close();
  expect(new Set(written().map(({ args }) => String(args[3]))).size).toBe(12_000);
});
