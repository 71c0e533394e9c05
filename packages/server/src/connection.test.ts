import type { EngineMessage } from "@halyard/contracts";
import { expect, test, vi } from "vitest";
import { Bench, take } from "./fake-client.fixture.ts";
import type { ServerOptions } from "./server.ts";

test("joins the main namespace and answers with the socket's id", () => {
  const bench = new Bench();
  const onConnection = vi.fn();
  bench.io.on("connection", onConnection);
  const client = bench.open();
  client.write("0");
  const [socket] = [...bench.io.sockets.sockets.values()];
  expect(client.sent).toEqual([`0{"sid":"${socket?.id}"}`]);
  expect(socket?.id).toMatch(/^[\w-]{20}$/);
  expect(onConnection).toHaveBeenCalledExactlyOnceWith(socket);
});

test("hands events to the socket of their namespace", () => {
  const bench = new Bench();
  const heard: unknown[] = [];
  bench.io.on("connection", (socket) => socket.on("a", (value) => heard.push(["/", value])));
  bench.io.of("/x").on("connection", (socket) => socket.on("a", (value) => heard.push(["/x", value])));
  const client = bench.open();
  client.write("0", "0/x,", '2["a",1]', '2/x,["a",2]');
  expect(heard).toEqual([
    ["/", 1],
    ["/x", 2],
  ]);
});

test("refuses a namespace that does not exist", () => {
  const client = new Bench().open();
  client.write("0/unknown,");
  expect(client.sent).toEqual(['4/unknown,{"message":"Invalid namespace"}']);
  expect(client.readyState).toBe("open");
});

test("lets the request go once the client is connected", () => {
  const bench = new Bench();
  const client = bench.open();
  expect(client.requestReleased).toBe(false);
  client.write("0");
  expect(client.requestReleased).toBe(true);
});

test("disconnects a client that joins nothing within connectTimeout", () => {
  const bench = new Bench({ connectTimeout: 1_000 });
  const client = bench.open();
  bench.clock.advance(999);
  expect(client.readyState).toBe("open");
  bench.clock.advance(1);
  expect(client.readyState).toBe("closed");
});

test("disconnects a client that stays outside after it has left its last namespace", () => {
  const bench = new Bench({ connectTimeout: 1_000 });
  const client = bench.join();
  bench.clock.advance(5_000);
  expect(client.readyState).toBe("open");
  client.write("1");
  bench.clock.advance(999);
  expect(client.readyState).toBe("open");
  bench.clock.advance(1);
  expect(client.readyState).toBe("closed");
});

test("does not count time in another namespace as outside", () => {
  const bench = new Bench({ connectTimeout: 1_000 });
  bench.io.of("/x");
  const client = bench.join();
  client.write("0/x,", "1");
  bench.clock.advance(10_000);
  expect(client.readyState).toBe("open");
});

test.each([
  ["an unknown packet type", "abc"],
  ["an acknowledgement without an id", '3["a"]'],
  ["a CONNECT_ERROR, which only servers send", '4{"message":"no"}'],
])("closes the connection for %s, with the reason parse error", (_what, message) => {
  const bench = new Bench();
  const reasons: unknown[] = [];
  const errors: unknown[] = [];
  bench.io.on("connection", (socket) => {
    socket.on("error", (error) => errors.push(error));
    socket.on("disconnect", (reason) => reasons.push(reason));
  });
  const client = bench.join();
  client.write(message);
  expect(client.rejection).toMatchObject({ code: "SOCKET_PARSE" });
  expect(reasons).toEqual(["parse error"]);
  expect(errors).toEqual([client.rejection]);
});

test.each([
  ["a second CONNECT to the same namespace", ["0", "0"]],
  ["an event for a namespace that was not joined", ["0", '2/x,["a"]']],
  ["an event before CONNECT", ['2["a"]']],
])("closes the connection for %s", (_what, messages) => {
  const bench = new Bench();
  const ends: unknown[] = [];
  bench.io.on("connection", (socket) => socket.on("disconnect", (...end) => ends.push(end)));
  const client = bench.open();
  client.write(...messages);
  expect(client.readyState).toBe("closed");
  const end = ["forced server close", expect.objectContaining({ code: "SOCKET_VIOLATION" })];
  expect(ends).toEqual(messages.length === 1 ? [] : [end]);
});

test("closes the connection for an event to a namespace whose middleware has not decided", () => {
  const bench = new Bench();
  bench.io.use(() => {});
  const client = bench.open();
  client.write("0", '2["a"]');
  expect(client.readyState).toBe("closed");
});

