import { expect, test } from "vitest";
import { Bench } from "./fake-client.fixture.ts";

test("nothing is counted for what goes well", () => {
  const bench = new Bench();
  const before = bench.io.stats();
  const client = bench.join();
  bench.io.emit("a");
  bench.io.volatile.emit("b");
  client.write('2["c"]', '2["error"]');
  expect(bench.io.stats()).toEqual(before);
  expect(before).toEqual({
    closed: {},
    violations: { parse: 0, protocol: 0, idle: 0 },
    refusedConnects: 0,
    ignored: { acks: 0, packets: 0, repeats: 0 },
    dropped: { volatile: 0, overflow: 0 },
    failures: 0,
  });
});

test("connections are counted as they end, by reason", () => {
  const bench = new Bench();
  bench.join().lose("transport close");
  bench.join().lose("slow consumer");
  bench.join().lose("transport close");
  bench.join().write("2{}");
  bench.join().write("0");
  expect(bench.io.stats().closed).toEqual({
    "transport close": 2,
    "slow consumer": 1,
    "parse error": 1,
    "forced server close": 1,
  });
});

test("violations are counted by what was violated", () => {
  const bench = new Bench({ maxArguments: 2, maxFailedConnects: 2 });
  bench.join().write("what?");
  bench.join().write('2["a",1,2]');
  bench.join().write("0");
  bench.join().write("0/none,", "0/none,");
  bench.open();
  bench.clock.advance(45_000);
  expect(bench.io.stats()).toMatchObject({ violations: { parse: 2, protocol: 2, idle: 1 }, refusedConnects: 2 });
});

test("acknowledgements that nobody waits for are ignored, and counted", () => {
  const bench = new Bench();
  const client = bench.join();
  const [socket] = bench.io.sockets.sockets.values();
  client.write("37[]");
  expect(client.readyState).toBe("open");
  expect(bench.io.stats().ignored.acks).toBe(1);
  socket!.timeout(100).emit("ask", () => {});
  const id = /\d+/.exec(String(client.sent[0]).slice(1))![0];
  client.write(`3${id}[]`, `3${id}[]`);
  expect(bench.io.stats().ignored.acks).toBe(2);
  socket!.timeout(100).emit("ask", () => {});
  bench.clock.advance(100);
  client.write(`3${Number(id) + 1}[]`);
  expect(bench.io.stats()).toMatchObject({ ignored: { acks: 3 }, failures: 0 });
});

test("packets that were under way to a socket that was disconnected are ignored, and counted", () => {
  const bench = new Bench();
  const client = bench.join();
  bench.io.disconnectSockets();
  client.write('2["a"]', "1");
  expect(client.readyState).toBe("open");
  expect(bench.io.stats().ignored.packets).toBe(2);
});

test("volatile packets that could not leave are counted, alone and to many", () => {
  const bench = new Bench();
  const client = bench.join();
  const [socket] = bench.io.sockets.sockets.values();
  client.writable = false;
  socket!.volatile.emit("a", Buffer.alloc(1));
  bench.io.volatile.emit("b");
  expect(bench.io.stats().dropped.volatile).toBe(2);
  client.lose();
  bench.io.volatile.emit("c");
  expect(bench.io.stats().dropped.volatile).toBe(2);
});

test("volatile packets are counted where sessions can be recovered, too", () => {
  const bench = new Bench({ connectionStateRecovery: {} });
  const client = bench.join();
  const [socket] = bench.io.sockets.sockets.values();
  client.writable = false;
  socket!.volatile.emit("a");
  bench.io.volatile.emit("b");
  expect(bench.io.stats().dropped.volatile).toBe(2);
});

test("failures of the application are counted, whoever hears of them", () => {
  const bench = new Bench();
  const client = bench.join();
  const [socket] = bench.io.sockets.sockets.values();
  socket!.on("a", () => {
    throw new Error("broken");
  });
  client.write('2["a"]');
  expect(bench.io.stats().failures).toBe(1);
});
