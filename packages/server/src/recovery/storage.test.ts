import { createMemoryStorage } from "@halyard/adapter";
import type {
  Awaitable,
  NamespaceStorage,
  RecoveryStorage,
  RecoveryStorageHost,
  SavedSession,
  SessionStore,
} from "@halyard/contracts";
import { expect, test } from "vitest";
import { take } from "../fake-client.fixture.ts";
import { events, RecoveryBench } from "./recovery-bench.fixture.ts";

/** A storage that answers when it is told to, as one behind a network does. */
class SlowStorage {
  readonly waiting: (() => void)[] = [];
  /** What the next answers are instead of the right ones. */
  fails = false;
  readonly kept = new Map<string, SavedSession>();

  readonly create = (host: RecoveryStorageHost): RecoveryStorage => {
    const memory = createMemoryStorage(host);
    return {
      close: () => memory.close(),
      open: (namespace, observer) => this.#slow(memory.open(namespace, observer)),
    };
  };

  /** Answers everything that was asked, and what is asked thereupon. */
  async answer(): Promise<void> {
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      next();
      await new Promise(setImmediate);
    }
  }

  #slow({ sessions, log }: NamespaceStorage): NamespaceStorage {
    return {
      sessions: {
        isShared: false,
        save: (session) => {
          this.kept.set(session.pid, session);
          sessions.save(session);
        },
        lose: (session) => sessions.lose(session),
        remove: (session) => sessions.remove(session),
        close: () => sessions.close(),
        take: (pid) => this.#later(() => copy(sessions.take(pid))),
      },
      log: {
        get epoch() {
          return log.epoch;
        },
        get position() {
          return log.position;
        },
        get forgotten() {
          return log.forgotten;
        },
        append: (to, messages) => log.append(to, messages),
        close: () => log.close(),
        readAfter: (place, sid, rooms) => {
          const packets = log.readAfter(place, sid, rooms);
          return this.#later(() => packets);
        },
      },
    };
  }

  #later<Value>(answer: () => Awaitable<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.waiting.push(() => (this.fails ? reject(new Error("no connection")) : resolve(answer())));
    });
  }
}

/** What comes back over a network is a copy. */
function copy(found: Awaitable<SavedSession | undefined>): SavedSession | undefined {
  if (found === undefined || "then" in found) return undefined;
  const { pid, sid, start, memberships, reached, lostAt, data } = found;
  return structuredClone({ pid, sid, start, memberships, reached, data, ...(lostAt !== undefined && { lostAt }) });
}

function setUp() {
  const storage = new SlowStorage();
  const bench = new RecoveryBench({ storage: storage.create });
  const seat = bench.seat();
  return { storage, bench, ...seat };
}

test("a session is saved when its client connects, and stays true: a crash loses nothing of it", () => {
  const { storage, pid, sid, socket } = setUp();
  socket.join("r");
  socket.data.name = "Ada";
  const saved = storage.kept.get(pid);
  expect(saved).toMatchObject({ pid, sid, data: { name: "Ada" } });
  expect(saved?.memberships.map(({ room }) => room).sort()).toEqual([sid, "r"].sort());
});

test("a storage may take its time: what is sent meanwhile comes once, after what was missed", async () => {
  const { storage, bench, client, socket, pid, sid } = setUp();
  socket.join("r");
  client.lose();
  bench.io.to("r").emit("missed");
  const again = bench.open();
  again.write(`0{"pid":"${pid}"}`);
  bench.io.to("r").emit("while the session is looked up");
  storage.waiting.shift()?.();
  await new Promise(setImmediate);
  bench.io.to("r").emit("while the log is read");
  expect(take(again)).toEqual([]);
  await storage.answer();
  bench.io.to("r").emit("live");
  expect(again.sent.shift()).toBe(`0{"sid":"${sid}","pid":"${pid}"}`);
  expect(events(again).map(([event]) => event)).toEqual([
    "missed",
    "while the session is looked up",
    "while the log is read",
    "live",
  ]);
  expect(bench.sockets.at(-1)?.recovered).toBe(true);
});

test("a storage that fails gives a new session, and the client is served", async () => {
  const { storage, bench, client, pid } = setUp();
  client.lose();
  storage.fails = true;
  bench.open().write(`0{"pid":"${pid}"}`);
  await storage.answer();
  expect(bench.sockets.at(-1)).toMatchObject({ recovered: false, recoveryFailure: "storage failed", connected: true });
  storage.fails = false;
  const next = bench.open();
  next.write(`0{"pid":"${pid}"}`);
  storage.waiting.shift()?.();
  await new Promise(setImmediate);
  storage.fails = true;
  await storage.answer();
  expect(bench.sockets.at(-1)).toMatchObject({ recovered: false, recoveryFailure: "storage failed", connected: true });
  expect(bench.failures).toEqual([]);
});

test("a client that leaves while the storage is asked leaves its session as it was, and nothing else", async () => {
  const { storage, bench, client, pid } = setUp();
  client.lose();
  bench.io.emit("missed");
  for (const end of ["connection", "namespace"]) {
    const again = bench.open();
    again.write(`0{"pid":"${pid}"}`);
    if (end === "connection") again.lose();
    else again.write("1");
    await storage.answer();
    expect(bench.io.sockets.sockets.size).toBe(0);
  }
  const back = bench.open();
  back.write(`0{"pid":"${pid}"}`);
  await storage.answer();
  expect(bench.sockets).toHaveLength(2);
  expect(bench.sockets.at(-1)?.recovered).toBe(true);
  expect(take(back)).toHaveLength(2);
});

test("of two connections that ask for one session at a time, the second gets it", async () => {
  const { storage, bench, client, pid } = setUp();
  client.lose();
  const [one, two] = [bench.open(), bench.open()];
  one.write(`0{"pid":"${pid}"}`);
  two.write(`0{"pid":"${pid}"}`);
  await storage.answer();
  expect([one.readyState, two.readyState]).toEqual(["closed", "open"]);
  expect(bench.io.sockets.sockets.size).toBe(1);
  expect(bench.sockets.at(-1)?.recovered).toBe(true);
});

test("a client may not ask for the namespace twice while the storage is asked", () => {
  const { bench, client, pid } = setUp();
  client.lose();
  const again = bench.open();
  again.write(`0{"pid":"${pid}"}`, "0");
  expect(again.readyState).toBe("closed");
});

test("a session that outlived its log, or comes from another server's, is not restored: what it missed is not known", async () => {
  const saved: SavedSession = {
    pid: "~kept",
    sid: "kept",
    start: { epoch: "formerly", position: 0 },
    memberships: [],
    reached: 0,
    data: {},
  };
  const removed: string[] = [];
  const bench = new RecoveryBench({
    storage: (host) => {
      const memory = createMemoryStorage(host);
      return {
        close: () => memory.close(),
        open(namespace, observer) {
          const { sessions, log } = memory.open(namespace, observer);
          const kept: SessionStore = {
            isShared: true,
            save: (session) => sessions.save(session),
            lose: (session) => sessions.lose(session),
            take: (pid) => (pid === saved.pid ? saved : sessions.take(pid)),
            remove: (session) => removed.push(session.pid),
            close: () => sessions.close(),
          };
          return { sessions: kept, log };
        },
      };
    },
  });
  await new Promise(setImmediate); // the server has joined the others
  const { socket, sid } = bench.seat({ pid: saved.pid, offset: "formerly.5" });
  expect(socket).toMatchObject({ recovered: false, recoveryFailure: "history lost" });
  expect(sid).not.toBe(saved.sid);
  expect(removed).toEqual([saved.pid]);
});
