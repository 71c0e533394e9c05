import type { Server, ServerOptions, Socket } from "socket.io";
import { eventually } from "./events.ts";
import { BYE, wireSideBySide, type WireRow } from "./wire-rig.ts";

const V3 = "EIO=3&transport=websocket";
/** The server ends the connection. */
const NEVER = "never";

/** Tells of what sockets of the main namespace and of /x hear, and says goodbye when asked. */
function tell(io: Server, log: unknown[]): void {
  const onConnection = (socket: Socket): void => {
    log.push(["connection", socket.nsp.name, socket.handshake.auth]);
    socket.onAny((...args) => log.push(["event", socket.nsp.name, ...args.map(withoutCallback)]));
    socket.on("disconnect", (reason) => log.push(["disconnect", socket.nsp.name, kindOf(reason)]));
    socket.on("ask", (...args) => args.at(-1)(...args.slice(0, -1)));
    socket.on("bye", () => socket.emit("bye"));
  };
  io.on("connection", onConnection);
  io.of("/x").on("connection", onConnection);
}

function withoutCallback(value: unknown): unknown {
  return typeof value === "function" ? "callback" : value;
}

/** Ours tell what was wrong, where the incumbent's say "forced close". */
function kindOf(reason: string): string {
  return ["parse error", "forced server close", "forced close"].includes(reason) ? "broke the protocol" : reason;
}

/** What the server has seen; connections end their sockets in an order of their own. */
function seenBy(log: readonly unknown[]): unknown[] {
  const isEnd = (line: unknown): boolean => Array.isArray(line) && line[0] === "disconnect";
  return [log.filter((line) => !isEnd(line)), log.filter(isEnd).map(String).toSorted()];
}

const bytes = Buffer.from([1, 2, 3]);

wireSideBySide(
  "messages of a client",
  (
    [
      ["nothing but goodbye", []],
      ["a CONNECT with an object", ['40{"token":"t"}', BYE]],
      ["a CONNECT with a list", ["40[1]", BYE]],
      ["a CONNECT with a text", ['40"x"', BYE]],
      ["a CONNECT with null", ["40null", BYE]],
      ["a CONNECT with something else than JSON", ["40x", BYE]],
      ["a CONNECT to another namespace", ["40/x,", "40", BYE]],
      ["a CONNECT to a namespace without its comma", ["40/x", "40", BYE]],
      ["a CONNECT to another namespace with an object", ['40/x,{"a":1}', "40", BYE]],
      ["a CONNECT to a namespace that nobody has", ["40/nobody,", "40", BYE]],
      ["a CONNECT to a namespace with a query", ["40/x?a=1,", "40", BYE]],
      ["a second CONNECT", ["40", "40", BYE]],
      ["a DISCONNECT of one of two namespaces", ["40", "40/x,", "41/x,", BYE]],
      ["a DISCONNECT with a payload", ["40", '41{"a":1}', "40", BYE]],
      ["an event before the CONNECT", [BYE, "40", BYE]],
      ["an event to a namespace that was not joined", ["40", '42/x,["a"]', BYE]],
      ["an event of every kind of value", ["40", '42["a",1,"2",null,true,[],{"b":{}}]', BYE]],
      ["an event whose name is a number", ["40", "42[1,2]", BYE]],
      ["an event whose name is empty", ["40", '42[""]', BYE]],
      ["an event without a name", ["40", "42[]", BYE]],
      ["an event whose name is null", ["40", "42[null]", BYE]],
      ["an event whose name is an object", ["40", "42[{}]", BYE]],
      ["an event that is an object", ["40", '42{"a":1}', BYE]],
      ["an event with half a list", ["40", '42["a"', BYE]],
      ...["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"].map(
        (name) => [`an event named ${name}`, ["40", `42["${name}","x"]`, BYE]] as const,
      ),
      ["a question", ["40", '427["ask",1,"2"]', BYE]],
      ["a question with a long number", ["40", '4212345678901["ask",1]', BYE]],
      ["a question to another namespace", ["40/x,", '42/x,0["ask",1]', "40", BYE]],
      ["a question with bytes", ["40", '451-3["ask",{"_placeholder":true,"num":0}]', bytes, BYE]],
      ["an answer that nobody waits for", ["40", "437[1]", BYE]],
      ["bytes within an event", ["40", '451-["a",{"b":{"_placeholder":true,"num":0}}]', bytes, BYE]],
      [
        "the same bytes twice",
        ["40", '451-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]', bytes, BYE],
      ],
      [
        "two attachments in the other order",
        ["40", '452-["a",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]', bytes, Buffer.from([9]), BYE],
      ],
      ["a placeholder that is none", ["40", '42["a",{"_placeholder":true,"num":0}]', BYE]],
      ["a placeholder that points nowhere", ["40", '451-["a",{"_placeholder":true,"num":1}]', bytes, BYE]],
      ["a binary event of no attachments", ["40", '450-["a"]', BYE]],
      ["a binary event without its attachments", ["40", '451-["a",{"_placeholder":true,"num":0}]', BYE]],
      ["bytes that nobody announced", ["40", bytes, BYE]],
      ["more attachments than are allowed", ["40", '4511-["a"]', BYE]],
      ["a count that is no number", ["40", '45x-["a"]', BYE]],
      ["a type that is none", ["40", "47", BYE]],
      ["a message that is empty", ["40", "4", BYE]],
      ["a letter", ["40", "4x", BYE]],
      ["a CONNECT_ERROR", ["40", '44{"message":"x"}', BYE]],
      ["a noop", ["40", "6", BYE]],
      ["a packet of an unknown type", ["40", "9", BYE]],
    ] as const
  ).map(([name, messages]) => ({
    name,
    ...(messages.length === 0 && { settings: { connectTimeout: 200 } }),
    prepare: tell,
    see: async ({ io, talk: speak, log }) => {
      const received = await speak(messages as readonly (string | Buffer)[]);
      await eventually(() => io.engine.clientsCount === 0, "the session is over");
      return [received, seenBy(log)];
    },
  })),
);

