import type { LoggedPacket, RecoveryLimits, SavedSession } from "@halyard/contracts";
import { describe, expect, test } from "vitest";
import { PlainWorld, type PlainLog, type PlainSessions, type PlainStorage } from "./plain-storage.fixture.ts";
import { recoveryCases } from "./recovery-cases.ts";
import type { RecoveryHarness } from "./recovery-harness.ts";

/** Changes something about a storage that was right. */
type Spoil = (log: PlainLog, sessions: PlainSessions, storage: PlainStorage) => void;

function harness(
  spoil: Spoil = () => {},
  change: (limits: RecoveryLimits) => Partial<RecoveryLimits> = () => ({}),
): RecoveryHarness {
  return {
    create(limits) {
      const world = new PlainWorld({ ...limits, ...change(limits) });
      const join = (): PlainStorage => {
        const storage = world.join();
        const open = storage.open.bind(storage);
        storage.open = (namespace, observer) => {
          const opened = open(namespace, observer);
          const [log, sessions] = [storage.logs.at(-1), storage.stores.at(-1)];
          if (log !== undefined && sessions !== undefined) spoil(log, sessions, storage);
          return opened;
        };
        return storage;
      };
      const settled = (): Promise<void> => Promise.resolve();
      return { storage: join(), join, settled, pass: (ms) => world.pass(ms), close: () => {} };
    },
  };
}

/** The names of the cases that a storage fails. */
async function failures(of: RecoveryHarness): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, run } of recoveryCases(of)) {
    try {
      await run();
    } catch {
      failed.push(name);
    }
  }
  return failed;
}

describe("a storage that is right passes", () => {
  for (const { name, run } of recoveryCases(harness())) test(name, run);
});

