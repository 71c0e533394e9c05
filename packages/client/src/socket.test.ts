import { afterEach, expect, test, vi } from "vitest";
import { Rig, type FakeEngine } from "./testing/fake-engine.ts";
import type { Socket } from "./socket.ts";
import type { SocketOptions } from "./options.ts";

afterEach(() => vi.unstubAllGlobals());

function connected(options: SocketOptions = {}): { rig: Rig; socket: Socket; engine: FakeEngine } {
  const rig = new Rig();
  const socket = rig.manager.socket("/", options);
  rig.accept();
  return { rig, socket, engine: rig.engine };
}

/** Collects what would surface as uncaught errors. */
function catchUncaught(): unknown[] {
  const errors: unknown[] = [];
  vi.stubGlobal("queueMicrotask", (callback: () => void) => {
    try {
      callback();
    } catch (error) {
      errors.push(error);
    }
  });
  return errors;
}

test("it joins when the connection opens and knows its state at each step", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  const state = () => [socket.active, socket.connected, socket.disconnected, socket.id];
  expect(state()).toEqual([true, false, true, undefined]);
  rig.engine.open();
  expect(rig.engine.sent).toEqual(["0"]);
  expect(state()).toEqual([true, false, true, undefined]);
  const seen: unknown[] = [];
  socket.on("connect", function (this: unknown) {
    seen.push(this);
  });
  rig.engine.receive('0{"sid":"abc"}');
  expect(state()).toEqual([true, true, false, "abc"]);
  expect(seen).toEqual([socket]);
  expect(socket.recovered).toBe(false);
});

test("auth is sent with each attempt, from an object or from a function", () => {
  const rig = new Rig();
  const plain = rig.manager.socket("/plain", { auth: { token: 1 } });
  let calls = 0;
  rig.manager.socket("/asked", { auth: (callback) => callback({ token: ++calls }) });
  rig.engine.open();
  expect(rig.engine.sent).toEqual(['0/plain,{"token":1}', '0/asked,{"token":1}']);
  plain.auth = { token: 2 };
  rig.engine.end("transport close");
  rig.clock.advance(1_000);
  rig.engine.open();
  expect(rig.engine.sent).toEqual(['0/plain,{"token":2}', '0/asked,{"token":2}']);
});

test("auth that answers late or twice asks to join once, and only on the connection it was for", () => {
  const answers: ((data: object) => void)[] = [];
  const rig = new Rig();
  rig.manager.socket("/", { auth: (callback) => answers.push(callback) });
  rig.engine.open();
  rig.engine.end("transport close");
  rig.clock.advance(1_000);
  rig.engine.open();
  answers[0]?.({ stale: true });
  expect(rig.engine.sent).toEqual([]);
  answers[1]?.({ fresh: true });
  answers[1]?.({ again: true });
  expect(rig.engine.sent).toEqual(['0{"fresh":true}']);
});

test("a refusal arrives with its data and ends the attempts; the socket can be connected again", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/admin");
  const errors: { message: string; data?: unknown }[] = [];
  socket.on("connect_error", (error) => errors.push(error));
  rig.engine.open();
  rig.engine.receive('4/admin,{"message":"not you","data":{"code":7}}');
  expect(errors[0]).toBeInstanceOf(Error);
  expect(errors[0]).toMatchObject({ message: "not you", data: { code: 7 } });
  expect(socket.active).toBe(false);
  expect(rig.engine.closed).toBe("flushed");
  socket.connect();
  rig.accept("/admin");
  expect(socket.connected).toBe(true);
});

test("a connection that cannot be opened is reported while attempts go on", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  const errors: Error[] = [];
  socket.on("connect_error", (error) => errors.push(error));
  const cause = new Error("xhr poll error");
  rig.engine.end("transport error", cause);
  expect(errors).toEqual([cause]);
  expect(socket.active).toBe(true);
});

test("a server of protocol 2 is told apart", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  const errors: Error[] = [];
  socket.on("connect_error", (error) => errors.push(error));
  rig.engine.open();
  rig.engine.receive("0");
  expect(errors[0]).toMatchObject({ code: "SERVER_TOO_OLD" });
  expect(socket.connected).toBe(false);
});

