import { afterEach, expect, test } from "vitest";
import { Bench, take, type FakeClient } from "../fake-client.fixture.ts";
import type { AnySocket } from "../socket.ts";

const benches: Bench[] = [];
afterEach(() => Promise.all(benches.splice(0).map(({ io }) => io.close())));

function start(): Bench {
  const bench = new Bench();
  benches.push(bench);
  return bench;
}

function connect(bench: Bench, namespace = "/"): { client: FakeClient; socket: AnySocket } {
  const before = new Set(bench.io.of(namespace).sockets.values());
  const client = bench.join(namespace);
  const socket = [...bench.io.of(namespace).sockets.values()].find((other) => !before.has(other));
  if (socket === undefined) throw new Error("no socket");
  return { client, socket };
}

test("a client that is dismissed is told first when to come back", () => {
  const { client, socket } = connect(start());
  socket.disconnect(false, { retryAfterMs: 5_000 });
  expect(take(client)).toEqual(['2/~,["retry",5000]', "1"]);
});

test("with its connection, it is told for each namespace", () => {
  const bench = start();
  bench.io.of("/a");
  const { client, socket } = connect(bench);
  client.write("0/a,");
  take(client);
  socket.disconnect(true, { retryAfterMs: 0 });
  expect(take(client)).toEqual(['2/~,["retry",0]', "1", '2/~,["retry",0]', "1/a,"]);
  expect(client.readyState).toBe("closed");
});

test("without a hint, and to those who have joined a namespace of that name, nothing is said", () => {
  const bench = start();
  bench.io.of("/~");
  const { client, socket } = connect(bench);
  socket.disconnect();
  expect(take(client)).toEqual(["1"]);
  const odd = connect(bench, "/~");
  odd.socket.disconnect(false, { retryAfterMs: 1 });
  expect(take(odd.client)).toEqual(["1/~,"]);
});

test("clients that a drain disconnects are told", async () => {
  const bench = start();
  const { client } = connect(bench);
  await bench.io.drain({ duration: 0, retryAfterMs: 2_000 });
  expect(take(client)).toEqual(['2/~,["retry",2000]']);
});

test("a middleware that refuses may say when to ask again", () => {
  const bench = start();
  bench.io.use((_, next) => next(Object.assign(new Error("full"), { data: 1, retryAfterMs: 3_000 })));
  const client = bench.open();
  client.write("0");
  expect(take(client)).toEqual(['4{"message":"full","data":1,"retryAfterMs":3000}']);
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, "5"])("%s is no hint", async (retryAfterMs) => {
  const bench = start();
  const { client, socket } = connect(bench);
  const refusal = expect.objectContaining({ code: "INVALID_OPTION" });
  expect(() => socket.disconnect(false, { retryAfterMs: retryAfterMs as number })).toThrow(refusal);
  await expect(bench.io.drain({ retryAfterMs: retryAfterMs as number })).rejects.toEqual(refusal);
  expect(socket.connected).toBe(true);
  bench.io.use((_, next) => next(Object.assign(new Error("no"), { retryAfterMs: retryAfterMs as number })));
  const other = bench.open();
  other.write("0");
  expect([take(client), take(other)]).toEqual([[], ['4{"message":"no"}']]);
});
