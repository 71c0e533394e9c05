import { expect, test } from "vitest";
import { SessionDirectory } from "./session-directory.ts";
import { SessionFinder } from "./session-finder.ts";
import { readPrimaryNotice, seal, type PrimaryNotice, type WorkerNotice } from "./sticky-message.ts";

/** A connection by its name, and whether this process has ended its part of it. */
class Connection {
  readonly name: string;
  isEnded = false;

  constructor(name: string) {
    this.name = name;
  }

  destroy(): void {
    this.isEnded = true;
  }
}

/** A primary process with workers, whose messages the test reads. */
function start() {
  const sent: [worker: number, notice: PrimaryNotice, connection: string | undefined][] = [];
  const connections: Connection[] = [];
  const gone = new Set<number>();
  const directory = new SessionDirectory<Connection>((id) => ({
    id,
    isGone: gone.has(id),
    send: (notice, connection) => void sent.push([id, notice, connection?.name]),
  }));
  const say = (worker: number, notice: WorkerNotice, name?: string) => {
    const connection = name === undefined ? undefined : new Connection(name);
    if (connection !== undefined) connections.push(connection);
    directory.onMessage(worker, seal(notice), connection);
  };
  const ended = () => connections.filter(({ isEnded }) => isEnded).map(({ name }) => name);
  say(1, { kind: "ready", address: "/one" });
  say(2, { kind: "ready", address: "/two" });
  const found = () => sent.splice(0).map(([worker, notice]) => [worker, notice.kind === "found" && notice.address]);
  return { directory, gone, sent, say, found, ended };
}

test("tells where a session is", () => {
  const { say, found } = start();
  say(1, { kind: "opened", sid: "a" });
  say(2, { kind: "find", sid: "a", question: 7 });
  expect(found()).toEqual([[2, "/one"]]);
});

test("reads what other workers have said before it says that nobody has a session", async () => {
  const { say, found } = start();
  say(2, { kind: "find", sid: "a", question: 1 });
  say(1, { kind: "opened", sid: "a" });
  say(2, { kind: "find", sid: "b", question: 2 });
  for (let turn = 0; turn < 4; turn++) await new Promise(setImmediate);
  expect(found()).toEqual([
    [2, "/one"],
    [2, undefined],
  ]);
});

test("hands connections over to the session's worker, and back if there is none", () => {
  const { say, sent, ended } = start();
  const head = "aGk=";
  say(1, { kind: "opened", sid: "a" });
  say(2, { kind: "handOver", sid: "a", transfer: "t1", head }, "connection");
  say(2, { kind: "handOver", sid: "gone", transfer: "t2", head }, "another");
  say(2, { kind: "handOver", sid: "a", transfer: "t3", head }); // its client has gone meanwhile
  expect(sent.splice(0)).toMatchObject([
    [1, { kind: "takeOver", transfer: "t1", head }, "connection"],
    [2, { kind: "takeOver", transfer: "t2", head }, "another"],
  ]);
  for (const transfer of ["t1", "t2", "t3", "t1"]) say(2, { kind: "released", transfer });
  expect([sent, ended()]).toEqual([[], []]); // they may not have arrived
  for (const transfer of ["t1", "t2", "t3", "t2"]) say(2, { kind: "taken", transfer });
  expect(ended()).toEqual(["another"]);
  say(1, { kind: "taken", transfer: "t1" });
  expect(ended()).toEqual(["connection", "another"]);
  expect(sent).toMatchObject([
    [2, { kind: "released", transfer: "t2" }, undefined],
    [1, { kind: "released", transfer: "t1" }, undefined],
  ]);
});

test("a connection is not used as long as the worker may read it that has handed it over", () => {
  const { say, sent } = start();
  say(1, { kind: "opened", sid: "a" });
  say(2, { kind: "handOver", sid: "a", transfer: "t1", head: "" }, "connection");
  say(1, { kind: "taken", transfer: "t1" });
  expect(sent.splice(0)).toHaveLength(1);
  say(2, { kind: "released", transfer: "t1" });
  expect(sent).toMatchObject([[1, { kind: "released", transfer: "t1" }, undefined]]);
});

