import { expect, test, vi } from "vitest";
import { Rig } from "./testing/fake-engine.ts";

test("a socket that the server dismisses comes back when the server has said, not before", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  rig.accept();
  rig.engine.receive('2/~,["retry",5000]', "1");
  expect([socket.connected, socket.active]).toEqual([false, false]);
  rig.clock.advance(4_999);
  expect(rig.engines).toHaveLength(1);
  rig.clock.advance(1);
  expect(rig.engines).toHaveLength(2);
  rig.accept();
  expect(socket.connected).toBe(true);
  rig.engine.receive("1");
  rig.clock.advance(60_000);
  expect([socket.active, rig.engines.length]).toEqual([false, 2]);
});

test("its pause ends when somebody decides otherwise", () => {
  for (const decide of ["connect", "disconnect"] as const) {
    const rig = new Rig();
    const socket = rig.manager.socket("/");
    rig.accept();
    rig.engine.receive('2/~,["retry",5000]', "1");
    socket[decide]();
    const before = rig.engines.length;
    expect(before).toBe(decide === "connect" ? 2 : 1);
    rig.clock.advance(60_000);
    if (decide === "disconnect") expect([socket.active, rig.engines.length]).toEqual([false, before]);
    else expect(rig.clock.pendingCount).toBeLessThanOrEqual(1);
  }
});

test("a listener of the disconnection may decide otherwise, too", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  socket.on("disconnect", () => void socket.disconnect());
  rig.accept();
  rig.engine.receive('2/~,["retry",5000]', "1");
  rig.clock.advance(60_000);
  expect([socket.active, rig.engines.length]).toEqual([false, 1]);
});

test("a refusal that says when to ask again is no end", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  const refused = vi.fn();
  socket.on("connect_error", ({ message, willRetry }) => refused(message, willRetry));
  rig.engine.open();
  rig.engine.receive('0/other,{"sid":"x"}', '4{"message":"full","retryAfterMs":3000}');
  expect(refused.mock.calls).toEqual([["full", true]]);
  rig.clock.advance(3_000);
  rig.engine.open();
  rig.engine.receive('4{"message":"no"}');
  expect(refused.mock.calls.at(-1)).toEqual(["no", false]);
  rig.clock.advance(60_000);
  expect(rig.engines).toHaveLength(2);
});

test("a connection that ends after a hint is opened again that much later; the next one as ever", () => {
  const rig = new Rig();
  rig.manager.socket("/");
  rig.accept();
  rig.engine.receive('2/~,["retry",5000]');
  rig.engine.end("transport close");
  rig.clock.advance(5_999);
  expect(rig.engines).toHaveLength(1);
  rig.clock.advance(1);
  expect(rig.engines).toHaveLength(2);
  rig.accept();
  rig.engine.end("transport close");
  rig.clock.advance(1_000);
  expect(rig.engines).toHaveLength(3);
});

test("clients that were told the same come back at different times, none too early", () => {
  const delays = new Set<number>();
  for (let client = 0; client < 20; client++) {
    const rig = new Rig({ randomizationFactor: 0.5 });
    rig.manager.socket("/");
    rig.accept();
    rig.engine.receive('2/~,["retry",10000]', "1");
    let waited = 0;
    for (; rig.engines.length === 1; waited += 100) rig.clock.advance(100);
    delays.add(waited);
  }
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(10_000);
  expect(Math.max(...delays)).toBeLessThanOrEqual(15_100);
  expect(delays.size).toBeGreaterThan(5);
});

test("without reconnection no hint brings a client back, and nonsense is no hint", () => {
  for (const [options, hint] of [
    [{ reconnection: false }, '2/~,["retry",1]'],
    [{}, '2/~,["retry","1"]'],
    [{}, '2/~,["retry"]'],
  ] as const) {
    const rig = new Rig(options);
    const socket = rig.manager.socket("/");
    rig.accept();
    rig.engine.receive(hint, "1");
    rig.clock.advance(60_000);
    expect([socket.active, rig.engines.length]).toEqual([false, 1]);
  }
});