test("events arrive with their arguments, and are acknowledged once", () => {
  const { socket, engine } = connected();
  const seen: unknown[] = [];
  socket.on("news", (...args) => seen.push(args));
  socket.on("question", (text, reply) => {
    seen.push(text);
    reply("yes", 1);
    reply("no");
  });
  engine.receive('2["news",1,{"a":[2]}]', '27["question","why"]', '2["nobody listens"]');
  expect(seen).toEqual([[1, { a: [2] }], "why"]);
  expect(engine.sent).toEqual(['37["yes",1]']);
});

test("binary events arrive whole", () => {
  const { socket, engine } = connected();
  const seen: unknown[] = [];
  socket.on("file", (...args) => seen.push(...args));
  engine.receive('51-["file",{"_placeholder":true,"num":0}]', Uint8Array.of(1, 2));
  expect(seen).toEqual([Uint8Array.of(1, 2)]);
});

test("in browsers, bytes arrive as ArrayBuffers", () => {
  const view = new Uint8Array(Uint8Array.of(0, 1, 2, 3).buffer, 1, 2);
  const { socket, engine } = connected();
  engine.binaryType = "arraybuffer";
  const seen: unknown[] = [];
  socket.on("file", (...args) => seen.push(...args));
  engine.receive(
    '52-["file",{"a":[{"_placeholder":true,"num":0}]},{"_placeholder":true,"num":1}]',
    view,
    Uint8Array.of(4),
  );
  expect(seen).toEqual([{ a: [Uint8Array.of(1, 2).buffer] }, Uint8Array.of(4).buffer]);
  expect(seen[1]).toBeInstanceOf(ArrayBuffer);
});

test("packets of other namespaces do not concern it", () => {
  const { socket, engine } = connected();
  const seen: unknown[] = [];
  socket.on("news", () => seen.push(1));
  engine.receive('2/other,["news"]');
  expect(seen).toEqual([]);
});

test("emit sends the event, and hands the answer to its callback once", () => {
  const { socket, engine } = connected();
  const answers: unknown[] = [];
  socket.emit("plain", 1, "two", null);
  socket.send("hello");
  socket.emit("asked", function (this: unknown, ...args: unknown[]) {
    answers.push(this, ...args);
  });
  expect(engine.sent).toEqual(['2["plain",1,"two",null]', '2["message","hello"]', '20["asked"]']);
  engine.receive('30["a",1]', '30["again"]', '399["unknown"]');
  expect(answers).toEqual([socket, "a", 1]);
});

test("reserved names cannot be emitted", () => {
  const { socket, engine } = connected();
  for (const name of ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"])
    expect(() => socket.emit(name)).toThrow(expect.objectContaining({ code: "RESERVED_EVENT" }));
  expect(engine.sent).toEqual([]);
});

test("an event needs a name", () => {
  const { socket, engine } = connected();
  for (const name of [undefined, null, {}, Symbol("x")])
    expect(() => socket.emit(name as unknown as string)).toThrow(expect.objectContaining({ code: "INVALID_EVENT" }));
  socket.emit(7 as unknown as string, "x");
  expect(engine.sent).toEqual(['2[7,"x"]']);
});

test("a listener of an early event may disconnect before `connect`", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  const connect = vi.fn();
  socket.on("connect", connect);
  socket.on("early", () => socket.disconnect());
  rig.engine.open();
  rig.engine.receive('2["early"]', '0{"sid":"abc"}');
  expect(connect).not.toHaveBeenCalled();
});

test("data that cannot be encoded throws to its caller only, and leaves nothing behind", () => {
  const { socket, engine, rig } = connected();
  const circular: { left?: object; right?: object } = {};
  circular.left = circular.right = circular;
  expect(() => socket.emit("x", circular)).toThrow(expect.objectContaining({ code: "SOCKET_ENCODE" }));
  expect(() => socket.timeout(1_000).emit("x", 1n, () => {})).toThrow(
    expect.objectContaining({ code: "SOCKET_ENCODE" }),
  );
  expect(rig.clock.pendingCount).toBe(0);
  socket.emit("y");
  expect(engine.sent).toEqual(['2["y"]']);
});