test("a worker that exits has let go of what it has handed over", () => {
  const { directory, say, sent } = start();
  say(1, { kind: "opened", sid: "a" });
  say(2, { kind: "handOver", sid: "a", transfer: "t1", head: "" }, "connection");
  say(1, { kind: "taken", transfer: "t1" });
  directory.onExit(2);
  expect(sent.at(-1)).toMatchObject([1, { kind: "released", transfer: "t1" }, undefined]);
});

test("so has a worker whose last words are read after its exit", () => {
  const { directory, gone, say, sent } = start();
  say(1, { kind: "opened", sid: "a" });
  gone.add(2);
  directory.onExit(2);
  say(2, { kind: "handOver", sid: "a", transfer: "t1", head: "" }, "connection");
  say(1, { kind: "taken", transfer: "t1" });
  expect(sent).toMatchObject([
    [1, { kind: "takeOver", transfer: "t1" }, "connection"],
    [1, { kind: "released", transfer: "t1" }, undefined],
  ]);
});

test("connections that a worker has not got, or that nobody can get, do not stay open after its exit", () => {
  const { directory, gone, say, sent, ended } = start();
  for (const sid of ["a", "b"]) say(1, { kind: "opened", sid });
  say(2, { kind: "handOver", sid: "a", transfer: "t1", head: "" }, "under way");
  say(2, { kind: "released", transfer: "t1" });
  say(1, { kind: "handOver", sid: "a", transfer: "t2", head: "" }, "to itself");
  directory.onExit(1);
  gone.add(1);
  say(1, { kind: "handOver", sid: "nobody's", transfer: "t3", head: "" }, "the last one");
  say(1, { kind: "released", transfer: "t1" });
  expect(ended()).toEqual(["under way", "to itself", "the last one"]);
  expect(sent.map(([, { kind }]) => kind)).toEqual(["takeOver", "takeOver"]);
});

test("forgets sessions that end, and those of workers that exit", () => {
  const { directory, say } = start();
  for (const sid of ["a", "b"]) say(1, { kind: "opened", sid });
  say(2, { kind: "opened", sid: "c" });
  say(2, { kind: "closed", sid: "a" }); // not its own
  expect(directory.size).toBe(3);
  say(1, { kind: "closed", sid: "a" });
  expect(directory.size).toBe(2);
  expect(directory.onExit(1)).toBe("/one");
  expect(directory.onExit(1)).toBeUndefined();
  expect(directory.size).toBe(1);
});

test.each([undefined, "text", {}, { kind: "opened", sid: "a" }, seal({ kind: "opened", sid: "a" })])(
  "takes %o from no primary process",
  (message) => expect(readPrimaryNotice(message)).toBeUndefined(),
);

test("skips what workers say about other things", () => {
  const { directory } = start();
  const sealed = seal({ kind: "opened", sid: "a" });
  for (const message of [
    undefined,
    "text",
    { kind: "opened", sid: "a" },
    { ...sealed, sid: 1 },
    { ...sealed, kind: "x" },
  ])
    directory.onMessage(1, message);
  expect(directory.size).toBe(0);
});

test("a finder asks once for what it knows, until it was wrong", () => {
  const asked: WorkerNotice[] = [];
  const finder = new SessionFinder((notice) => void asked.push(notice));
  const found: unknown[] = [];
  const find = (sid: string) => finder.find(sid, (address) => void found.push(address));
  find("a");
  finder.onFound(0, "/one");
  find("a");
  expect([asked.length, found]).toEqual([1, ["/one", "/one"]]);
  finder.forget("a");
  find("a");
  find("b");
  finder.onFound(9, "/nobody asked");
  finder.giveUp();
  expect([asked.length, found.slice(2)]).toEqual([3, [undefined, undefined]]);
  find("b");
  expect(asked).toHaveLength(4);
});
