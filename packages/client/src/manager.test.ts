import { expect, test } from "vitest";
import { Rig } from "./testing/fake-engine.ts";

function record(rig: Rig): string[] {
  const seen: string[] = [];
  const { manager } = rig;
  manager.on("open", () => seen.push("open"));
  manager.on("error", (error) => seen.push(`error ${error.message}`));
  manager.on("ping", () => seen.push("ping"));
  manager.on("close", (reason) => seen.push(`close ${reason}`));
  manager.on("reconnect_attempt", (attempt) => seen.push(`reconnect_attempt ${attempt}`));
  manager.on("reconnect", (attempt) => seen.push(`reconnect ${attempt}`));
  manager.on("reconnect_error", (error) => seen.push(`reconnect_error ${error.message}`));
  manager.on("reconnect_failed", () => seen.push("reconnect_failed"));
  return seen;
}

test("it opens at once, with the default path, and tells what happens", () => {
  const rig = new Rig();
  const seen = record(rig);
  expect(rig.requests[0]).toMatchObject({ hostname: "localhost", secure: false, path: "/socket.io" });
  expect(rig.manager.engine).toBe(rig.engine);
  rig.engine.open();
  rig.engine.ping();
  expect(seen).toEqual(["open", "ping"]);
});

test("no name of a namespace is taken by what all objects have", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("constructor");
  expect([socket.active, rig.manager.socket("constructor") === socket]).toEqual([true, true]);
  expect(Object.keys(rig.manager.nsps)).toEqual(["constructor"]);
});

test("with autoConnect off it opens when told, once", () => {
  const rig = new Rig({ autoConnect: false });
  expect(rig.engines).toHaveLength(0);
  rig.manager.open();
  rig.manager.connect();
  expect(rig.engines).toHaveLength(1);
});

test("options are not changed for the caller, and can be changed before the next attempt", () => {
  const options = { query: { token: "old" } };
  const rig = new Rig(options);
  expect(options).toEqual({ query: { token: "old" } });
  rig.manager.opts.query = { token: "new" };
  rig.engine.end("transport error", new Error("refused"));
  rig.clock.advance(1_000);
  expect(rig.requests[1]?.query).toEqual({ token: "new" });
});

test("the options show the parts of the URL, and count when they are changed", () => {
  const rig = new Rig({ port: 1, query: { ignored: true } }, "https://example.com:8443?q=2");
  expect(rig.manager.opts).toMatchObject({ hostname: "example.com", port: "8443", secure: true, query: { q: "2" } });
  Object.assign(rig.manager.opts.query ?? {}, { q: "3" });
  rig.manager.opts.hostname = "other.example";
  rig.engine.end("transport error", new Error("refused"));
  rig.clock.advance(1_000);
  expect(rig.requests[1]).toMatchObject({ hostname: "other.example", port: "8443", query: { q: "3" } });
});

test("a first attempt that fails is followed by others, with growing delays up to the cap", () => {
  const rig = new Rig();
  const seen = record(rig);
  const delays: number[] = [];
  for (let attempt = 1; attempt <= 5; attempt++) {
    rig.engine.end("transport error", new Error("refused"));
    const lostMs = rig.clock.now();
    const made = rig.engines.length;
    while (rig.engines.length === made) rig.clock.advance(500);
    delays.push(rig.clock.now() - lostMs);
  }
  expect(delays).toEqual([1_000, 2_000, 4_000, 5_000, 5_000]);
  expect(seen.slice(0, 4)).toEqual([
    "error refused",
    "reconnect_attempt 1",
    "error refused",
    "reconnect_error refused",
  ]);
  rig.engine.open();
  expect(seen.slice(-2)).toEqual(["open", "reconnect 5"]);
});

test("delays start anew after the connection was got back", () => {
  const rig = new Rig();
  rig.engine.end("transport error");
  rig.clock.advance(1_000);
  rig.engine.end("transport error");
  rig.clock.advance(2_000);
  rig.engine.open();
  rig.engine.end("transport close");
  rig.clock.advance(1_000);
  expect(rig.engines).toHaveLength(4);
});

test("jitter spreads delays even at the cap", () => {
  const delays = new Set<number>();
  for (let round = 0; round < 20; round++) {
    const rig = new Rig({ randomizationFactor: 0.5, reconnectionDelay: 5_000 });
    rig.engine.end("transport error");
    while (rig.engines.length === 1) rig.clock.advance(1);
    delays.add(rig.clock.monotonic());
  }
  for (const delayMs of delays) expect(delayMs).toBeGreaterThanOrEqual(2_500);
  for (const delayMs of delays) expect(delayMs).toBeLessThanOrEqual(7_500);
  expect(delays.size).toBeGreaterThan(5);
});

