import { expectTypeOf, test } from "vitest";
import * as debug from "./debug.ts";
import * as websocket from "./websocket.ts";
import {
  connect,
  io,
  Manager,
  type DisconnectDescription,
  type ManagerOptions,
  type Socket,
  type SocketOptions,
} from "./index.ts";

interface ServerToClient {
  news: (text: string, count: number) => void;
  question: (text: string, reply: (answer: boolean) => void) => void;
}

interface ClientToServer {
  hello: (name: string) => void;
  plain: () => void;
  ask: (id: number, callback: (answer: string) => void) => void;
  check: (callback: (error: Error, answer: string) => void) => void;
}

const socket: Socket<ServerToClient, ClientToServer> = io();

test("listeners get their event's arguments", () => {
  socket.on("news", (text, count) => {
    expectTypeOf(text).toEqualTypeOf<string>();
    expectTypeOf(count).toEqualTypeOf<number>();
  });
  socket.once("question", (_text, reply) => {
    expectTypeOf(reply).toEqualTypeOf<(answer: boolean) => void>();
    reply(true);
    // @ts-expect-error an answer is a boolean
    reply("yes");
  });
  socket.off("news", (_text: string) => {});
  socket.off("news");
  socket.off();
  // @ts-expect-error no such event
  socket.on("newz", () => {});
  // @ts-expect-error the count is a number
  socket.on("news", (_text: string, _count: string) => {});
  // async listeners are listeners
  socket.on("news", async (text) => void text);
});

test("a socket's own events are typed, typed application or not", () => {
  socket.on("connect", () => {});
  socket.on("disconnect", (reason, details) => {
    expectTypeOf(reason).toExtend<string>();
    expectTypeOf(details).toEqualTypeOf<DisconnectDescription | undefined>();
  });
  const untyped = io("http://localhost");
  untyped.on("disconnect", (reason) => {
    if (reason === "io server disconnect") untyped.connect();
    // @ts-expect-error no such reason
    if (reason === "server fell over") untyped.connect();
  });
  untyped.on("connect_error", (error) => {
    expectTypeOf(error).toExtend<Error>();
    expectTypeOf(error.data).toBeAny();
  });
});

test("emit takes its event's arguments", () => {
  expectTypeOf(socket.emit("hello", "world")).toEqualTypeOf<typeof socket>();
  socket.emit("plain");
  socket.emit("ask", 1, (answer) => expectTypeOf(answer).toEqualTypeOf<string>());
  socket.volatile.compress(false).emit("hello", "world");
  // @ts-expect-error a name is a string
  socket.emit("hello", 1);
  // @ts-expect-error the name is missing
  socket.emit("hello");
  // @ts-expect-error what the server emits is not for the client to emit
  socket.emit("news", "text", 1);
});

test("a timeout puts an error first", () => {
  socket.timeout(100).emit("ask", 1, (error, answer) => {
    expectTypeOf(error).toEqualTypeOf<Error>();
    expectTypeOf(answer).toEqualTypeOf<string>();
  });
  socket.timeout(100).volatile.emit("hello", "world");
});

test("modifiers keep the types of the events, and only a timeout puts an error first", () => {
  const { signal } = new AbortController();
  expectTypeOf(socket.ttl(100).signal(signal).volatile.compress(true)).toEqualTypeOf<typeof socket>();
  socket.ttl(100).emit("ask", 1, (answer) => expectTypeOf(answer).toEqualTypeOf<string>());
  expectTypeOf(socket.signal(signal).emitWithAck("ask", 1)).toEqualTypeOf<Promise<string>>();
  socket
    .timeout(100)
    .signal(signal)
    .emit("ask", 1, (error, answer) => {
      expectTypeOf(error).toEqualTypeOf<Error>();
      expectTypeOf(answer).toEqualTypeOf<string>();
    });
  // @ts-expect-error a name is a string
  socket.ttl(100).emit("hello", 1);
  // @ts-expect-error a time to live is a number
  socket.ttl("100");
});

