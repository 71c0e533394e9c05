import { expectTypeOf, test } from "vitest";
import {
  Server,
  type BroadcastOperator,
  type DefaultEventsMap,
  type DisconnectReason,
  type Namespace,
  type RecoveryFailure,
  type RemoteSocket,
  type ServerOptions,
  type Socket,
} from "./index.ts";

interface ClientEvents {
  plain: (text: string, count: number) => void;
  ask: (question: string, reply: (answer: number) => void) => void;
}

interface ServerEvents {
  news: (title: string) => void;
  nothing: () => void;
  who: (reply: (name: string, age: number) => void) => void;
  check: (id: number, reply: (error: Error, ok: boolean) => void) => void;
  message: (text: string) => void;
}

interface BetweenServers {
  refresh: (key: string) => void;
  count: (reply: (count: number) => void) => void;
}

interface Data {
  name: string;
}

const io = new Server<ClientEvents, ServerEvents, BetweenServers, Data>();
declare const socket: Socket<ClientEvents, ServerEvents, BetweenServers, Data>;

test("connection handlers get typed sockets", () => {
  io.on("connection", (given) => expectTypeOf(given).toEqualTypeOf<typeof socket>());
  io.of("/x").on("connect", (given) => expectTypeOf(given).toEqualTypeOf<typeof socket>());
  io.of(/x/, (given) => expectTypeOf(given.data).toEqualTypeOf<Data>());
  io.use((given, next) => {
    expectTypeOf(given.data.name).toEqualTypeOf<string>();
    next(Object.assign(new Error(), { data: 1 }));
  });
  io.on("new_namespace", (namespace) =>
    expectTypeOf(namespace).toEqualTypeOf<Namespace<ClientEvents, ServerEvents, BetweenServers, Data>>(),
  );
});

test("listeners get the arguments of their event", () => {
  socket.on("plain", (text, count) => expectTypeOf([text, count]).toEqualTypeOf<(string | number)[]>());
  socket.once("ask", (question, reply) => {
    expectTypeOf(question).toEqualTypeOf<string>();
    expectTypeOf(reply).toEqualTypeOf<(answer: number) => void>();
    // @ts-expect-error the answer is a number
    reply("1");
  });
  socket.on("disconnect", (reason) => expectTypeOf(reason).toEqualTypeOf<DisconnectReason>());
  socket.on("error", (error) => expectTypeOf(error).toEqualTypeOf<Error>());
  // @ts-expect-error clients do not send this
  socket.on("unknown", () => {});
  // @ts-expect-error the first argument is a text
  socket.on("plain", (text: number) => text);
  socket.onAny((event, ...args) => expectTypeOf([event, args]).toEqualTypeOf<any[]>());
});

test("events are emitted with their arguments", () => {
  socket.emit("news", "title");
  socket.emit("nothing");
  socket.send("text");
  // @ts-expect-error the server does not send this
  socket.emit("unknown");
  // @ts-expect-error the title is missing
  socket.emit("news");
  // @ts-expect-error nothing has no argument
  socket.emit("nothing", 1);
  // @ts-expect-error a message is a text
  io.send(1);
  io.emit("news", "title");
  // @ts-expect-error the title is a text
  io.emit("news", 1);
});

test("acknowledgements are typed, with an error after timeout()", () => {
  socket.emit("who", (name, age) => expectTypeOf([name, age]).toEqualTypeOf<(string | number)[]>());
  socket.timeout(1).emit("who", (error, name, age) => {
    expectTypeOf(error).toEqualTypeOf<Error>();
    expectTypeOf(name).toEqualTypeOf<string>();
    expectTypeOf(age).toEqualTypeOf<number>();
  });
  socket.timeout(1).emit("check", 1, (error, ok) => {
    expectTypeOf(error).toEqualTypeOf<Error>();
    expectTypeOf(ok).toEqualTypeOf<boolean>();
  });
  expectTypeOf(socket.emitWithAck("who")).toEqualTypeOf<Promise<string>>();
  expectTypeOf(socket.timeout(1).emitWithAck("who")).toEqualTypeOf<Promise<string>>();
  expectTypeOf(socket.emitWithAck("check", 1)).toEqualTypeOf<Promise<boolean>>();
  // @ts-expect-error this event is not acknowledged
  void socket.emitWithAck("news", "title");
});