test("events emitted while disconnected are sent when connected, before those of the connect listener", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  socket.emit("one");
  socket.emit("two", () => {});
  socket.on("connect", () => socket.emit("three"));
  expect(socket.sendBuffer).toHaveLength(2);
  rig.accept();
  expect(rig.engine.sent).toEqual(['2["one"]', '20["two"]', '2["three"]']);
  expect(socket.sendBuffer).toEqual([]);
});

test("the send buffer can be dropped", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  socket.emit("one");
  socket.sendBuffer = [];
  rig.accept();
  expect(rig.engine.sent).toEqual([]);
});

test("a buffered event that cannot be encoded does not hold up the others", () => {
  const uncaught = catchUncaught();
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  const errors: unknown[] = [];
  socket.timeout(1_000).emit("bad", 1n, (error: unknown) => errors.push(error));
  socket.emit("bad", 1n);
  socket.emit("good");
  rig.accept();
  expect(rig.engine.sent).toEqual(['2["good"]']);
  expect(errors).toMatchObject([{ code: "SOCKET_ENCODE" }]);
  // who takes an error first has heard of it
  expect(uncaught).toMatchObject([{ code: "SOCKET_ENCODE" }]);
  expect(socket.connected).toBe(true);
});

test("events that arrive before the leave to join are kept for after it, before `connect`", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  const seen: unknown[] = [];
  socket.on("early", (...args) => seen.push(...args));
  socket.on("connect", () => seen.push("connect"));
  rig.engine.open();
  rig.engine.receive('2["early",1]');
  expect(seen).toEqual([]);
  expect(socket.receiveBuffer).toEqual([["early", 1]]);
  rig.engine.receive('0{"sid":"abc"}');
  expect(seen).toEqual([1, "connect"]);
});

test("volatile events are dropped unless they can leave at once, or once the namespace is joined", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  socket.volatile.emit("dropped");
  rig.engine.open();
  socket.volatile.emit("joining");
  rig.accept();
  expect(rig.engine.sent.splice(0)).toEqual(['2["joining"]']);
  socket.volatile.emit("sent");
  rig.engine.writable = false;
  socket.volatile.emit("dropped");
  socket.emit("kept");
  expect(rig.engine.sent).toEqual(['2["sent"]', '2["kept"]']);
});

test("modifiers concern the next event only", () => {
  const { socket, engine } = connected();
  socket.compress(false).emit("a");
  socket.emit("b");
  expect(engine.compressed.slice(-2)).toEqual([false, true]);
});

test("after a sleep, events wait for the next connection instead of going to the dead one", () => {
  const { socket, engine, rig } = connected();
  engine.pingExpired = true;
  socket.emit("kept");
  expect(engine.sent).toEqual([]);
  engine.end("ping timeout");
  rig.clock.advance(1_000);
  rig.accept();
  expect(rig.engine.sent).toEqual(['2["kept"]']);
});

test("a timeout fails the acknowledgement and takes the event out of the buffer", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  const results: unknown[] = [];
  socket.timeout(100).emit("late", (error: unknown) => results.push(error));
  rig.clock.advance(100);
  expect(results).toMatchObject([{ code: "ACK_TIMEOUT", message: "operation has timed out" }]);
  expect(socket.sendBuffer).toEqual([]);
});

test("an answer in time calls the timer off, and no error comes first", () => {
  const { socket, engine, rig } = connected({ ackTimeout: 100 });
  const results: unknown[] = [];
  socket.emit("asked", (...args: unknown[]) => results.push(args));
  engine.receive('30["yes"]');
  expect(results).toEqual([[null, "yes"]]);
  expect(rig.clock.pendingCount).toBe(0);
});

test("emitWithAck resolves with the answer", async () => {
  const { socket, engine } = connected();
  const answer = socket.emitWithAck("asked", 1);
  engine.receive('30["yes"]');
  await expect(answer).resolves.toBe("yes");
});

