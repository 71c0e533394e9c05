import { afterEach, expect, test, vi } from "vitest";
import { Bench, type FakeClient } from "./fake-client.fixture.ts";

const benches: Bench[] = [];
afterEach(() => Promise.all(benches.splice(0).map(({ io }) => io.close())));

function start(count: number): { bench: Bench; clients: FakeClient[]; open: () => number } {
  const bench = new Bench();
  benches.push(bench);
  const clients = Array.from({ length: count }, () => bench.join());
  return { bench, clients, open: () => clients.filter(({ readyState }) => readyState === "open").length };
}

test("disconnects evenly over the duration, as a connection that is lost, then closes", async () => {
  const { bench, clients, open } = start(10);
  const reasons: unknown[] = [];
  for (const socket of bench.io.sockets.sockets.values()) socket.on("disconnect", (reason) => reasons.push(reason));
  const drained = bench.io.drain({ duration: 10_000 });
  const left = [open()];
  for (let second = 1; second < 10; second++) {
    bench.clock.advance(1_000);
    left.push(open());
  }
  expect(left).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  await drained;
  expect(reasons).toEqual(Array(10).fill("server shutting down"));
  expect(clients.flatMap(({ sent }) => sent)).toEqual([]); // DISCONNECT would keep stock clients away
  expect(bench.io.stats().closed).toEqual({ "server shutting down": 10 });
});

test("many clients leave in small groups, all within the duration", async () => {
  const { bench, open } = start(1_000);
  const drained = bench.io.drain({ duration: 1_000 });
  const sizes: number[] = [];
  for (let before = open(); before > 0;) {
    bench.clock.advance(20);
    sizes.push(before - open());
    before = open();
  }
  expect(Math.max(...sizes)).toBeLessThanOrEqual(21);
  expect(sizes.length).toBeGreaterThanOrEqual(49);
  await drained;
});

test("refuses new sessions at once, and lets those that are in join and talk until it is their turn", async () => {
  const { bench, clients } = start(2);
  bench.io.of("/a");
  const heard = vi.fn();
  for (const socket of bench.io.sockets.sockets.values()) socket.on("hello", heard);
  const drained = bench.io.drain({ duration: 1_000 });
  expect(bench.refusesSessions).toBe(true);
  const last = clients.find(({ readyState }) => readyState === "open")!;
  last.write("0/a,", '2["hello"]');
  expect([bench.io.of("/a").sockets.size, heard.mock.calls.length]).toEqual([1, 1]);
  bench.clock.advance(1_000);
  await drained;
  expect(last.readyState).toBe("closed");
});

test("those who owe or are owed an acknowledgement go last, once it has come", async () => {
  const { bench, clients, open } = start(4);
  const [asking, asked] = clients;
  const sockets = [...bench.io.sockets.sockets.values()];
  let reply: () => void = () => {};
  sockets[0]!.on("ask", (given) => (reply = given));
  asking!.write('20["ask"]');
  const answered = sockets[1]!.emitWithAck("who");
  const drained = bench.io.drain({ duration: 4_000 });
  bench.clock.advance(1_500);
  expect([open(), asking!.readyState, asked!.readyState]).toEqual([2, "open", "open"]);
  reply();
  expect(asking!.sent.at(-1)).toBe("30[]");
  bench.clock.advance(500);
  expect([asking!.readyState, asked!.readyState]).toEqual(["closed", "open"]);
  asked!.write(`3${/\d+/.exec(String(asked!.sent[0]).slice(1))![0]}["me"]`);
  expect(await answered).toBe("me");
  bench.clock.advance(1_000);
  expect(asked!.readyState).toBe("closed");
  await drained;
});

test("nobody stays beyond the duration, however much is owed", async () => {
  const { bench, clients, open } = start(3);
  for (const socket of bench.io.sockets.sockets.values()) socket.on("ask", () => {});
  for (const client of clients) client.write('20["ask"]');
  const drained = bench.io.drain({ duration: 1_000 });
  bench.clock.advance(999);
  expect(open()).toBe(3);
  bench.clock.advance(100);
  expect(open()).toBe(0);
  await drained;
});

test("those who leave by themselves make room for nobody: the others keep their pace", async () => {
  const { bench, clients, open } = start(4);
  const drained = bench.io.drain({ duration: 4_000 });
  for (const client of clients.slice(2)) client.lose();
  bench.clock.advance(2_900);
  expect(open()).toBe(1);
  bench.clock.advance(200);
  expect(open()).toBe(0);
  await drained;
});

test("waits for those who are slow to take their last packets, but no longer than closeTimeout", async () => {
  for (const isSlow of [false, true]) {
    const { bench, clients } = start(2);
    const [client] = clients;
    client!.close = () => (client!.readyState = "closing");
    const settled = vi.fn();
    const drained = bench.io.drain({ duration: 1_000 }).then(settled);
    bench.clock.advance(isSlow ? 5_900 : 1_100);
    await new Promise(setImmediate);
    expect(settled).not.toHaveBeenCalled();
    if (isSlow) bench.clock.advance(200);
    else client!.lose();
    bench.clock.advance(100);
    await drained;
  }
});

test("is idempotent, and is over at once when there is nobody", async () => {
  const { bench, open } = start(2);
  const first = bench.io.drain({ duration: 1_000 });
  expect(bench.io.drain({ duration: 1 })).toBe(first);
  bench.clock.advance(1_000);
  await first;
  expect(open()).toBe(0);
  await start(0).bench.io.drain({ duration: 1_000_000 });
});

test("close cuts it short, and both settle; after that it has nothing to do", async () => {
  const { bench, clients, open } = start(5);
  const drained = bench.io.drain({ duration: 10_000 });
  expect(open()).toBe(4);
  const reasons: unknown[] = [];
  for (const socket of bench.io.sockets.sockets.values()) socket.on("disconnect", (reason) => reasons.push(reason));
  await bench.io.close();
  await drained;
  expect(reasons).toEqual(Array(4).fill("server shutting down"));
  for (const client of clients) client.lose(); // a real engine would have seen to that
  expect(bench.clock.pendingCount).toBe(0);
  await bench.io.drain();
});

test("a listener that closes the server in the middle of it ends it, too", async () => {
  const { bench, clients } = start(3);
  let closed: Promise<void> | undefined;
  for (const socket of bench.io.sockets.sockets.values()) socket.on("disconnect", () => (closed ??= bench.io.close()));
  await bench.io.drain({ duration: 10_000 });
  await closed;
  for (const client of clients) client.lose();
  expect(bench.clock.pendingCount).toBe(0);
});

test("without a duration takes ten seconds, and with none lets everybody go at once", async () => {
  const slow = start(10);
  const drained = slow.bench.io.drain();
  slow.bench.clock.advance(8_000);
  expect(slow.open()).toBe(1);
  slow.bench.clock.advance(1_000);
  await drained;
  const quick = start(10);
  await quick.bench.io.drain({ duration: 0 });
  expect(quick.open()).toBe(0);
});

test.each([-1, Number.NaN, Infinity])("refuses %o as a duration", async (duration) => {
  const { bench } = start(1);
  await expect(bench.io.drain({ duration })).rejects.toMatchObject({ code: "INVALID_OPTION" });
  expect(bench.refusesSessions).toBe(false);
});
