import { createMemoryStorage } from "@halyard/adapter";
import type {
  Adapter,
  AdapterHost,
  PacketNotes,
  RecoveryStorage,
  RecoveryStorageHost,
  SavedSession,
  ShownPlace,
} from "@halyard/contracts";
import { expect, test } from "vitest";
import { take } from "../fake-client.fixture.ts";
import { events, heard, lastOffset, RecoveryBench } from "./recovery-bench.fixture.ts";

/** A server that shares sessions with others, of which the test is one. */
function setUp() {
  const seen = {
    shown: [] as (ShownPlace | undefined)[],
    notes: [] as (PacketNotes | undefined)[],
    hinted: [] as unknown[],
    hint: "hint:1" as string | undefined,
    written: [] as SavedSession[],
    letIn: (() => {}) as () => void,
    isWritten: true,
    host: undefined as AdapterHost | undefined,
    join: (() => {}) as () => void,
  };
  const storage = (host: RecoveryStorageHost): RecoveryStorage => {
    const memory = createMemoryStorage(host);
    return {
      close: () => memory.close(),
      open(namespace, observer) {
        const { sessions, log } = memory.open(namespace, observer);
        return {
          sessions: {
            isShared: true,
            save: (session) => sessions.save(session),
            lose: (session) => sessions.lose(session),
            remove: (session) => sessions.remove(session),
            close: () => sessions.close(),
            take: (pid, shown) => (seen.shown.push(shown), sessions.take(pid)),
            settled: (session) => {
              seen.written.push(session);
              return seen.isWritten ? undefined : new Promise((resolve) => (seen.letIn = resolve));
            },
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
            hint: (position, origin) => (seen.hinted.push([position, origin]), seen.hint),
            append: (to, messages, notes) => (seen.notes.push(notes), log.append(to, messages, notes)),
            readAfter: (place, sid, rooms) => log.readAfter(place, sid, rooms),
            close: () => log.close(),
          },
        };
      },
    };
  };
  const adapter = (host: AdapterHost): Adapter => {
    seen.host = host;
    return {
      start: () => new Promise((resolve) => (seen.join = resolve)),
      serverCount: () => Promise.resolve(1),
      publish: () => {},
      async *query() {},
      close: () => Promise.resolve(),
    };
  };
  const bench = new RecoveryBench({ storage, maxLogAge: 7_000 }, { adapter });
  const receive = (mark: string, isPast: boolean, ...data: readonly [string, ...unknown[]]): void =>
    seen.host?.execute({ kind: "broadcast", to: { rooms: [], except: [] }, data, mark, isPast });
  return { bench, seen, receive };
}

const turn = (): Promise<void> => new Promise(setImmediate);

test("what the log says of a place goes to clients with it, and comes back with it", async () => {
  const { bench, seen, receive } = setUp();
  seen.join();
  await turn();
  const { client, pid } = bench.seat();
  bench.io.emit("own");
  receive("abcdefgh.5.2", false, "foreign");
  const offset = lastOffset(client);
  expect(offset).toMatch(/^[\w-]{8}\.2~hint:1$/);
  expect(seen.hinted).toEqual([
    [1, undefined],
    [2, { epoch: "abcdefgh", position: 5, previous: 2 }],
  ]);
  client.lose();
  seen.hint = undefined;
  const again = bench.seat({ pid, offset });
  expect(again.socket.recovered).toBe(true);
  expect(seen.shown).toEqual([{ epoch: offset.slice(0, 8), position: 2, hint: "hint:1" }]);
  bench.io.emit("own");
  expect(lastOffset(again.client)).toMatch(/^[\w-]{8}\.3$/);
});

test("what waits for another delivery says nothing that may not be true any more when it leaves", () => {
  const { bench } = setUp();
  const { client, socket } = bench.seat();
  socket.onAnyOutgoing((event) => {
    if (event === "first") bench.io.emit("second");
  });
  bench.io.emit("first");
  expect(heard(client).map(({ offset }) => offset.slice(9))).toEqual(["1~hint:1", "2"]);
});

test("a client is let in once other servers would find its new session, in its own room", async () => {
  const { bench, seen } = setUp();
  seen.isWritten = false;
  const client = bench.open();
  client.write("0");
  await turn();
  expect([take(client), bench.sockets.length]).toEqual([[], 0]);
  const [session] = seen.written;
  expect(session?.memberships.map(({ room }) => room)).toEqual([session?.sid]);
  bench.io.emit("too early");
  seen.letIn();
  await turn();
  bench.io.emit("after");
  expect(take(client).map((message) => String(message).slice(0, 9))).toEqual(['0{"sid":"', '2["after"']);
});

test("a client that leaves while its session is written leaves nothing", async () => {
  const { bench, seen } = setUp();
  seen.isWritten = false;
  const client = bench.open();
  client.write("0");
  await turn();
  client.lose();
  seen.letIn();
  await turn();
  expect([bench.sockets.length, bench.io.sockets.sockets.size]).toEqual([0, 0]);
});

test("what others had sent before is kept for who was with them, and is nothing to who is here", async () => {
  const { bench, seen, receive } = setUp();
  expect(seen.host?.pastMs).toBe(7_000);
  const { client, pid } = bench.seat();
  receive("abcdefgh.5.2", true, "past");
  receive("", true, "of unknown origin");
  expect(take(client)).toEqual([]);
  expect(seen.notes).toEqual([
    { origin: { epoch: "abcdefgh", position: 5, previous: 2 }, isNeeded: false, isTold: false },
  ]);
  client.lose();
  seen.join();
  await turn();
  expect(events(bench.seat({ pid }).client)).toEqual([]);
});

test("who comes back waits until the server has joined the others, but not for ever", async () => {
  for (const begin of [
    ({ seen }: ReturnType<typeof setUp>): void => seen.join(),
    ({ bench }: ReturnType<typeof setUp>): void => bench.clock.advance(5_000),
  ]) {
    const set = setUp();
    const client = set.bench.open();
    client.write('0{"pid":"~unknown"}');
    await turn();
    expect([set.seen.shown, take(client)]).toEqual([[], []]);
    begin(set);
    await turn();
    expect([set.seen.shown.length, take(client).length]).toEqual([1, 1]);
  }
});
