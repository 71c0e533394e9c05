import type { RecoveryStorage } from "@halyard/contracts";
import { check, checkEqual, codeOf } from "../check.ts";
import type { ConformanceCase } from "../conformance-case.ts";
import type { RecoveryBench, RecoveryHarness } from "./recovery-harness.ts";
import { everybody, fill, open, scene, session, textsOf, type Opened } from "./recovery-scene.ts";

/** Cases about several servers that share what they keep; they pass of themselves for storages that do not. */
export function sharingCases(harness: RecoveryHarness): ConformanceCase[] {
  const case_ = (name: string, run: (pair: Pair) => Promise<void>): ConformanceCase =>
    scene(harness, `sharing: ${name}`, async (bench, here) => {
      const { join } = bench;
      if (join === undefined) return checkEqual(here.sessions.isShared, false, "isShared");
      checkEqual(here.sessions.isShared, true, "isShared");
      await run({ bench, join, here, there: open(join()), settled: async () => await bench.settled?.() });
    });
  return [
    case_("a session is continued by another server on its own log, and the first one hears of it", async (pair) => {
      const { here, there, settled } = pair;
      fill(here.log, 3);
      const saved = session(here.log, "a");
      here.sessions.save(saved);
      fill(here.log, 2);
      await settled();
      const taken = await there.sessions.take("a");
      checkEqual(
        {
          sid: taken?.sid,
          data: taken?.data,
          epoch: taken?.start.epoch,
          rooms: taken?.memberships.map(({ room }) => room),
        },
        { sid: saved.sid, data: saved.data, epoch: there.log.epoch, rooms: [saved.sid] },
        "the session",
      );
      const [stay] = taken?.former ?? [];
      checkEqual([stay?.start, stay?.end], [saved.start, 5], "its former stay");
      checkEqual(here.taken, ["a"], "what the first server heard");
      checkEqual(
        await here.log.readAfter({ epoch: "AAAAAAAA", position: 0 }, "a's", []),
        undefined,
        "an unknown epoch",
      );
    }),
    case_("a session whose client is let in is found by others at once", async ({ here, there, settled }) => {
      const saved = session(here.log, "a");
      here.sessions.save(saved);
      if (here.sessions.settled === undefined) await settled();
      else await here.sessions.settled(saved);
      checkEqual((await there.sessions.take("a"))?.sid, saved.sid, "what another server finds");
    }),
    case_("the place that a client shows does not end a stay of which more is known", async (pair) => {
      const { here, there, settled } = pair;
      here.sessions.save(session(here.log, "a"));
      const hint = here.log.hint?.(1, undefined);
      fill(here.log, 5);
      await settled();
      const taken = await there.sessions.take("a", { epoch: here.log.epoch, position: 1, ...(hint && { hint }) });
      checkEqual(taken?.former?.[0]?.end, 5, "the end of its former stay");
    }),
    case_("packets that were needed on one server are found by another, in order", async ({ here, there, settled }) => {
      here.sessions.save(session(here.log, "a"));
      for (const to of [
        everybody,
        "a's",
        { rooms: ["r"], except: [] },
        { rooms: ["other"], except: [] },
        "b's",
      ] as const)
        here.log.append(to, [`for ${JSON.stringify(to)}`], { isNeeded: true, isTold: false });
      await settled();
      const taken = await there.sessions.take("a");
      const place = taken?.former?.[0]?.start ?? { epoch: "", position: 0 };
      const packets = await there.log.readAfter(place, "a's", ["r"]);
      const positions = packets?.map(({ position }) => position).filter((position) => position <= 3);
      checkEqual(positions, [1, 2, 3], "the positions");
      checkEqual(textsOf(packets)[1], 'for "a\'s"', "the second");
      checkEqual(await there.log.readAfter({ ...place, position: 99 }, "a's", []), undefined, "after the log's end");
    }),
    case_("what the first server had delivered does not count again when the second one does", async (pair) => {
      const { here, there, settled } = pair;
      here.sessions.save(session(here.log, "a"));
      told(there, here); // before the session moves, both servers have it
      here.log.append(everybody, ["own"], { isNeeded: true, isTold: true });
      await settled();
      const taken = await there.sessions.take("a");
      checkEqual(taken?.covered?.get(there.log.epoch), 1, "covered of the second server's own");
      checkEqual(taken?.covered?.get(here.log.epoch), 2, "covered of the first server's");
      check((taken?.start.position ?? 0) >= 1, "the session starts before what was covered");
    }),
    case_(
      "what the second server had, and the first one never got, comes after the place where the session goes on",
      async (pair) => {
        const { here, there, settled } = pair;
        here.sessions.save(session(here.log, "a"));
        told(there, here);
        there.log.append(everybody, ["late"], { isNeeded: true, isTold: true });
        await settled();
        const taken = await there.sessions.take("a");
        const start = taken?.start ?? { epoch: "", position: 0 };
        checkEqual(textsOf(await there.log.readAfter(start, "a's", [])).includes("late"), true, "whether it is found");
      },
    ),
    case_("a server that has not heard everything of a third one cannot continue a session", async (pair) => {
      const { here, there, settled } = pair;
      here.sessions.save(session(here.log, "a"));
      const third = { epoch: "third--_" };
      const notes = { isNeeded: true, isTold: false };
      here.log.append(everybody, ["1"], { ...notes, origin: { ...third, position: 4, previous: 0 } });
      there.log.append(everybody, ["3"], { ...notes, origin: { ...third, position: 9, previous: 7 } });
      await settled();
      checkEqual(await failureOf(there, "a"), "HISTORY_LOST", "the error's code");
    }),
    case_(
      "a session is with one server only, however many ask for it at once",
      async ({ here, there, join, settled }) => {
        here.sessions.save(session(here.log, "a"));
        await settled();
        const third = open(join());
        const found = await Promise.all([there, third].map(async ({ sessions }) => await sessions.take("a")));
        const owners = [there, third].filter(
          (server, index) => found[index] !== undefined && server.taken.length === 0,
        );
        checkEqual(owners.length, 1, "servers that have it in the end");
      },
    ),
    case_("what was for nobody on a server until a session came there is found by the next one", async (pair) => {
      const { here, there, join, settled } = pair;
      here.sessions.save(session(here.log, "a"));
      const notes = { isNeeded: false, isTold: true };
      there.log.append(everybody, ["first"], notes); // the first server has not delivered it yet
      there.log.append({ rooms: ["a's"], except: [] }, ["second"], notes);
      await settled();
      const taken = await there.sessions.take("a");
      await settled();
      const third = open(join());
      await third.sessions.take("a"); // before its client could get anything from the second
      const start = taken?.start ?? { epoch: "", position: 0 };
      checkEqual(textsOf(await third.log.readAfter(start, "a's", ["a's"])), ["first", "second"], "what is found");
      checkEqual(
        textsOf(await third.log.readAfter({ ...start, position: start.position + 1 }, "a's", ["a's"])),
        ["second"],
        "what is found after the first",
      );
    }),
    case_("what is sent on a server while a session is on its way there is found by the next one", async (pair) => {
      const { here, there, join, settled } = pair;
      here.sessions.save(session(here.log, "a"));
      await settled();
      const sent: string[] = [];
      let isTaken = false;
      const taking = Promise.resolve(there.sessions.take("a")).finally(() => (isTaken = true));
      while (!isTaken) {
        sent.push(String(sent.length));
        there.log.append(everybody, sent.slice(-1), { isNeeded: false, isTold: true });
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      const taken = await taking;
      await settled();
      const third = open(join());
      await third.sessions.take("a");
      const start = taken?.start ?? { epoch: "", position: 0 };
      checkEqual(textsOf(await third.log.readAfter(start, "a's", [])), sent, "what is found");
    }),
    case_("a session that ended on purpose is gone for all", async ({ here, there, settled }) => {
      const saved = session(here.log, "a");
      here.sessions.save(saved);
      await settled();
      here.sessions.remove(saved);
      await settled();
      checkEqual(await there.sessions.take("a"), undefined, "what another server finds");
    }),
    case_("a server that had a session cannot change it any more", async ({ here, there, settled }) => {
      const saved = session(here.log, "a");
      here.sessions.save(saved);
      await settled();
      await there.sessions.take("a");
      here.sessions.save(saved);
      here.sessions.lose(saved);
      here.sessions.remove(saved);
      await settled();
      const again = await there.sessions.take("a");
      checkEqual(again?.start.epoch, there.log.epoch, "the log that it goes on");
    }),
  ];
}

interface Pair {
  readonly bench: RecoveryBench;
  readonly join: () => RecoveryStorage;
  readonly here: Opened;
  readonly there: Opened;
  readonly settled: () => Promise<void>;
}

/** One server sends to all, and the other delivers it, too. */
function told(sender: Opened, receiver: Opened): void {
  const { epoch, position } = sender.log.append(everybody, ["told"], { isNeeded: true, isTold: true }) && sender.log;
  receiver.log.append(everybody, ["told"], {
    isNeeded: true,
    isTold: false,
    origin: { epoch, position, previous: position - 1 },
  });
}

async function failureOf({ sessions }: Opened, pid: string): Promise<unknown> {
  try {
    return await sessions.take(pid);
  } catch (error) {
    return codeOf(error);
  }
}