test("a lost connection fails what waits for an answer, and keeps what has not been sent", async () => {
  const { socket, engine, rig } = connected();
  const plain = vi.fn();
  socket.emit("plain", plain);
  const asked = socket.emitWithAck("asked");
  const timed = vi.fn();
  socket.timeout(60_000).emit("timed", timed);
  engine.end("transport close");
  await expect(asked).rejects.toMatchObject({ code: "ACK_DISCONNECTED", message: "socket has been disconnected" });
  expect(timed).toHaveBeenCalledWith(expect.objectContaining({ code: "ACK_DISCONNECTED" }));
  expect(plain).not.toHaveBeenCalled();

  const kept = socket.emitWithAck("kept");
  rig.clock.advance(1_000);
  rig.accept();
  expect(rig.engine.sent).toEqual(['23["kept"]']);
  rig.engine.receive('33["done"]');
  await expect(kept).resolves.toBe("done");
});

test("the server's disconnection is final until connect is called", () => {
  const { socket, engine, rig } = connected();
  const seen: unknown[] = [];
  socket.on("disconnect", (...args) => seen.push(args));
  engine.receive("1");
  expect(seen).toEqual([["io server disconnect"]]);
  expect([socket.active, socket.connected, socket.id]).toEqual([false, false, undefined]);
  expect(engine.closed).toBe("flushed");
  rig.clock.advance(60_000);
  expect(rig.engines).toHaveLength(1);
  socket.connect();
  expect(rig.engines).toHaveLength(2);
});

test("disconnecting tells the server, and closes the connection when nobody else uses it", () => {
  const rig = new Rig();
  const chat = rig.manager.socket("/chat");
  const other = rig.manager.socket("/other");
  rig.accept("/chat", { sid: "1" });
  rig.accept("/other", { sid: "2" });
  const reasons: unknown[] = [];
  chat.on("disconnect", (reason) => reasons.push(reason));
  chat.disconnect();
  chat.disconnect();
  expect(reasons).toEqual(["io client disconnect"]);
  expect(rig.engine.sent).toEqual(["1/chat,"]);
  expect(rig.engine.closed).toBeUndefined();
  other.close();
  expect(rig.engine.closed).toBe("flushed");
  rig.clock.advance(60_000);
  expect(rig.engines).toHaveLength(1);
});

test("disconnecting before it is connected stops the attempts", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  socket.disconnect();
  expect(rig.engine.closed).toBe("flushed");
  expect(rig.clock.pendingCount).toBe(0);
  socket.open();
  expect(rig.engines).toHaveLength(2);
});

test("a lost connection is reported with reason and details, and got back", () => {
  const { socket, engine, rig } = connected();
  const seen: unknown[] = [];
  socket.on("disconnect", (...args) => seen.push(args));
  const details = { description: "network connection lost" };
  engine.end("transport close", details);
  expect(seen).toEqual([["transport close", details]]);
  expect(socket.active).toBe(true);
  rig.clock.advance(1_000);
  rig.accept("/", { sid: "second" });
  expect(socket.id).toBe("second");
});

test("leaving and coming back on a shared connection asks once to join", () => {
  const rig = new Rig();
  rig.manager.socket("/other");
  const socket = rig.manager.socket("/chat");
  rig.accept("/other");
  rig.accept("/chat");
  socket.disconnect().connect();
  socket.connect();
  expect(rig.engine.sent).toEqual(["1/chat,", "0/chat,"]);
});

test("packets that make no sense in the current state are ignored", () => {
  const { socket, engine } = connected();
  const seen: unknown[] = [];
  socket.on("connect", () => seen.push("connect"));
  socket.on("connect_error", () => seen.push("connect_error"));
  engine.receive('0{"sid":"other"}', '4{"message":"no"}', "35[1]");
  expect(seen).toEqual([]);
  expect([socket.connected, socket.id]).toEqual([true, "sid-1"]);
});

test("a listener that throws surfaces as an uncaught error and disturbs nobody", () => {
  const uncaught = catchUncaught();
  const { socket, engine } = connected();
  const seen: unknown[] = [];
  const failure = new Error("mine");
  socket.on("bad", () => {
    throw failure;
  });
  socket.onAny(() => {
    throw failure;
  });
  socket.on("good", () => seen.push("good"));
  socket.on("disconnect", () => {
    throw failure;
  });
  socket.emit("asked", () => {
    throw failure;
  });
  engine.receive('2["bad"]', '2["good"]', "30[]");
  expect(seen).toEqual(["good"]);
  expect(socket.connected).toBe(true);
  socket.disconnect();
  expect(socket.connected).toBe(false);
  expect(uncaught).toEqual([failure, failure, failure, failure, failure]);
});

