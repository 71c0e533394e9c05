import { expect, test, vi } from "vitest";
import type { Untyped } from "@halyard/contracts";
import { Bench, take, type FakeClient } from "./fake-client.fixture.ts";
import type { ServerOptions } from "./server.ts";
import type { Socket } from "./socket.ts";

function connect(options: Partial<ServerOptions> = {}): { bench: Bench; client: FakeClient; socket: Socket } {
  const bench = new Bench(options);
  const client = bench.join();
  const [socket] = bench.io.sockets.sockets.values();
  return { bench, client, socket: socket! };
}

test("emits events to the client, in order", () => {
  const { client, socket } = connect();
  socket.emit("a", 1, { b: [true] });
  socket.send("hello");
  socket.write("again");
  expect(client.sent).toEqual(['2["a",1,{"b":[true]}]', '2["message","hello"]', '2["message","again"]']);
});

test("sends attachments after their packet", () => {
  const { client, socket } = connect();
  socket.emit("a", Uint8Array.of(1, 2));
  expect(client.sent).toEqual(['51-["a",{"_placeholder":true,"num":0}]', Uint8Array.of(1, 2)]);
});

test.each(["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"])(
  'refuses to emit the reserved name "%s"',
  async (name) => {
    const { client, socket } = connect();
    const error = expect.objectContaining({ code: "RESERVED_EVENT", message: `"${name}" is a reserved event name` });
    expect(() => socket.emit(name)).toThrow(error);
    expect(() => socket.broadcast.emit(name)).toThrow(error);
    await expect(socket.emitWithAck(name)).rejects.toEqual(error);
    expect(client.sent).toEqual([]);
  },
);

test("what cannot be encoded is an error of the caller only", () => {
  const { client, socket } = connect();
  const circular: Untyped = {};
  circular.self = circular;
  expect(() => socket.emit("a", circular)).toThrow(expect.objectContaining({ code: "SOCKET_ENCODE" }));
  expect(() => socket.emit("a", 1n, () => {})).toThrow(expect.objectContaining({ code: "SOCKET_ENCODE" }));
  socket.emit("b");
  expect(client.sent).toEqual(['2["b"]']);
});

test("drops volatile events that cannot leave at once, and only those", () => {
  const { client, socket } = connect();
  client.writable = false;
  socket.volatile.emit("a");
  socket.emit("b");
  client.writable = true;
  socket.volatile.emit("c");
  expect(client.sent).toEqual(['2["b"]', '2["c"]']);
});

test("passes on whether a packet may be compressed", () => {
  const { client, socket } = connect();
  socket.compress(false).emit("a");
  socket.emit("b");
  expect(client.compressed.slice(-2)).toEqual([false, true]);
});

test("acknowledges an event once", () => {
  const { client, socket } = connect();
  socket.on("a", (value: number, reply: (...args: unknown[]) => void) => {
    reply(value + 1, "done");
    reply("again");
  });
  client.write('27["a",1]');
  expect(client.sent).toEqual(['37[2,"done"]']);
});

test("hands the client's acknowledgement to the callback", () => {
  const { client, socket } = connect();
  const reply = vi.fn();
  socket.emit("a", reply);
  expect(client.sent).toEqual(['20["a"]']);
  client.write('30["yes",2]', '30["again"]', '399["unknown"]');
  expect(reply).toHaveBeenCalledExactlyOnceWith("yes", 2);
  expect(client.readyState).toBe("open");
});

test("gives an acknowledgement the time of timeout()", () => {
  const { bench, client, socket } = connect();
  const late = vi.fn();
  const soon = vi.fn();
  socket.timeout(1_000).emit("late", late);
  socket.timeout(1_000).emit("soon", soon);
  client.write('31["yes"]');
  bench.clock.advance(1_000);
  client.write('30["too late"]');
  expect(soon).toHaveBeenCalledExactlyOnceWith(null, "yes");
  expect(late).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ code: "ACK_TIMEOUT", message: "operation has timed out" }),
  );
  expect(bench.clock.pendingCount).toBe(0);
});