test("ignores what was under way to a namespace that the server has left", () => {
  const bench = new Bench();
  const heard = vi.fn();
  bench.io.of("/x");
  bench.io.on("connection", (socket) => {
    socket.on("leave", () => socket.disconnect());
    socket.on("a", heard);
  });
  const client = bench.join();
  client.write("0/x,", '2["leave"]', '2["a"]', '31["late"]');
  expect(client.readyState).toBe("open");
  expect(heard).not.toHaveBeenCalled();
});

test("takes nothing for a namespace that the client itself has left", () => {
  const bench = new Bench();
  bench.io.of("/x");
  bench.io.on("connection", (socket) => socket.on("leave", () => socket.disconnect()));
  const client = bench.join();
  client.write("0/x,", '2["leave"]', "0", "1", '2["a"]');
  expect(client.readyState).toBe("closed");
});

test("resets a decoder that has thrown, because all clients share it", () => {
  const reset = vi.fn();
  const write = (message: unknown): never => {
    throw new Error(`cannot read ${String(message)}`);
  };
  const parser = { name: "broken", encode: () => [], createDecoder: () => ({ pending: false, write, reset }) };
  const client = new Bench({ parser }).open();
  client.write("0");
  expect(client.rejection).toMatchObject({ message: "cannot read 0" });
  expect(reset).toHaveBeenCalledOnce();
});

test("lets a client come back to a namespace", () => {
  const bench = new Bench();
  const client = bench.join();
  client.write("1", "0");
  expect(client.readyState).toBe("open");
  expect(bench.io.sockets.sockets.size).toBe(1);
});

test("closes the connection at one namespace too many", () => {
  const bench = new Bench({ maxNamespaces: 3 });
  bench.io.of(/^\/n\d$/);
  const client = bench.join();
  client.write("0/n1,", "0/n2,");
  expect(client.readyState).toBe("open");
  client.write("0/n3,");
  expect(client.readyState).toBe("closed");
});

test("closes the connection after too many refused CONNECTs", () => {
  const client = new Bench({ maxFailedConnects: 3 }).open();
  client.write("0/a,", "0/b,");
  expect(client.readyState).toBe("open");
  client.write("0/c,");
  expect(client.readyState).toBe("closed");
});

test.each<[Partial<ServerOptions>, ...EngineMessage[]]>([
  [{ maxPacketBytes: 100 }, `2["a","${"x".repeat(100)}"]`],
  [{ maxPacketBytes: 100 }, '51-["a",{"_placeholder":true,"num":0}]', Buffer.alloc(100)],
  [{ maxAttachments: 1 }, '52-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]'],
  [{ maxDepth: 3 }, '2["a",[[[]]]]'],
  [{ maxArguments: 3 }, '2["a",1,2,3]'],
  [{ maxArguments: 3 }, "30[1,2,3,4]"],
  [{ maxNamespaceLength: 5 }, "0/12345,"],
])("a packet beyond %o closes the connection, and the reason names the option", (options, ...messages) => {
  const bench = new Bench(options);
  const client = bench.join();
  const left: unknown[] = [];
  for (const socket of bench.io.sockets.sockets.values()) socket.on("disconnect", (...why) => left.push(why));
  client.write(...messages);
  const cause = expect.objectContaining({
    code: "SOCKET_PARSE",
    message: expect.stringContaining(String(Object.keys(options)[0])),
  });
  expect(client.rejection).toEqual(cause);
  expect(left).toEqual([["parse error", cause]]);
});

test("refuses a name that is too long", () => {
  const client = new Bench({ maxNamespaceLength: 8 }).open();
  client.write(`0/${"x".repeat(8)},`);
  expect(client.rejection).toMatchObject({ code: "SOCKET_PARSE" });
});

test("refuses an auth payload that is too large, and keeps the connection", () => {
  const bench = new Bench({ maxAuthBytes: 100 });
  const client = bench.open();
  client.write(`0${JSON.stringify({ token: "x".repeat(100) })}`);
  expect(client.sent).toEqual([expect.stringContaining("maxAuthBytes")]);
  client.write(`0${JSON.stringify({ token: "x".repeat(80) })}`);
  expect(bench.io.sockets.sockets.size).toBe(1);
});

test("counts the auth payload in bytes", () => {
  const client = new Bench({ maxAuthBytes: 100 }).open();
  client.write(`0${JSON.stringify({ token: "é".repeat(60) })}`);
  expect(client.sent).toEqual([expect.stringContaining("maxAuthBytes")]);
});

test("waits a limited time for attachments", () => {
  const bench = new Bench({ attachmentsTimeout: 1_000 });
  const client = bench.join();
  client.write('51-["a",{"_placeholder":true,"num":0}]');
  bench.clock.advance(999);
  expect(client.readyState).toBe("open");
  bench.clock.advance(1);
  expect(client.rejection).toMatchObject({ code: "SOCKET_PARSE" });
});