test("cases have names of their own", () => {
  const names = recoveryCases(harness()).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

const none = { rooms: [], except: [] };

/** What a log finds, changed. */
function finds(
  change: (packets: readonly LoggedPacket[], log: PlainLog) => readonly LoggedPacket[] | undefined,
): Spoil {
  return (log) => {
    const readAfter = log.readAfter.bind(log);
    log.readAfter = (place, sid, rooms) => {
      const found = readAfter(place, sid, rooms);
      return found && change(found, log);
    };
  };
}

/** What a store hands out, changed. */
function takes(change: (session: SavedSession) => SavedSession | undefined): Spoil {
  return (_log, sessions) => {
    const take = sessions.take.bind(sessions);
    sessions.take = (pid) => {
      const found = take(pid);
      return found && change(found);
    };
  };
}

const defects: readonly (readonly [name: string, broken: RecoveryHarness])[] = [
  [
    "forgets sessions whose clients are connected",
    harness((_log, sessions) => (sessions.save = (session) => sessions.lose(session))),
  ],
  ["does not save", harness((_log, sessions) => (sessions.save = () => {}))],
  [
    "looks at a session only when it is saved first",
    harness((_log, sessions) => {
      const known = new Set<string>();
      const save = sessions.save.bind(sessions);
      sessions.save = (session) => {
        if (!known.has(session.pid)) save({ ...session, memberships: [...session.memberships] });
        known.add(session.pid);
      };
    }),
  ],
  ["does not remove", harness((_log, sessions) => (sessions.remove = () => {}))],
  [
    "tells of sessions that were removed",
    harness((_log, sessions) => {
      const remove = sessions.remove.bind(sessions);
      sessions.remove = (session) => {
        sessions.lose(session);
        remove(session);
        sessions.giveUp({ session, store: sessions });
      };
    }),
  ],
  [
    "gives sessions to whoever asks",
    harness((_log, sessions, { world }) => {
      sessions.take = () => [...world.kept.values()][0]?.session;
    }),
  ],
  ["never gives up", harness(undefined, () => ({ maxDisconnectionMs: 1e9 }))],
  [
    "gives up although the client is back",
    harness((_log, sessions, { world }) => {
      const take = sessions.take.bind(sessions);
      sessions.take = (pid) => {
        const found = take(pid);
        for (const kept of world.kept.values()) kept.lostAtMs = world.nowMs;
        return found;
      };
    }),
  ],
  ["keeps any number of lost sessions", harness(undefined, () => ({ maxLostSessions: 1e9 }))],
  [
    "gives the same position twice",
    harness((log) => {
      const append = log.append.bind(log);
      log.append = (...args) => ({ ...append(...args), position: Math.max(1, log.position - 1) });
    }),
  ],
  ["finds packets in any order", harness(finds((packets) => [...packets].reverse()))],
  ["finds packets twice", harness(finds((packets) => [...packets, ...packets]))],
  ["finds what is for others alone", harness(finds((_packets, { entries }) => entries.map(({ packet }) => packet)))],
  ["misses what is for one socket", harness(finds((packets) => packets.filter(({ to }) => typeof to !== "string")))],
  [
    "misses what is for rooms",
    harness(finds((packets) => packets.filter(({ to }) => typeof to === "string" || to.rooms.length === 0))),
  ],
  ["misses the last packet", harness(finds((packets) => packets.slice(0, -1)))],
  ["loses whom a packet is for", harness(finds((packets) => packets.map((packet) => ({ ...packet, to: none }))))],
  [
    "keeps the application's own bytes",
    harness((log) => {
      const append = log.append.bind(log);
      log.append = (to, messages, notes) => {
        const packet = append(to, messages, notes);
        const entry = log.entries.at(-1);
        if (entry !== undefined) log.entries.splice(-1, 1, { ...entry, packet: { ...packet, messages } });
        return packet;
      };
    }),
  ],
  [
    "has a gap where packets are forgotten",
    harness((log) => {
      log.forget = (entry) => void log.entries.splice(log.entries.indexOf(entry), 1);
    }),
  ],
  ["keeps any number of packets", harness(undefined, () => ({ maxLogPackets: 1e9 }))],
  ["keeps any number of bytes", harness(undefined, () => ({ maxLogBytes: 1e9 }))],
  ["keeps packets for ever", harness(undefined, () => ({ maxLogAgeMs: 1e9 }))],
  [
    "answers for other runs of the log",
    harness((log) => {
      const readAfter = log.readAfter.bind(log);
      log.readAfter = (place, sid, rooms) => readAfter(place, sid, rooms) ?? (place.position <= 1 ? [] : undefined);
    }),
  ],
  [
    "shares nothing, but says so",
    harness((_log, sessions) => {
      sessions.take = () => undefined;
    }),
  ],
  [
    "does not tell who had the session",
    harness((_log, sessions) => sessions.observe({ onForgotten: () => {}, onTaken: () => {} })),
  ],
  ["says of a place what clients do not carry", harness((log) => void (log.hint = () => "\u00e4"))],
  [
    "lets clients in before others know of them",
    harness((_log, sessions) => {
      const save = sessions.save.bind(sessions);
      sessions.save = (session) => void setImmediate(() => save(session));
    }),
  ],
  [
    "ends a stay where its client had got",
    harness((_log, sessions) => {
      const take = sessions.take.bind(sessions);
      sessions.take = (pid, shown) => {
        const found = take(pid);
        const end = shown?.position;
        return end === undefined
          ? found
          : found && { ...found, former: found.former?.map((stay) => ({ ...stay, end })) };
      };
    }),
  ],
  ["forgets the stays before", harness(takes(({ former: _former, ...session }) => session))],
  ["forgets what is covered", harness(takes(({ covered: _covered, ...session }) => session))],
  [
    "starts from the log's end",
    harness(takes((session) => ({ ...session, start: { ...session.start, position: session.start.position + 9 } }))),
  ],
  ["does not notice that packets are missing", harness((log) => void (log.since.set = () => log.since))],
  [
    "lets a former owner write",
    harness((_log, sessions, { world }) => {
      sessions.remove = ({ pid }) => void world.kept.delete(`/ ${pid}`);
    }),
  ],
];

test.each(defects)("a storage that %s fails", async (_name, broken) => {
  expect(await failures(broken)).not.toEqual([]);
});