test("catch-all listeners hear every event of their direction, in order", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  const seen: unknown[] = [];
  const second = (...args: unknown[]) => void seen.push(["second", ...args]);
  socket.onAny(second).prependAny((...args: unknown[]) => void seen.push(["first", ...args]));
  socket.onAnyOutgoing((...args: unknown[]) => void seen.push(["out", ...args]));
  socket.emit("buffered", 1);
  expect(seen).toEqual([]); // not sent yet
  rig.accept();
  rig.engine.receive('2["x",1]');
  expect(seen).toEqual([
    ["out", "buffered", 1],
    ["first", "x", 1],
    ["second", "x", 1],
  ]);
  expect(socket.listenersAny()).toHaveLength(2);
  socket.offAny(second);
  expect(socket.listenersAny()).toHaveLength(1);
  socket.offAny();
  socket.listenersAnyOutgoing().length = 0;
  socket.emit("unheard");
  rig.engine.receive('2["x"]');
  expect(seen).toHaveLength(3);
});

test("recovery: the session and the last offset are sent when joining again", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/", { auth: { token: 1 } });
  rig.accept("/", { sid: "abc", pid: "session" });
  rig.engine.receive('2["news",{"a":1},"offset-1"]', '2["no offset"]');
  rig.engine.end("transport close");
  rig.clock.advance(1_000);
  rig.engine.open();
  expect(rig.engine.sent).toEqual(['0{"pid":"session","offset":"offset-1","token":1}']);
  rig.engine.receive('0{"sid":"abc","pid":"session"}');
  expect(socket.recovered).toBe(true);
});

test("recovery: a new session forgets the offset of the old one", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/");
  rig.accept("/", { sid: "abc", pid: "session" });
  rig.engine.receive('2["news","offset-1"]');
  for (const pid of ["other session", "third session"]) {
    rig.engine.end("transport close");
    rig.clock.advance(1_000);
    rig.accept("/", { sid: "def", pid });
    expect(socket.recovered).toBe(false);
  }
  rig.engine.end("transport close");
  rig.clock.advance(1_000);
  rig.engine.open();
  expect(rig.engine.sent).toEqual(['0{"pid":"third session"}']);
});

test("recovery: listeners do not see the offsets of a server that marks its sessions, as all its events end in one", () => {
  for (const [pid, seen] of [
    ["~session", [[], ["text"], [1]]],
    ["session", [["at-1"], ["text", "at-2"], [1]]],
  ] as const) {
    const rig = new Rig();
    const socket = rig.manager.socket("/");
    const heard: unknown[] = [];
    const caught: unknown[] = [];
    socket.on("e", (...args) => heard.push(args));
    socket.onAny((_event, ...args) => caught.push(args));
    rig.accept("/", { sid: "abc", pid });
    rig.engine.receive('2["e","at-1"]', '2["e","text","at-2"]', '2["e",1]', '20["question","why"]');
    expect(heard).toEqual(seen);
    expect(caught).toEqual([...seen, ["why", expect.any(Function)]]);
    rig.engine.end("transport close");
    rig.clock.advance(1_000);
    rig.engine.open();
    expect(rig.engine.sent).toEqual([`0{"pid":"${pid}","offset":"at-2"}`]);
  }
});

test("the acknowledgement of a volatile event that was dropped times out, or fails with the connection", async () => {
  const { rig, socket, engine } = connected();
  engine.writable = false;
  const answer = socket.volatile.timeout(1_000).emitWithAck("lost");
  const later = socket.volatile.emitWithAck("lost");
  expect(engine.packets()).toEqual([]);
  rig.clock.advance(1_000);
  await expect(answer).rejects.toMatchObject({ code: "ACK_TIMEOUT" });
  engine.end("transport close");
  await expect(later).rejects.toMatchObject({ code: "ACK_DISCONNECTED" });
  expect(socket.sendBuffer).toEqual([]);
});
