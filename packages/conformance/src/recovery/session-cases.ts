import { check, checkEqual } from "../check.ts";
import type { ConformanceCase } from "../conformance-case.ts";
import type { RecoveryHarness } from "./recovery-harness.ts";
import { open, scene, session } from "./recovery-scene.ts";

const HOUR_MS = 3_600_000;

/** Cases about sessions as one server has them. */
export function sessionCases(harness: RecoveryHarness): ConformanceCase[] {
  return [
    scene(harness, "sessions: one that was saved is there, connected or lost", async (_bench, { sessions, log }) => {
      const saved = session(log, "a");
      sessions.save(saved);
      const { sid, data, start } = (await sessions.take("a")) ?? {};
      checkEqual({ sid, data, start }, { sid: saved.sid, data: saved.data, start: saved.start }, "connected");
      sessions.lose(saved);
      checkEqual((await sessions.take("a"))?.sid, saved.sid, "lost");
    }),
    scene(harness, "sessions: nobody has one that was never saved", async (_bench, { sessions, log }) => {
      sessions.save(session(log, "a"));
      checkEqual(await sessions.take("b"), undefined, "another's token");
    }),
    scene(
      harness,
      "sessions: rooms are those of the last time that it was saved",
      async (_bench, { sessions, log }) => {
        const memberships = [{ room: "a's", after: 0 }];
        const saved = session(log, "a", { memberships });
        sessions.save(saved);
        memberships.push({ room: "r", after: 0 });
        sessions.save(saved);
        checkEqual(
          (await sessions.take("a"))?.memberships.map(({ room }) => room),
          ["a's", "r"],
          "the rooms",
        );
      },
    ),
    scene(harness, "sessions: one that was removed is gone, and nobody is told", async (_bench, told) => {
      const { sessions, log } = told;
      for (const pid of ["a", "b"]) sessions.save(session(log, pid));
      sessions.lose(session(log, "b"));
      for (const pid of ["a", "b"]) sessions.remove(session(log, pid));
      checkEqual([await sessions.take("a"), await sessions.take("b")], [undefined, undefined], "what is found");
      checkEqual(told.forgotten, [], "what was given up");
    }),
    scene(harness, "sessions: namespaces have their own", async ({ storage }, { sessions, log }) => {
      const other = open(storage, "/other");
      sessions.save(session(log, "a"));
      checkEqual(await other.sessions.take("a"), undefined, "in the other namespace");
      other.sessions.save(session(other.log, "b"));
      other.sessions.close();
      check((await sessions.take("a")) !== undefined, "closing one namespace took the sessions of another");
    }),
    ...timeCases(harness),
    ...numberCases(harness),
  ];
}

function timeCases(harness: RecoveryHarness): ConformanceCase[] {
  const limits = { maxDisconnectionMs: 500 };
  const case_ = (name: string, run: Parameters<typeof scene>[2]): ConformanceCase =>
    scene(harness, `sessions: ${name}`, run, limits);
  return [
    case_("a lost one is given up after its time, once", async (bench, told) => {
      const { sessions, log } = told;
      const saved = session(log, "a");
      sessions.save(saved);
      sessions.lose(saved);
      await bench.pass(1_000);
      checkEqual(told.forgotten, ["a"], "what was given up");
      checkEqual(await sessions.take("a"), undefined, "what is found");
      await bench.pass(1_000);
      checkEqual(told.forgotten, ["a"], "what was given up later");
    }),
    case_("a connected one stays, however long", async (bench, told) => {
      const { sessions, log } = told;
      sessions.save(session(log, "a"));
      await bench.pass(bench.join === undefined ? HOUR_MS : 3_000);
      check((await sessions.take("a")) !== undefined, "it is gone");
      checkEqual(told.forgotten, [], "what was given up");
    }),
    case_("one whose client is back stays", async (bench, told) => {
      const { sessions, log } = told;
      const saved = session(log, "a");
      sessions.save(saved);
      sessions.lose(saved);
      await sessions.take("a");
      await bench.pass(1_000);
      checkEqual(told.forgotten, [], "what was given up");
      check((await sessions.take("a")) !== undefined, "it is gone");
    }),
  ];
}

function numberCases(harness: RecoveryHarness): ConformanceCase[] {
  const limits = { maxLostSessions: 2 };
  return [
    scene(
      harness,
      "sessions: beyond their number, the one that was lost first is given up, in whatever namespace",
      async ({ storage }, told) => {
        const other = open(storage, "/other");
        const lose = ({ sessions, log }: typeof told, pid: string): void => {
          const saved = session(log, pid);
          sessions.save(saved);
          sessions.lose(saved);
        };
        lose(told, "a");
        lose(other, "b");
        lose(other, "c");
        checkEqual([told.forgotten, other.forgotten], [["a"], []], "what was given up");
        checkEqual(await told.sessions.take("a"), undefined, "the first");
        check((await other.sessions.take("b")) !== undefined, "the second is gone");
      },
      limits,
    ),
  ];
}