test("promises the first value of an acknowledgement", async () => {
  const { bench, client, socket } = connect();
  const answer = socket.emitWithAck("a", 1);
  const timely = socket.timeout(50).emitWithAck("b");
  const late = socket.timeout(50).emitWithAck("c");
  client.write('30["one","two"]', '31["yes"]');
  bench.clock.advance(50);
  expect(await answer).toBe("one");
  expect(await timely).toBe("yes");
  await expect(late).rejects.toMatchObject({ code: "ACK_TIMEOUT" });
});

test("fails what is still waited for when the client leaves", async () => {
  const { bench, client, socket } = connect();
  const callback = vi.fn();
  const plain = vi.fn();
  const promise = socket.emitWithAck("a");
  socket.timeout(1_000).emit("b", callback);
  socket.emit("c", plain);
  client.lose();
  await expect(promise).rejects.toMatchObject({ code: "ACK_DISCONNECTED" });
  expect(callback).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: "ACK_DISCONNECTED" }));
  expect(plain).not.toHaveBeenCalled();
  expect(bench.clock.pendingCount).toBe(0);
  await expect(socket.emitWithAck("d")).rejects.toMatchObject({ code: "ACK_DISCONNECTED" });
});

test("waits for a limited number of acknowledgements", async () => {
  const { client, socket } = connect({ maxPendingAcks: 2 });
  const first = socket.emitWithAck("a");
  socket.emit("b", () => {});
  expect(() => socket.emit("c", () => {})).toThrow(expect.objectContaining({ code: "ACK_LIMIT" }));
  await expect(socket.emitWithAck("d")).rejects.toMatchObject({ code: "ACK_LIMIT" });
  client.write('30["one"]');
  expect(await first).toBe("one");
  socket.emit("e", () => {});
  expect(client.sent).toEqual(['20["a"]', '21["b"]', '22["e"]']);
});

test("reports listeners that throw or reject, and keeps the connection", async () => {
  const { bench, client, socket } = connect();
  const after = vi.fn();
  const sync = new Error("sync");
  const rejected = new Error("async");
  socket.on("sync", () => {
    throw sync;
  });
  socket.on("async", () => Promise.reject(rejected));
  socket.on("after", after);
  client.write('2["sync"]', '2["async"]', '2["after"]');
  await new Promise(setImmediate);
  expect(bench.failures).toEqual([
    { error: sync, event: "sync", socket, namespace: bench.io.sockets },
    { error: rejected, event: "async", socket, namespace: bench.io.sockets },
  ]);
  expect(after).toHaveBeenCalledOnce();
  expect(client.readyState).toBe("open");
});

test("reports callbacks and catch-all listeners that reject, and goes on", async () => {
  const { bench, client, socket } = connect();
  const fail = (where: string) => async (): Promise<never> => {
    await Promise.resolve();
    throw new Error(where);
  };
  socket.onAny(fail("any"));
  socket.onAnyOutgoing(fail("any outgoing"));
  client.write('2["a"]');
  socket.emit("a", fail("answer"));
  client.write("30[]");
  socket.timeout(100).emit("a", fail("timeout"));
  bench.clock.advance(100);
  bench.io.local.timeout(100).emit("a", fail("broadcast"));
  await new Promise(setImmediate);
  bench.clock.advance(100);
  bench.io.serverSideEmit("a", fail("other servers"));
  socket.timeout(100).emit("a", fail("disconnect"));
  socket.disconnect();
  socket.timeout(100).emit("a", fail("too late"));
  await new Promise(setImmediate);
  expect(bench.failures.map(({ error }) => error.message).filter((message) => message !== "any outgoing")).toEqual([
    "any",
    "answer",
    "timeout",
    "broadcast",
    "disconnect",
    "too late",
    "other servers",
  ]);
});