wireSideBySide("messages of a client of protocol 3", [
  ...(
    [
      ["an event", ['42["a",1]', BYE], BYE],
      ["a CONNECT to the main namespace", ["40"], NEVER],
      ["a CONNECT to another namespace", ["40/x"], "40/x,"],
      ["a CONNECT with a query", ["40/x?a=1&b=c%20d"], "40/x,"],
      ["a CONNECT with a query and a comma", ["40/x?a=1,"], "40/x,"],
      ["a CONNECT to a namespace that nobody has", ["40/nobody"], /^44/],
      ["a CONNECT that is refused", ["40/no"], /^44/],
      ["a CONNECT that is refused with data", ["40/data"], /^44/],
      ["a question", ['427["ask",1]', BYE], BYE],
      ["bytes", ['451-["a",{"_placeholder":true,"num":0}]', Buffer.from([4, 1, 2]), BYE], BYE],
      ["pings", ["2", "2probe", BYE], BYE],
      ["a pong", ["3"], NEVER],
      ["nonsense", ["4x"], NEVER],
    ] as const
  ).map(([name, messages, last]): WireRow => ({
    name,
    settings: { allowEIO3: true },
    prepare(io, log) {
      tell(io, log);
      io.of("/no").use((_socket, next) => next(new Error("no")));
      io.of("/data").use((_socket, next) => next(Object.assign(new Error("no"), { data: { code: 7 } })));
    },
    see: async ({ io, talk: speak, log }) => {
      const received = await speak(messages as readonly (string | Buffer)[], { query: V3, last });
      await eventually(() => io.engine.clientsCount === 0, "the session is over");
      return [received, seenBy(log)];
    },
  })),
  {
    name: "ids",
    settings: { allowEIO3: true },
    prepare: (io) => {
      for (const name of ["/", "/x"])
        io.of(name).on("connection", (socket) =>
          socket.emit("id", socket.id === (name === "/" ? "" : "/x#") + (socket.conn as unknown as { id: string }).id),
        );
    },
    see: ({ talk: speak }) => speak(["40/x"], { query: V3, last: '42/x,["id",true]' }),
  },
]);