test("connect_error says what happened and what comes next", () => {
  socket.on("connect_error", ({ code, data, willRetry }) => {
    expectTypeOf(code).toEqualTypeOf<string | undefined>();
    expectTypeOf(data).toBeAny();
    expectTypeOf(willRetry).toEqualTypeOf<boolean | undefined>();
  });
});

test("auth is an object, a function that calls back, or one that returns a promise", () => {
  io({ auth: { token: "1" } });
  io({ auth: (callback) => callback({ token: "1" }) });
  io({
    auth: async ({ attempt, reason }) => {
      expectTypeOf(attempt).toEqualTypeOf<number>();
      expectTypeOf(reason).toEqualTypeOf<string | undefined>();
      return { token: "1" };
    },
  });
});

test("the other entries have the same types", () => {
  const one: Socket<ServerToClient, ClientToServer> = debug.io();
  const other: Socket<ServerToClient, ClientToServer> = websocket.io("http://localhost");
  expectTypeOf(one).toEqualTypeOf(other);
  expectTypeOf(new websocket.Manager<ServerToClient, ClientToServer>().socket("/")).toEqualTypeOf<typeof socket>();
  expectTypeOf(new debug.Manager<ServerToClient, ClientToServer>().socket("/")).toEqualTypeOf<typeof socket>();
});

test("emitWithAck resolves with the answer", () => {
  expectTypeOf(socket.emitWithAck("ask", 1)).toEqualTypeOf<Promise<string>>();
  expectTypeOf(socket.timeout(100).emitWithAck("ask", 1)).toEqualTypeOf<Promise<string>>();
  expectTypeOf(socket.emitWithAck("check")).toEqualTypeOf<Promise<string>>();
  // @ts-expect-error an id is a number
  void socket.emitWithAck("ask", "1");
});

test("without types, anything goes", () => {
  const untyped = io();
  untyped.on("anything", (first, second) => {
    expectTypeOf(first).toBeAny();
    expectTypeOf(second).toBeAny();
  });
  untyped.emit("anything", 1, "two", (answer: string) => answer);
  expectTypeOf(untyped.emitWithAck("anything", 1)).resolves.toBeAny();
  untyped.onAny((event, ...args) => [event, ...args]);
  expectTypeOf(untyped).toExtend<Socket>();
  expectTypeOf(socket.io.engine.transport.name).toExtend<string>();
  socket.io.engine.on("upgrade", (transport) => expectTypeOf(transport.name).toExtend<string>());
  socket.io.on("reconnect_attempt", (attempt) => expectTypeOf(attempt).toEqualTypeOf<number>());
});

test("the map for emitting defaults to the map for listening", () => {
  const both: Socket<ServerToClient> = io();
  both.emit("news", "text", 1);
  const given = io<ServerToClient, ClientToServer>("http://localhost");
  expectTypeOf(given).toEqualTypeOf<typeof socket>();
});

test("options and managers are typed", () => {
  const options: Partial<ManagerOptions & SocketOptions> = {
    path: "/x",
    auth: { token: "1" },
    reconnectionDelayMax: 10,
    transports: ["websocket"],
    query: { a: 1 },
    extraHeaders: { a: "b" },
    timeout: false,
  };
  io(options);
  connect("http://localhost", options);
  io.connect("http://localhost").disconnect();
  io("http://localhost", { auth: (callback) => callback({ token: 1 }), retries: 3, retryWindow: 8, ackTimeout: 100 });
  const manager = new Manager<ServerToClient, ClientToServer>("http://localhost", { autoConnect: false });
  expectTypeOf(manager.socket("/")).toEqualTypeOf<typeof socket>();
  expectTypeOf(manager.reconnectionDelay()).toEqualTypeOf<number>();
  expectTypeOf(manager.reconnectionDelay(10)).toEqualTypeOf<typeof manager>();
  const owner: Manager<ServerToClient, ClientToServer> = socket.io;
  expectTypeOf(owner.opts).toEqualTypeOf<ManagerOptions>();
  // @ts-expect-error a path is a string
  io({ path: 1 });
});
