import { queryObjects } from "node:v8";
import { expect, test, vi } from "vitest";
import { Bench, take, type FakeClient } from "../fake-client.fixture.ts";
import { Socket, type AnySocket } from "../socket.ts";

const KEY = "1234567890,1234567890,1234567890";

function joins(bench: Bench, key = KEY, namespace = ""): FakeClient {
  const client = bench.open();
  client.write(`0${namespace}${JSON.stringify({ "~": key })}`);
  return client;
}

/** A client that may repeat itself, and what the handler of its events `job` gets; the test answers. */
function working(): { bench: Bench; client: FakeClient; jobs: [job: string, answer: (...data: unknown[]) => void][] } {
  const bench = new Bench();
  const jobs: [job: string, answer: () => void][] = [];
  bench.io.on("connection", (socket) => socket.on("job", (job, answer) => void jobs.push([job, answer])));
  const client = joins(bench);
  take(client);
  return { bench, client, jobs };
}

test("a client that shows a key hears how many events may be under way; the application does not see the key", () => {
  const bench = new Bench();
  const sockets: AnySocket[] = [];
  bench.io.on("connection", (socket) => void sockets.push(socket));
  const client = bench.open();
  client.write(`0{"token":"t","~":"${KEY}"}`);
  expect(take(client)).toEqual([expect.stringMatching(/^0{"sid":"[^"]+","~":64}$/)]);
  expect(sockets[0]?.handshake.auth).toEqual({ token: "t" });
});

test.each([["too short"], ["a/".repeat(20)], ["x".repeat(65)], [1], [{}], [null]])(
  "%j is no key: the client is served as any other",
  (key) => {
    const bench = new Bench();
    const heard = vi.fn((_: unknown, answer: () => void) => answer());
    bench.io.on("connection", (socket) => socket.on("job", heard));
    const client = bench.open();
    client.write(`0${JSON.stringify({ "~": key })}`);
    expect(take(client)).toEqual([expect.stringMatching(/^0{"sid":"[^"]+"}$/)]);
    client.write('20["job",1]', '20["job",1]');
    expect(heard).toHaveBeenCalledTimes(2);
  },
);

test("without retryRecords every event is handled as often as it comes", () => {
  const bench = new Bench({ retryRecords: false });
  const heard = vi.fn();
  bench.io.on("connection", (socket) => socket.on("job", heard));
  const client = joins(bench);
  expect(take(client)).toEqual([expect.stringMatching(/^0{"sid":"[^"]+"}$/)]);
  client.write('20["job",1]', '20["job",1]');
  expect(heard).toHaveBeenCalledTimes(2);
});

test("an event that comes again is not handled again, and is answered as the first time", () => {
  const { bench, client, jobs } = working();
  client.write('20["job","a"]');
  jobs[0]?.[1]("done", { n: 1 }, Buffer.from("bytes"));
  const answer = take(client);
  client.write('20["job","a"]');
  expect(take(client)).toEqual(answer);
  expect(jobs).toHaveLength(1);
  expect(bench.io.stats().ignored.repeats).toBe(1);
});

test("while its handler runs, it is answered once, when the handler answers", () => {
  const { client, jobs } = working();
  client.write('20["job","a"]', '20["job","a"]', '20["job","a"]');
  expect(take(client)).toEqual([]);
  jobs[0]?.[1]("done");
  jobs[0]?.[1]("done twice");
  expect(take(client)).toEqual(['30["done"]']);
  expect(jobs).toHaveLength(1);
});

test("a client that comes back gets the answer that was lost on the way", () => {
  const { bench, client, jobs } = working();
  client.write('20["job","a"]');
  jobs[0]?.[1]("done");
  client.lose();
  const again = joins(bench);
  take(again);
  again.write('20["job","a"]', '21["job","b"]');
  expect(take(again)).toEqual(['30["done"]']);
  expect(jobs.map(([job]) => job)).toEqual(["a", "b"]);
});

test("an answer given while the client was away waits for it, and one given later follows it to its new connection", () => {
  const { bench, client, jobs } = working();
  client.write('20["job","a"]', '21["job","b"]');
  client.lose();
  jobs[0]?.[1]("while away");
  const again = joins(bench);
  take(again);
  again.write('20["job","a"]', '21["job","b"]');
  expect(take(again)).toEqual(['30["while away"]']);
  jobs[1]?.[1]("on the old socket");
  expect(take(again)).toEqual(['31["on the old socket"]']);
  expect([take(client), jobs.length]).toEqual([[], 2]);
});

test("a former connection that is not known to be gone changes nothing, whatever comes over it late", () => {
  const { bench, client, jobs } = working();
  client.write('20["job","a"]');
  const again = joins(bench);
  take(again);
  again.write('20["job","a"]', '21["job","b"]');
  client.write('21["job","b"]', '22["job","c"]');
  again.write('22["job","c"]');
  client.lose("ping timeout");
  for (const [job, answer] of jobs) answer(job);
  expect(take(again)).toEqual(['30["a"]', '31["b"]', '32["c"]']);
  expect(jobs.map(([job]) => job)).toEqual(["a", "b", "c"]);
});

test("nobody gets at answers with another key, or in another namespace", () => {
  const { bench, client, jobs } = working();
  bench.io.of("/other").on("connection", (socket) => socket.on("job", (_, answer) => answer("from elsewhere")));
  client.write('20["job","a"]');
  jobs[0]?.[1]("secret");
  const stranger = joins(bench, KEY.replaceAll("1", "2"));
  const elsewhere = joins(bench, KEY, "/other,");
  take(stranger);
  take(elsewhere);
  stranger.write('20["job","a"]');
  elsewhere.write('2/other,0["job","a"]');
  expect([take(stranger), take(elsewhere)]).toEqual([[], ['3/other,0["from elsewhere"]']]);
  expect(jobs).toHaveLength(2);
});

test("a client that a middleware refuses gets no answers", () => {
  const { bench, client, jobs } = working();
  client.write('20["job","a"]');
  client.lose();
  bench.io.use((_, next) => next(new Error("no")));
  const again = joins(bench);
  jobs[0]?.[1]("secret");
  again.write('20["job","a"]');
  expect(take(again)).toEqual(['4{"message":"no"}']);
});

test("events that are not queued by the client are handled as often as they come", () => {
  const { client, jobs } = working();
  client.write('24503599627370496["job","a"]', '24503599627370496["job","a"]', '20["job","b"]', '2["job","c"]');
  jobs[1]?.[1]("unqueued");
  expect(take(client)).toEqual(['34503599627370496["unqueued"]']);
  expect(jobs.map(([job]) => job)).toEqual(["a", "a", "b", "c"]);
});

test("an answer that cannot be encoded throws to its handler, which may give another", () => {
  const { client, jobs } = working();
  client.write('20["job","a"]');
  expect(() => jobs[0]?.[1](1n)).toThrow(expect.objectContaining({ code: "SOCKET_ENCODE" }));
  jobs[0]?.[1]("text");
  client.write('20["job","a"]');
  expect(take(client)).toEqual(['30["text"]', '30["text"]']);
});

test("what the application changes after it has answered does not change the record", () => {
  const { client, jobs } = working();
  const answer = { n: 1 };
  client.write('20["job","a"]');
  jobs[0]?.[1](answer);
  answer.n = 2;
  client.write('20["job","a"]');
  expect(take(client)).toEqual(['30[{"n":1}]', '30[{"n":1}]']);
});

const failing: readonly [what: string, prepare: (socket: AnySocket, handle: () => void) => void][] = [
  ["nobody listens yet", (socket, handle) => void socket.once("start", () => socket.on("job", handle))],
  ["a listener throws", (socket, handle) => onSecond(socket, handle, () => fail())],
  ["a listener rejects", (socket, handle) => onSecond(socket, handle, () => Promise.reject(new Error("failed")))],
  ["a middleware refuses", (socket, handle) => refusingFirst(socket, handle, (next) => next(new Error("failed")))],
  ["a middleware throws", (socket, handle) => refusingFirst(socket, handle, () => fail())],
];

test.each(failing)("where %s, the event is handled when it comes again", async (_, prepare) => {
  const bench = new Bench();
  const handle = vi.fn();
  bench.io.on("connection", (socket) => prepare(socket, handle));
  const client = joins(bench);
  client.write('20["job","a"]');
  await new Promise((resolve) => setImmediate(resolve)); // rejections are told in the next turn
  client.write('2["start"]', '20["job","a"]');
  expect(handle).toHaveBeenCalledTimes(1);
  client.write('20["job","a"]');
  expect(handle).toHaveBeenCalledTimes(1);
});

test("an event that was answered is not handled again, whatever fails afterwards", () => {
  const bench = new Bench();
  const heard = vi.fn((answer: (text: string) => void) => {
    answer("done");
    fail();
  });
  bench.io.on("connection", (socket) => socket.on("job", heard));
  const client = joins(bench);
  take(client);
  client.write('20["job"]', '20["job"]');
  expect(take(client)).toEqual(['30["done"]', '30["done"]']);
  expect(heard).toHaveBeenCalledTimes(1);
});

test("listeners for every event count as handlers", () => {
  const bench = new Bench();
  const heard = vi.fn();
  bench.io.on("connection", (socket) => socket.onAny(heard));
  const client = joins(bench);
  client.write('20["job"]', '20["job"]');
  expect(heard).toHaveBeenCalledTimes(1);
});

test("the record of a client that is away holds no socket, not even of handlers that never answer", () => {
  const bench = new Bench();
  bench.io.on("connection", (socket) => socket.on("job", () => {}));
  const socketCount = (): number => queryObjects(Socket, { format: "count" });
  const before = socketCount();
  const visit = (key: string): void => {
    const client = joins(bench, key);
    client.write('20["job"]');
    client.lose();
  };
  const keys = Array.from({ length: 50 }, (_, n) => `key-${n}`.padEnd(32, "x"));
  for (const key of keys) visit(key);
  expect(socketCount()).toBeLessThanOrEqual(before);
  for (const key of keys) visit(key);
  expect(bench.io.stats().ignored.repeats).toBe(50);
});

function fail(): never {
  throw new Error("failed");
}

/** The first event fails, the next are handled. */
function onSecond(socket: AnySocket, handle: () => void, first: () => unknown): void {
  let count = 0;
  socket.on("job", () => (count++ === 0 ? first() : handle()));
}

function refusingFirst(socket: AnySocket, handle: () => void, first: (next: (error?: Error) => void) => void): void {
  let count = 0;
  socket.use(([event], next) => (event === "job" && count++ === 0 ? first(next) : next()));
  socket.on("job", handle);
}