/** Sends from a server as soon as a client has joined the main namespace, then says goodbye. */
function sends(name: string, act: (socket: Socket, io: Server) => void, settings?: Partial<ServerOptions>): WireRow {
  return {
    name,
    ...(settings && { settings }),
    prepare: (io) =>
      io.on("connection", (socket) => {
        act(socket, io);
        socket.emit("bye");
      }),
    see: ({ talk: speak }) => speak(["40"]),
  };
}

wireSideBySide("messages of a server", [
  sends("values of every kind", (socket) =>
    socket.emit("a", 1, "2", null, undefined, true, [], { b: undefined, c: new Date(0) }, Number.NaN, 1n === 1n),
  ),
  sends("functions and symbols within data", (socket) => socket.emit("a", { f() {}, s: Symbol("s") }, [() => {}])),
  sends("no arguments, and a name that is a number", (socket) => {
    socket.emit("a");
    socket.emit(7 as unknown as string, 1);
  }),
  sends("bytes of every kind", (socket) =>
    socket.emit("a", bytes, new Uint8Array([4]), new Uint16Array([5]), new Uint8Array([6]).buffer, { deep: [bytes] }),
  ),
  sends("bytes that are the same object", (socket) => socket.emit("a", bytes, bytes)),
  sends("questions", (socket) => {
    socket.emit("a", () => {});
    socket.emit("b", bytes, () => {});
    socket.timeout(10_000).emit("c", () => {});
  }),
  sends("broadcasts", (socket, io) => {
    io.emit("a", 1);
    io.to(socket.id).emit("b", bytes);
    socket.broadcast.emit("not to itself");
    socket.to(socket.id).emit("not to itself");
    io.except(socket.id).emit("not");
    io.local.emit("c");
    io.timeout(10_000).emit("d", () => {});
    io.compress(false).emit("f");
  }),
  sends("volatile events and those that are not compressed", (socket) => {
    socket.compress(false).emit("b");
    socket.compress(true).emit("c");
  }),
  sends("send and write", (socket) => {
    socket.send("a", 1);
    socket.write("b");
  }),
  sends("what JSON makes of objects of classes", (socket) =>
    socket.emit(
      "a",
      new (class A {
        toJSON() {
          return { bytes };
        }
      })(),
      new Map([[1, 2]]),
      new Set([1]),
      Object.create(null),
    ),
  ),
  sends("text with separators", (socket) => socket.emit("a", "\u001e,/[]\u2028\ud83d\ude00")),
  {
    name: "an end of one namespace",
    prepare: (io) => io.on("connection", (socket) => socket.disconnect()),
    see: ({ talk: speak }) => speak(["40"], { last: "41" }),
  },
  {
    name: "an end of the connection",
    prepare: (io) => io.on("connection", (socket) => socket.disconnect(true)),
    see: ({ talk: speak }) => speak(["40"], { last: NEVER }),
  },
  ...(
    [
      ["an error", new Error("no")],
      ["an error with data", Object.assign(new Error("no"), { data: { a: 1 } })],
      ["an error with bytes", Object.assign(new Error("no"), { data: bytes })],
      ["an error without a message", new Error()],
    ] as const
  ).map(([name, error]): WireRow => ({
    name: `a refusal by ${name}`,
    prepare: (io) => io.use((_socket, next) => next(error)),
    see: ({ talk: speak }) => speak(["40"], { last: /^44/ }),
  })),
  {
    name: "with recovery: an id to come back with, and offsets",
    settings: { connectionStateRecovery: {} },
    prepare: (io) =>
      io.on("connection", (socket) => {
        socket.emit("a", 1);
        io.emit("b", { c: 1 });
        socket.emit("bytes", bytes);
        socket.emit("question", () => {});
        socket.emit("bye");
      }),
    see: async ({ talk: speak }) => {
      const received = await speak(["40"], { last: /^42\["bye"/ });
      return received.map((data) =>
        typeof data === "string"
          ? data.replace(/"pid":"[^"]+"/, '"pid":"…"').replace(/,"[^",]+"\]$/, ',"offset"]')
          : data,
      );
    },
  },
]);