test("it gives up after the last attempt, and can be opened again", () => {
  const rig = new Rig({ reconnectionAttempts: 1 });
  const seen = record(rig);
  rig.engine.end("transport error", new Error("refused"));
  rig.clock.advance(1_000);
  rig.engine.end("transport error", new Error("refused"));
  expect(seen).toEqual([
    "error refused",
    "reconnect_attempt 1",
    "error refused",
    "reconnect_failed",
    "reconnect_error refused",
  ]);
  rig.clock.advance(60_000);
  expect(rig.engines).toHaveLength(2);
  rig.manager.open();
  expect(rig.engines).toHaveLength(3);
});

test("without reconnection it stays closed", () => {
  const rig = new Rig({ reconnection: false });
  rig.engine.open();
  rig.engine.end("transport close");
  rig.clock.advance(60_000);
  expect(rig.engines).toHaveLength(1);
  expect(rig.clock.pendingCount).toBe(0);
});

test("reconnection can be switched off while it waits", () => {
  const rig = new Rig();
  const seen = record(rig);
  rig.engine.end("transport error", new Error("refused"));
  rig.manager.reconnection(false);
  rig.clock.advance(60_000);
  expect(seen).toEqual(["error refused"]);
  expect(rig.manager.reconnection()).toBe(false);
});

test("settings can be read and changed, and count from the next delay on", () => {
  const rig = new Rig({ autoConnect: false });
  const { manager } = rig;
  expect(manager.reconnectionAttempts()).toBe(Infinity);
  expect(manager.reconnectionDelay()).toBe(1_000);
  expect(manager.reconnectionDelayMax()).toBe(5_000);
  expect(manager.randomizationFactor()).toBe(0);
  expect(manager.timeout()).toBe(20_000);
  manager
    .reconnectionAttempts(7)
    .reconnectionDelay(10)
    .reconnectionDelayMax(20)
    .randomizationFactor(0.1)
    .timeout(false);
  expect(manager.reconnectionAttempts()).toBe(7);
  expect(manager.reconnectionDelayMax()).toBe(20);
  expect(manager.randomizationFactor()).toBe(0.1);
  expect(manager.timeout()).toBe(false);
  manager.open();
  expect(rig.clock.pendingCount).toBe(0); // no timeout
  rig.engine.end("transport error");
  rig.clock.advance(11);
  expect(rig.engines).toHaveLength(2);
});

test("an attempt that takes too long fails and is thrown away", () => {
  const rig = new Rig({ timeout: 100 });
  const seen = record(rig);
  const [first] = rig.engines;
  rig.clock.advance(100);
  expect(seen).toEqual(["error timeout"]);
  expect(first?.closed).toBe("discarded");
  first?.open(); // too late
  expect(seen).toEqual(["error timeout"]);
});

test("the callback of open hears of the result, and stops a first failure from being followed up", () => {
  const rig = new Rig({ autoConnect: false });
  const results: (Error | undefined)[] = [];
  rig.manager.open((error) => results.push(error));
  rig.engine.end("transport error", new Error("refused"));
  expect(results[0]?.message).toBe("refused");
  rig.clock.advance(60_000);
  expect(rig.engines).toHaveLength(1);
  rig.manager.open((error) => results.push(error));
  rig.engine.open();
  expect(results).toHaveLength(2);
  expect(results[1]).toBeUndefined();
});

test("open does not wait for the next attempt, and what it opens counts as reconnected", () => {
  const rig = new Rig();
  const seen = record(rig);
  rig.engine.open();
  rig.engine.end("transport close");
  rig.manager.open();
  rig.engine.open();
  expect(seen).toEqual(["open", "close transport close", "open", "reconnect 1"]);
  rig.clock.advance(60_000);
  expect(rig.engines).toHaveLength(2);
});

test("closing ends the connection and every timer, once, and is not undone by reconnection", () => {
  for (const stage of ["opening", "open", "waiting"]) {
    const rig = new Rig();
    if (stage === "open") rig.engine.open();
    if (stage === "waiting") rig.engine.end("transport error");
    const seen = record(rig);
    rig.manager.close();
    rig.manager.disconnect();
    expect(seen, stage).toEqual(["close forced close"]);
    expect(rig.clock.pendingCount, stage).toBe(0);
    expect(rig.engines, stage).toHaveLength(1);
  }
});