test("takes packets with attachments from several clients at once", () => {
  const bench = new Bench({ attachmentsTimeout: 1_000 });
  const heard: unknown[] = [];
  bench.io.on("connection", (socket) => socket.on("a", (bytes) => heard.push([...bytes])));
  const [first, second] = [bench.join(), bench.join()];
  first.write('51-["a",{"_placeholder":true,"num":0}]');
  second.write('51-["a",{"_placeholder":true,"num":0}]', Uint8Array.of(2));
  first.write(Uint8Array.of(1));
  expect(heard).toEqual([[2], [1]]);
  bench.clock.advance(10_000);
  expect([first.readyState, second.readyState]).toEqual(["open", "open"]);
});

test("a broken packet of one client does not disturb another", () => {
  const bench = new Bench();
  const heard = vi.fn();
  bench.io.on("connection", (socket) => socket.on("a", heard));
  const [bad, good] = [bench.join(), bench.join()];
  bad.write('5["a"]');
  good.write('2["a",1]');
  expect(bad.readyState).toBe("closed");
  expect(heard).toHaveBeenCalledExactlyOnceWith(1);
});

test.each([
  ["maxAttachments", { maxAttachments: 1 }, '52-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]'],
  ["maxArguments", { maxArguments: 2 }, '2["a",1,2]'],
  ["maxDepth", { maxDepth: 3 }, '2["a",[[[]]]]'],
  ["maxPacketBytes", { maxPacketBytes: 20 }, `2["a","${"x".repeat(20)}"]`],
])("closes the connection beyond %s", (_name, options, message) => {
  const client = new Bench(options).join();
  client.write('2["a"]');
  expect(client.readyState).toBe("open");
  client.write(message);
  expect(client.rejection).toMatchObject({ code: "SOCKET_PARSE" });
});

test("a client that leaves while its namespace is looked up joins nothing", () => {
  const bench = new Bench();
  let allow: ((error: Error | null, allowed: boolean) => void) | undefined;
  bench.io.of((_name, _auth, done) => (allow = done));
  const [gone, left] = [bench.open(), bench.open()];
  gone.write("0/x,");
  gone.lose();
  allow?.(null, true);
  left.write("0/y,", "1/y,");
  allow?.(null, true);
  expect(bench.io.of("/x").sockets.size + bench.io.of("/y").sockets.size).toBe(0);
});

test("a client that leaves while a middleware decides joins nothing", () => {
  const bench = new Bench();
  const onConnection = vi.fn();
  let proceed: (() => void) | undefined;
  bench.io.use((socket, next) => {
    socket.join("early");
    proceed = next;
  });
  bench.io.on("connection", onConnection);
  const client = bench.open();
  client.write("0");
  client.lose();
  proceed?.();
  expect(onConnection).not.toHaveBeenCalled();
  expect(bench.io.sockets.sockets.size).toBe(0);
  expect([...bench.io.sockets.adapter.rooms.keys()]).toEqual([]);
});

test("a client that takes its CONNECT back joins nothing", () => {
  const bench = new Bench();
  let proceed: (() => void) | undefined;
  bench.io.use((_socket, next) => (proceed = next));
  const client = bench.open();
  client.write("0", "1");
  proceed?.();
  expect(client.sent).toEqual([]);
  expect(bench.io.sockets.sockets.size).toBe(0);
});

test("a client whose connection is closing joins nothing any more", () => {
  const bench = new Bench();
  let proceed: (() => void) | undefined;
  bench.io.use((_socket, next) => (proceed = next));
  const [late, pending] = [bench.open(), bench.open()];
  pending.write("0");
  pending.readyState = "closing";
  proceed?.();
  late.readyState = "closing";
  late.write("0");
  proceed?.();
  expect(bench.io.sockets.sockets.size).toBe(0);
});

test("speaks the former protocol with clients of Engine.IO 3", () => {
  const bench = new Bench();
  const seen: unknown[] = [];
  bench.io.on("connection", (socket) => seen.push(socket.id));
  bench.io.of("/x").on("connection", (socket) => seen.push(socket.id, { ...socket.handshake.auth }));
  bench.io.of("/closed").use((_socket, next) => next(Object.assign(new Error("no"), { data: { why: "closed" } })));
  bench.io.of("/shut").use((_socket, next) => next(new Error("no")));
  const client = bench.open(3);
  client.write("0/x?token=abc&n=1,", "0/closed,", "0/shut,", "0/unknown,");
  expect(take(client)).toEqual([
    "0",
    "0/x,",
    '4/closed,{"why":"closed"}',
    '4/shut,"no"',
    '4/unknown,{"message":"Invalid namespace"}',
  ]);
  expect(seen).toEqual(["engine-1", "/x#engine-1", { token: "abc", n: "1" }]);
});