test("reports acknowledgement callbacks that throw", () => {
  const { bench, client, socket } = connect();
  const error = new Error("in a callback");
  const fail = (): void => {
    throw error;
  };
  socket.emit("a", fail);
  socket.timeout(10).emit("b", fail);
  socket.timeout(20).emit("c", fail);
  client.write("30[]");
  bench.clock.advance(10);
  client.lose();
  expect(bench.failures.map((failure) => failure.error)).toEqual([error, error, error]);
});

test("warns of failures when there is no hook", async () => {
  const bench = new Bench({ onError: undefined });
  const client = bench.join();
  const warning = new Promise<Untyped>((resolve) => process.once("warning", resolve));
  const [socket] = bench.io.sockets.sockets.values();
  socket!.on("a", () => {
    throw new Error("broken");
  });
  client.write('2["a"]');
  expect(await warning).toMatchObject({ code: "HANDLER_FAILED", message: expect.stringContaining("broken") });
});

test("an event named error without a listener does no harm", () => {
  const { bench, client, socket } = connect();
  client.write('2["error",1]');
  const heard = vi.fn();
  socket.on("error", heard);
  client.write('2["error",2]');
  expect(heard).toHaveBeenCalledExactlyOnceWith(2);
  expect(bench.failures).toEqual([]);
});

test("runs the socket's middlewares before the listeners", async () => {
  const { client, socket } = connect();
  const heard = vi.fn();
  const errors = vi.fn();
  socket.on("a", heard);
  socket.on("error", errors);
  socket.use((event, next) => {
    event[1] = event[1] + 1;
    next();
  });
  socket.use(async ([, value], next) => {
    await Promise.resolve();
    if (value > 10) return next(new Error("too much"));
    next();
    next();
  });
  client.write('2["a",1]', '2["a",10]');
  await vi.waitFor(() => expect(errors).toHaveBeenCalledOnce());
  expect(heard).toHaveBeenCalledExactlyOnceWith(2);
  expect(errors).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ message: "too much" }));
});

test("drops what a middleware lets pass after the socket has disconnected", () => {
  const { client, socket } = connect();
  const heard = vi.fn();
  let proceed: (() => void) | undefined;
  socket.on("a", heard);
  socket.use((_event, next) => (proceed = next));
  client.write('2["a"]');
  socket.disconnect();
  proceed?.();
  expect(heard).not.toHaveBeenCalled();
});

test("reports a middleware that throws or rejects", async () => {
  const { bench, client, socket } = connect();
  const heard = vi.fn();
  socket.on("sync", heard).on("async", heard);
  socket.use(([name], next) => {
    if (name === "sync") throw new Error("sync");
    next();
  });
  socket.use(() => Promise.reject(new Error("async")));
  client.write('2["sync"]', '2["async"]');
  await vi.waitFor(() => expect(bench.failures).toHaveLength(2));
  expect(heard).not.toHaveBeenCalled();
});

test("tells catch-all listeners of everything, first of all", () => {
  const { client, socket } = connect();
  const calls: unknown[] = [];
  const last = (...args: unknown[]): void => void calls.push(["any", ...args]);
  socket.on("a", (...args) => calls.push(["on", ...args]));
  socket.onAny(last);
  socket.prependAny((name) => calls.push(["first", name]));
  client.write('2["a",1]', '2["b"]');
  expect(calls).toEqual([
    ["first", "a"],
    ["any", "a", 1],
    ["on", 1],
    ["first", "b"],
    ["any", "b"],
  ]);
  expect(socket.listenersAny()).toHaveLength(2);
  socket.offAny(last);
  expect(socket.listenersAny()).toHaveLength(1);
  socket.offAny();
  expect(socket.listenersAny()).toEqual([]);
});