test("a listener may close it while it reports a failure or an attempt", () => {
  const rig = new Rig();
  rig.manager.once("error", () => rig.manager.close());
  rig.engine.end("transport error");
  expect(rig.clock.pendingCount).toBe(0);

  rig.manager.open();
  rig.manager.once("reconnect_attempt", () => rig.manager.close());
  rig.engine.end("transport error");
  rig.clock.advance(60_000);
  expect(rig.engines).toHaveLength(2);
  expect(rig.clock.pendingCount).toBe(0);
});

test("a listener may open it before the attempt does", () => {
  const rig = new Rig();
  rig.manager.on("reconnect_attempt", () => rig.manager.open());
  rig.engine.end("transport error");
  rig.clock.advance(1_000);
  expect(rig.engines).toHaveLength(2);
});

test("failed attempts before a close do not lengthen the delays after an open", () => {
  const rig = new Rig();
  rig.engine.end("transport error");
  rig.clock.advance(1_000);
  rig.engine.end("transport error");
  rig.manager.close();
  rig.manager.open();
  rig.engine.open();
  rig.engine.end("transport close");
  rig.clock.advance(1_000);
  expect(rig.engines).toHaveLength(4);
});

test("what cannot be decoded closes the connection with `parse error`, and it is opened again", () => {
  for (const garbage of [
    "",
    "9",
    "2",
    '2["connect"]',
    "2[1",
    new Uint8Array([1]),
    '51-["x",{"_placeholder":true,"num":7}]',
  ]) {
    const rig = new Rig();
    const seen = record(rig);
    rig.engine.open();
    const [engine] = rig.engines;
    engine?.receive(garbage, '2["late"]');
    expect(seen).toEqual(["open", "close parse error"]);
    expect(engine?.closed).toBe("discarded");
    rig.clock.advance(1_000);
    expect(rig.engines).toHaveLength(2);
  }
});

test("an error of the transport is told before the close", () => {
  const rig = new Rig();
  const seen = record(rig);
  rig.engine.open();
  rig.engine.end("transport error", new Error("reset"));
  expect(seen).toEqual(["open", "error reset", "close transport error"]);
});

test("packets are shown with the numbers of the protocol", () => {
  const rig = new Rig();
  const packets: unknown[] = [];
  rig.manager.on("packet", (packet) => packets.push(packet));
  rig.engine.open();
  rig.engine.receive('2/chat,7["hi"]', "1/chat,");
  expect(packets).toEqual([
    { type: 2, nsp: "/chat", data: ["hi"], id: 7 },
    { type: 1, nsp: "/chat" },
  ]);
});

test("a namespace has one socket per manager, which is connected again when asked for", () => {
  const rig = new Rig();
  const chat = rig.manager.socket("/chat");
  expect(rig.manager.socket("/chat")).toBe(chat);
  expect(rig.manager.socket("/")).not.toBe(chat);
  rig.accept("/chat");
  chat.disconnect();
  expect(chat.active).toBe(false);
  rig.manager.socket("/chat");
  expect(chat.active).toBe(true);
});

test("a parser can be plugged in", () => {
  expect(() => new Rig({ parser: {} })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});

test("who connects again from connect_error waits for the next attempt, however often it fails", () => {
  const rig = new Rig({ reconnectionAttempts: 2 });
  const seen = record(rig);
  const socket = rig.manager.socket("/");
  socket.on("connect_error", () => socket.connect());
  rig.engine.end("transport error", new Error("refused"));
  expect(rig.engines).toHaveLength(1);
  rig.clock.advance(1_000);
  expect(rig.engines).toHaveLength(2);
  rig.engine.end("transport error", new Error("refused"));
  expect(rig.engines).toHaveLength(2);
  rig.clock.advance(2_000);
  rig.engine.end("transport error", new Error("refused"));
  expect(rig.engines).toHaveLength(3);
  expect(seen).toContain("reconnect_failed");
  socket.connect();
  expect(rig.engines).toHaveLength(4);
});

test("who connects again from connect_error, and wants no reconnection, connects at once", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  socket.once("connect_error", () => void rig.manager.reconnection(false));
  rig.engine.end("transport error", new Error("refused"));
  expect(rig.engines).toHaveLength(1);
  socket.once("connect_error", () => socket.connect());
  socket.connect();
  rig.engine.end("transport error", new Error("refused"));
  expect(rig.engines).toHaveLength(3);
});