test("broadcasts collect one answer per client, after an error", () => {
  io.emit("who", (error, names) => {
    expectTypeOf(error).toEqualTypeOf<Error>();
    expectTypeOf(names).toEqualTypeOf<string[]>();
  });
  io.timeout(1).emit("who", (error, names) => {
    expectTypeOf(error).toEqualTypeOf<Error>();
    expectTypeOf(names).toEqualTypeOf<string[]>();
  });
  socket.to("room").emit("check", 1, (error, all) => {
    expectTypeOf(error).toEqualTypeOf<Error>();
    expectTypeOf(all).toEqualTypeOf<boolean[]>();
  });
  expectTypeOf(io.timeout(1).emitWithAck("who")).toEqualTypeOf<Promise<string[]>>();
  expectTypeOf(io.to("room").emitWithAck("check", 1)).toEqualTypeOf<Promise<boolean[]>>();
  expectTypeOf(io.emitWithAck("who")).toEqualTypeOf<Promise<string[]>>();
  // @ts-expect-error the server does not send this
  io.to("room").emit("unknown");
  // @ts-expect-error this event is not acknowledged
  void io.to("room").emitWithAck("news", "title");
});

test("chaining keeps the type", () => {
  const operator = io.to("a").in(["b"]).except("c").volatile.local.compress(true).timeout(1);
  expectTypeOf(operator).toExtend<BroadcastOperator<any, Data>>();
  operator.emit("news", "title");
});

test("fetched sockets are typed like sockets", async () => {
  const [found] = await io.in("room").fetchSockets();
  expectTypeOf(found!).toEqualTypeOf<RemoteSocket<ServerEvents, Data>>();
  expectTypeOf(found!.data).toEqualTypeOf<Data>();
  found!.emit("who", (name) => expectTypeOf(name).toEqualTypeOf<string>());
  found!.timeout(1).emit("who", (error, name) => {
    expectTypeOf(error).toEqualTypeOf<Error>();
    expectTypeOf(name).toEqualTypeOf<string>();
  });
  expectTypeOf(socket).toExtend<RemoteSocket<ServerEvents, Data>>();
});

test("events between servers are typed", () => {
  io.on("refresh", (key) => expectTypeOf(key).toEqualTypeOf<string>());
  io.serverSideEmit("refresh", "key");
  io.serverSideEmit("count", (error, counts) => {
    expectTypeOf(error).toEqualTypeOf<Error>();
    expectTypeOf(counts).toEqualTypeOf<number[]>();
  });
  expectTypeOf(io.serverSideEmitWithAck("count")).toEqualTypeOf<Promise<number[]>>();
  expectTypeOf(io.timeout(1).serverSideEmitWithAck("count")).toEqualTypeOf<Promise<number[]>>();
  io.of("/x")
    .timeout(1)
    .serverSideEmit("count", (error, counts) => expectTypeOf([error, counts]).toEqualTypeOf<(Error | number[])[]>());
  // @ts-expect-error servers do not send this
  io.timeout(1).serverSideEmit("unknown");
  // @ts-expect-error rooms have no servers
  io.to("room").serverSideEmit("refresh", "key");
  // @ts-expect-error servers do not send this
  io.serverSideEmit("unknown");
  // @ts-expect-error the key is a text
  io.serverSideEmit("refresh", 1);
});

test("data has the type of the application", () => {
  expectTypeOf(socket.data).toEqualTypeOf<Data>();
  // @ts-expect-error the name is a text
  socket.data.name = 1;
  socket.data = { name: "a" };
});

test("rooms are what variables of applications are declared as", () => {
  const rooms: Map<string, Set<string>> = io.sockets.adapter.rooms;
  const ids: Set<string> | undefined = io.sockets.adapter.rooms.get("room");
  expectTypeOf([rooms, ids]).not.toBeAny();
  expectTypeOf(socket.server).toEqualTypeOf<typeof io>();
  expectTypeOf(socket.adapter.sids).toEqualTypeOf<Map<string, Set<string>>>();
  socket.adapter.on("create-room", (room) => expectTypeOf(room).toEqualTypeOf<string>());
  socket.adapter.on("join-room", (room, id) => expectTypeOf([room, id]).toEqualTypeOf<string[]>());
  socket.adapter.on("error", (error: Error) => error.message);
});