test("tells outgoing catch-all listeners of everything, broadcasts included", () => {
  const { bench, socket } = connect();
  const calls: unknown[] = [];
  const last = (...args: unknown[]): void => void calls.push(["any", ...args]);
  socket.onAnyOutgoing(last);
  socket.prependAnyOutgoing((name) => calls.push(["first", name]));
  socket.emit("a", 1);
  bench.io.emit("b", 2);
  expect(calls).toEqual([
    ["first", "a"],
    ["any", "a", 1],
    ["first", "b"],
    ["any", "b", 2],
  ]);
  expect(socket.listenersAnyOutgoing()).toHaveLength(2);
  socket.offAnyOutgoing(last).offAnyOutgoing();
  expect(socket.listenersAnyOutgoing()).toEqual([]);
});

test("an outgoing catch-all listener may itself emit and wait for an acknowledgement", () => {
  const { client, socket } = connect();
  const answers: string[] = [];
  socket.onAnyOutgoing((name: string) => {
    if (name === "outer") socket.emit("inner", (answer: string) => answers.push(answer));
  });
  socket.emit("outer", (answer: string) => answers.push(answer));
  expect(take(client)).toEqual(['21["inner"]', '20["outer"]']);
  client.write('30["to outer"]');
  client.write('31["to inner"]');
  expect(answers).toEqual(["to outer", "to inner"]);
});

test("one catch-all listener that throws is reported, the others still hear", () => {
  const { bench, client, socket } = connect();
  const heard = vi.fn();
  socket.onAny(() => {
    throw new Error("broken");
  });
  socket.onAny(heard);
  client.write('2["a"]');
  expect(heard).toHaveBeenCalledExactlyOnceWith("a");
  expect(bench.failures).toMatchObject([{ event: "a", socket }]);
});

test("disconnects from its namespace and tells the application why", () => {
  const { bench, client, socket } = connect();
  const calls: unknown[] = [];
  socket.join("r");
  socket.on("disconnecting", (reason) => calls.push(["disconnecting", reason, [...socket.rooms], socket.connected]));
  socket.on("disconnect", (reason) => calls.push(["disconnect", reason, [...socket.rooms], socket.connected]));
  socket.disconnect();
  socket.disconnect();
  expect(client.sent).toEqual(["1"]);
  expect(client.readyState).toBe("open");
  expect(calls).toEqual([
    ["disconnecting", "server namespace disconnect", [socket.id, "r"], true],
    ["disconnect", "server namespace disconnect", [], false],
  ]);
  expect(bench.io.sockets.sockets.size).toBe(0);
  expect(bench.io.sockets.adapter.rooms.size).toBe(0);
});

test("disconnects from all namespaces and closes the connection", () => {
  const { bench, client, socket } = connect();
  const reasons: unknown[] = [];
  bench.io.of("/x").on("connection", (other) => other.on("disconnect", (reason) => reasons.push(reason)));
  client.write("0/x,");
  take(client);
  socket.disconnect(true);
  expect(client.sent).toEqual(["1", "1/x,"]);
  expect(client.readyState).toBe("closed");
  expect(reasons).toEqual(["server namespace disconnect"]);
});

test("ends for the reasons of the client, of the connection and of the server", async () => {
  const bench = new Bench();
  const reasons: unknown[] = [];
  bench.io.on("connection", (socket) =>
    socket.on("disconnect", (reason, description) => reasons.push([reason, description])),
  );
  bench.join().write("1");
  const cause = new Error("reset");
  for (const reason of ["ping timeout", "transport close", "transport error"] as const)
    bench.join().lose(reason, cause);
  bench.join();
  await bench.io.close();
  expect(reasons).toEqual([
    ["client namespace disconnect", undefined],
    ["ping timeout", cause],
    ["transport close", cause],
    ["transport error", cause],
    ["server shutting down", undefined],
  ]);
});

test("disconnecting from a handler of disconnecting ends once", () => {
  const { client, socket } = connect();
  const ended = vi.fn();
  socket.on("disconnecting", () => socket.disconnect(true));
  socket.on("disconnect", ended);
  client.lose();
  expect(ended).toHaveBeenCalledExactlyOnceWith("transport close", undefined);
});

test("nothing follows DISCONNECT, whatever the handlers of disconnecting do", async () => {
  const { bench, client, socket } = connect();
  let reply: ((answer: number) => void) | undefined;
  socket.on("ask", (given) => (reply = given));
  client.write('20["ask"]');
  const asked: Promise<unknown>[] = [];
  socket.on("disconnecting", () => {
    expect(socket.connected).toBe(true);
    socket.emit("late");
    bench.io.emit("late");
    reply?.(1);
    asked.push(socket.emitWithAck("late"), bench.io.emitWithAck("late"));
    socket.disconnect();
    socket.disconnect(true);
  });
  socket.disconnect();
  expect(client.sent).toEqual(["1"]);
  expect(client.readyState).toBe("closed");
  expect(await Promise.allSettled(asked)).toEqual([
    { status: "rejected", reason: expect.objectContaining({ code: "ACK_DISCONNECTED" }) },
    { status: "rejected", reason: expect.objectContaining({ code: "ACK_INCOMPLETE", missing: [socket.id] }) },
  ]);
});

test("a socket that leaves because the server closes may still say goodbye", () => {
  const { bench, client, socket } = connect();
  socket.on("disconnecting", () => {
    socket.emit("goodbye");
    socket.disconnect();
    socket.emit("late");
  });
  void bench.io.close();
  expect(client.sent).toEqual(['2["goodbye"]', "1"]);
});

test("sends nothing and joins nothing once disconnected", () => {
  const { bench, client, socket } = connect();
  socket.disconnect();
  take(client);
  socket.emit("a");
  socket.join("r");
  expect(client.sent).toEqual([]);
  expect(socket.disconnected).toBe(true);
  expect(bench.io.sockets.adapter.rooms.has("r")).toBe(false);
});

test("describes the handshake", () => {
  const bench = new Bench();
  const client = bench.open();
  client.write('0{"token":"secret"}');
  const [socket] = bench.io.sockets.sockets.values();
  const { handshake } = socket!;
  expect(handshake).toEqual({
    headers: { host: "localhost", origin: "http://example.com" },
    time: String(new Date(handshake.issued)),
    address: "192.0.2.1",
    xdomain: true,
    secure: false,
    issued: client.handshake.issuedMs,
    url: "/socket.io/?EIO=4&transport=websocket&token=a&token=b",
    query: expect.objectContaining({ EIO: "4", transport: "websocket", token: ["a", "b"] }),
    auth: { token: "secret" },
  });
  handshake.auth["user"] = "kept";
  expect(socket!.handshake.auth).toEqual({ token: "secret", user: "kept" });
});

test("keeps the application's data", () => {
  const { socket } = connect();
  expect(socket.data).toEqual({});
  socket.data.name = "a";
  expect(socket.data).toEqual({ name: "a" });
  socket.data = { other: 1 };
  expect(socket.data).toEqual({ other: 1 });
  expect(socket.recovered).toBe(false);
});

test("shows its connection", () => {
  const { bench, client, socket } = connect();
  expect(socket.conn).toBe(client);
  expect(socket.client.conn).toBe(client);
  expect(socket.client.id).toBe(client.id);
  expect(socket.request).toBe(client.request);
  expect(socket.client.request).toBe(client.request);
  expect(socket.nsp).toBe(bench.io.sockets);
});

test("shows the server and the rooms of its namespace", () => {
  const { bench, client } = connect();
  const namespace = bench.io.of("/x");
  client.write("0/x,");
  const [socket] = namespace.sockets.values();
  expect(socket!.server).toBe(bench.io);
  expect(socket!.adapter).toBe(namespace.adapter);
});