test("options are put together step by step, and checked", () => {
  const options: Partial<ServerOptions> = {};
  options.pingInterval = 1_000;
  options.cors = { origin: "*" };
  // @ts-expect-error milliseconds are a number
  options.connectTimeout = "1s";
  // @ts-expect-error no such option
  options.pingPong = 1;
  expectTypeOf(new Server(3000, options)).toEqualTypeOf<Server>();
});

test("a socket of any application is a socket", () => {
  const take = (any: Socket): string => any.id;
  expectTypeOf(take(socket)).toEqualTypeOf<string>();
  const reason: DisconnectReason = "slow consumer";
  // @ts-expect-error no such reason
  const other: DisconnectReason = "bad mood";
  expectTypeOf([reason, other]).toEqualTypeOf<DisconnectReason[]>();
});

test("an application that types nothing may send and hear anything", () => {
  const untyped = new Server();
  untyped.on("connection", (given) => {
    expectTypeOf(given.data).toBeAny();
    given.on("anything", (first, ...rest) => expectTypeOf([first, rest]).toEqualTypeOf<any[]>());
    given.emit("anything", 1, () => {});
    given.emit("anything", (value: string) => value);
    given.timeout(1).emit("anything", (error: Error, value: string) => [error, value]);
    expectTypeOf(given.emitWithAck("anything")).toEqualTypeOf<Promise<any>>();
  });
  untyped.emit("anything", 1, { two: 2 });
  untyped.timeout(1).emit("anything", (error: Error, values: number[]) => [error, values]);
  expectTypeOf(untyped.to("room").emitWithAck("anything", 1)).toEqualTypeOf<Promise<any>>();
  untyped.serverSideEmit("anything", 1);
  expectTypeOf<Server>().toEqualTypeOf<Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, any>>();
});

test("options that socket.io does not have need not be there where all are given", () => {
  type Known = "path" | "serveClient" | "adapter" | "parser" | "connectTimeout" | "connectionStateRecovery";
  expectTypeOf<Pick<ServerOptions, Known | "cleanupEmptyChildNamespaces">>().toExtend<ServerOptions>();
  expectTypeOf<Pick<ServerOptions, Known>>().not.toExtend<ServerOptions>();
});

test("connection state recovery takes what socket.io takes, and its own limits", () => {
  const recovering = new Server({ connectionStateRecovery: { maxDisconnectionDuration: 1, skipMiddlewares: true } });
  new Server({ connectionStateRecovery: { maxLogPackets: 1, maxLogBytes: 1, maxLogAge: 1, maxReplayBytes: 1 } });
  // @ts-expect-error misspelt
  new Server({ connectionStateRecovery: { maxDisconnectDuration: 1 } });
  recovering.on("connection", (given) => {
    expectTypeOf(given.recovered).toEqualTypeOf<boolean>();
    expectTypeOf(given.recoveryFailure).toEqualTypeOf<RecoveryFailure | undefined>();
  });
});

test("records of events that come again have limits, and clients can be told when to come back", () => {
  const server = new Server({
    retryRecords: { maxAge: 1, maxAwayClients: 1, maxWindow: 1, maxClientBytes: 1, maxBytes: 1 },
  });
  new Server({ retryRecords: false });
  // @ts-expect-error misspelt
  new Server({ retryRecords: { maxCount: 1 } });
  server.use((given, next) => next(Object.assign(new Error(given.id), { retryAfterMs: 1 })));
  server.on("connection", (given) => {
    expectTypeOf(given.disconnect(false, { retryAfterMs: 1 })).toEqualTypeOf(given);
    // @ts-expect-error a number of milliseconds
    given.disconnect(true, { retryAfterMs: "1" });
  });
  expectTypeOf(server.drain({ duration: 1, retryAfterMs: 1 })).toEqualTypeOf<Promise<void>>();
  expectTypeOf(server.stats().ignored.repeats).toEqualTypeOf<number>();
});
