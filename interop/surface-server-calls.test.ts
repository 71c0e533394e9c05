import type { Socket } from "socket.io";
import { callsSideBySide, type CallRow } from "./call-rig.ts";

const noop = (): void => {};

callsSideBySide(
  "reserved names",
  [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
    "connection",
    "error",
    "new_namespace",
    "message",
    "",
    1,
    null,
    undefined,
  ].flatMap((name): CallRow[] => [
    [`socket.emit(${name})`, ({ socket }) => socket.emit(name)],
    [`io.emit(${name})`, ({ io }) => io.emit(name)],
    [`io.to().emit(${name})`, ({ io }) => io.to("r").emit(name)],
    [`socket.broadcast.emit(${name})`, ({ socket }) => socket.broadcast.emit(name)],
    [`io.serverSideEmit(${name})`, ({ io }) => io.serverSideEmit(name)],
  ]),
);

callsSideBySide("what calls give back", [
  ["socket.emit", ({ socket }) => socket.emit("x")],
  ["socket.emit with an ack", ({ socket }) => socket.emit("x", noop)],
  ["socket.send", ({ socket }) => socket.send("x")],
  ["socket.write", ({ socket }) => socket.write("x")],
  ["socket.compress", ({ socket }) => socket.compress(true)],
  ["socket.timeout", ({ socket }) => socket.timeout(5)],
  ["socket.volatile", ({ socket }) => socket.volatile],
  ["socket.broadcast", ({ socket }) => socket.broadcast],
  ["socket.local", ({ socket }) => socket.local],
  ["socket.to", ({ socket }) => socket.to("r")],
  ["socket.in", ({ socket }) => socket.in(["r"])],
  ["socket.except", ({ socket }) => socket.except("r")],
  ["socket.join", ({ socket }) => socket.join("r")],
  ["socket.leave", ({ socket }) => socket.leave("r")],
  ["socket.use", ({ socket }) => socket.use(noop)],
  ["socket.on", ({ socket }) => socket.on("x", noop)],
  ["socket.onAny", ({ socket }) => socket.onAny(noop)],
  ["socket.prependAny", ({ socket }) => socket.prependAny(noop)],
  ["socket.offAny", ({ socket }) => socket.offAny()],
  ["socket.offAny of one that is not there", ({ socket }) => socket.onAny(noop).offAny(() => {})],
  ["socket.onAnyOutgoing", ({ socket }) => socket.onAnyOutgoing(noop)],
  ["socket.prependAnyOutgoing", ({ socket }) => socket.prependAnyOutgoing(noop)],
  ["socket.offAnyOutgoing", ({ socket }) => socket.offAnyOutgoing()],
  ["socket.listenersAny", ({ socket }) => socket.listenersAny()],
  ["socket.listenersAny of one", ({ socket }) => socket.onAny(noop).listenersAny()],
  ["socket.listenersAnyOutgoing", ({ socket }) => socket.listenersAnyOutgoing()],
  ["socket.disconnect", ({ socket }) => socket.disconnect()],
  ["socket.disconnect(true)", ({ socket }) => socket.disconnect(true)],
  ["socket.disconnect, twice", ({ socket }) => socket.disconnect().disconnect()],
  ["socket.broadcast.emit", ({ socket }) => socket.broadcast.emit("x")],
  ["socket.to().emit", ({ socket }) => socket.to("r").emit("x")],
  ["io.emit", ({ io }) => io.emit("x")],
  ["io.send", ({ io }) => io.send("x")],
  ["io.write", ({ io }) => io.write("x")],
  ["io.to", ({ io }) => io.to("x")],
  ["io.in", ({ io }) => io.in("x")],
  ["io.except", ({ io }) => io.except("x")],
  ["io.compress", ({ io }) => io.compress(false)],
  ["io.volatile", ({ io }) => io.volatile],
  ["io.local", ({ io }) => io.local],
  ["io.timeout", ({ io }) => io.timeout(5)],
  ["io.to().emit", ({ io }) => io.to("x").emit("x")],
  ["io.to().send", ({ io }) => typeof io.to("x").send],
  ["io.use", ({ io }) => io.use(noop)],
  ["io.on", ({ io }) => io.on("connection", noop), "io"],
  ["io.once", ({ io }) => io.once("connection", noop), "io"],
  ["io.off", ({ io }) => io.off("connection", noop), "io"],
  ["io.listenerCount", ({ io }) => io.on("connection", noop).listenerCount("connection")],
  ["io.listeners", ({ io }) => io.on("connection", noop).listeners("connection")],
  ["io.eventNames", ({ io }) => io.on("connection", noop).eventNames?.()],
  ["io.of", ({ io }) => io.of("/x")],
  ["io.of, twice", ({ io }) => io.of("/x") === io.of("/x")],
  ["io.of without a slash", ({ io }) => io.of("x").name],
  ["io.of without a name", ({ io }) => io.of("").name],
  ["io.of with a listener", ({ io }) => io.of("/x", noop).listenerCount("connect")],
  ["io.of with a listener: event", ({ io }) => io.of("/x", noop).listenerCount("connection")],
  ["io.of of a pattern", ({ io }) => io.of(/^\/x/).name],
  ["io.of of a pattern, twice", ({ io }) => io.of(/^\/x/) === io.of(/^\/x/)],
  [
    "io.of of a sticky pattern",
    ({ io }) => io.of(/x/y),
    "Error: stateful regular expressions are not supported (flags g and y)",
  ],
  [
    "io.of of a global pattern",
    ({ io }) => io.of(/x/g),
    "Error: stateful regular expressions are not supported (flags g and y)",
  ],
  ["io.path", ({ io }) => io.path()],
  ["io.path with a value", ({ io }) => io.path("/other/")],
  ["io.path, set and read", ({ io }) => io.path("/other/").path()],
  ["io.serveClient", ({ io }) => io.serveClient()],
  ["io.serveClient with a value", ({ io }) => io.serveClient(false)],
  ["io.connectTimeout", ({ io }) => io.connectTimeout()],
  ["io.connectTimeout with a value", ({ io }) => io.connectTimeout(5).connectTimeout()],
  ["io.socketsJoin", ({ io }) => io.socketsJoin("r")],
  ["io.socketsLeave", ({ io }) => io.socketsLeave("r")],
  ["io.disconnectSockets", ({ io }) => io.disconnectSockets()],
  ["io.to().socketsJoin", ({ io }) => io.to("x").socketsJoin("r")],
  ["io.to().disconnectSockets", ({ io }) => io.to("x").disconnectSockets()],
  ["io.serverSideEmit", ({ io }) => io.serverSideEmit("x")],
  ["io.of().serverSideEmit", ({ io }) => io.of("/").serverSideEmit("x")],
  ["io.fetchSockets", ({ io }) => io.fetchSockets()],
  ["io.allSockets", ({ io }) => io.allSockets()],
  ["io.in().allSockets", ({ io }) => io.in("none").allSockets()],
  ["io.close", ({ io }) => io.close().then((value: unknown) => ["then", value])],
  [
    "io.close with a callback",
    ({ io }) => new Promise((resolve) => void io.close((...args: unknown[]) => resolve(args))),
  ],
  [
    "io.close, twice, with a callback",
    async ({ io }) => {
      await io.close();
      return new Promise((resolve) => void io.close((error: any) => resolve([error?.code, error?.message])));
    },
  ],
  ["io.attach", ({ io, http }) => typeof io.attach + typeof io.listen + String(http.listening)],
  ["io.attach of nothing that listens", ({ io }) => io.attach(() => {})],
  ["io.bind of the engine", ({ io }) => io.bind(io.engine)],
  ["io.onconnection", ({ io }) => typeof io.onconnection],
]);

callsSideBySide("properties", [
  ["io.sockets", ({ io }) => io.sockets.name],
  ["io.sockets.sockets", ({ io }) => io.sockets.sockets],
  ["io.sockets.adapter", ({ io }) => [io.sockets.adapter.rooms, io.sockets.adapter.sids]],
  ["io.sockets.adapter.nsp", ({ io }) => io.sockets.adapter.nsp],
  ["io.sockets.server", ({ io }) => io.sockets.server],
  ["io.engine", ({ io }) => [io.engine, io.eio === io.engine]],
  ["io.engine.clientsCount", ({ io }) => io.engine.clientsCount],
  ["io.engine.clients", ({ io, socket }) => Object.keys(io.engine.clients).map((id) => id === socket.conn.id)],
  ["io.httpServer", ({ io }) => io.httpServer],
  ["io._nsps", ({ io }) => [...io._nsps.keys()]],
  ["io._nsps after of", ({ io }) => (io.of("/x"), [...io._nsps.keys()])],
  ["io.opts", ({ io }) => typeof io.opts],
  ["socket.nsp", ({ socket }) => socket.nsp],
  ["socket.server", ({ socket }) => socket.server],
  ["socket.adapter", ({ socket, io }) => socket.adapter === io.sockets.adapter],
  [
    "socket.client",
    ({ socket }) => [socket.client.conn, socket.client.request === socket.request, socket.client.id === socket.conn.id],
  ],
  [
    "socket.conn",
    ({ socket }) => [
      socket.conn.protocol,
      socket.conn.readyState,
      socket.conn.transport.name,
      socket.conn.upgraded,
      socket.conn.upgrading,
      socket.conn.remoteAddress,
    ],
  ],
  ["socket.conn.server", ({ socket }) => socket.conn.server],
  ["socket.connected", ({ socket }) => [socket.connected, socket.disconnected, socket.recovered]],
  ["socket.rooms", ({ socket }) => socket.rooms],
  ["socket.data", ({ socket }) => socket.data],
  ["socket.handshake", ({ socket }) => Object.keys(socket.handshake).toSorted()],
  [
    "socket.handshake values",
    ({ socket }) => {
      const { url, query, secure, xdomain, address, auth, time, issued } = socket.handshake;
      return [
        url.replace(/&t=\w+/, ""),
        query,
        secure,
        xdomain,
        address,
        auth,
        typeof time,
        typeof issued,
        new Date(issued).toString().slice(0, 24) === time.slice(0, 24),
      ];
    },
  ],
  ["socket.handshake.headers", ({ socket }) => Object.keys(socket.handshake.headers).toSorted()],
  [
    "socket.request",
    ({ socket }) => [
      socket.request.method,
      socket.request.url,
      socket.request.httpVersion,
      Object.keys(socket.request._query),
    ],
  ],
  ["socket.request.headers", ({ socket }) => socket.request.headers === socket.handshake.headers],
  ["socket.request.connection", ({ socket }) => typeof socket.request.connection?.remoteAddress],
  ["socket.id after disconnect", ({ socket }) => socket.disconnect().id],
  ["socket.rooms after disconnect", ({ socket }) => socket.disconnect().rooms],
  ["socket.connected after disconnect", ({ socket }) => [socket.disconnect().connected, socket.disconnected]],
  ["socket.toString", ({ socket }) => String(socket)],
  ["JSON of handshake", ({ socket }) => typeof JSON.stringify(socket.handshake)],
  [
    "keys of the prototype",
    ({ socket }) =>
      [
        "emit",
        "emitWithAck",
        "send",
        "write",
        "join",
        "leave",
        "disconnect",
        "compress",
        "timeout",
        "use",
        "onAny",
        "prependAny",
        "offAny",
        "listenersAny",
        "onAnyOutgoing",
        "prependAnyOutgoing",
        "offAnyOutgoing",
        "listenersAnyOutgoing",
        "to",
        "in",
        "except",
        "eventNames",
        "listenerCount",
        "rawListeners",
        "setMaxListeners",
        "getMaxListeners",
        "prependListener",
        "prependOnceListener",
        "off",
        "removeAllListeners",
        "once",
      ].map((name) => typeof socket[name]),
  ],
]);

const rooms: readonly [string, unknown][] = [
  ["a text", "r"],
  ["a list", ["r", "s"]],
  ["an empty list", []],
  ["a Set", new Set(["r"])],
  ["a number", 7],
  ["null", null],
  ["undefined", undefined],
  ["an empty text", ""],
  ["a list with undefined", [undefined]],
  ["an object", { r: 1 }],
  ["a nested list", [["r"]]],
];

callsSideBySide(
  "forms of rooms",
  rooms.flatMap(([form, room]): CallRow[] => [
    [`socket.join(${form})`, ({ socket }) => (socket.join(room), [...socket.rooms].slice(1))],
    [
      `socket.leave(${form})`,
      ({ socket }) => (socket.join(["r", "7"]), socket.leave(room), [...socket.rooms].slice(1)),
    ],
    [`io.socketsJoin(${form})`, ({ io, socket }) => (io.socketsJoin(room), [...socket.rooms].slice(1))],
    [
      `io.socketsLeave(${form})`,
      ({ io, socket }) => (socket.join(["r", "s"]), io.socketsLeave(room), [...socket.rooms].slice(1)),
    ],
    [
      `io.in(${form}).fetchSockets`,
      ({ io, socket }) => (
        socket.join("r"),
        io
          .in(room)
          .fetchSockets()
          .then((all: unknown[]) => all.length)
      ),
    ],
    [
      `io.except(${form}).fetchSockets`,
      ({ io, socket }) => (
        socket.join("r"),
        io
          .except(room)
          .fetchSockets()
          .then((all: unknown[]) => all.length)
      ),
    ],
    [
      `io.in(${form}).socketsJoin`,
      ({ io, socket }) => (socket.join("r"), io.in(room).socketsJoin("t"), socket.rooms.has("t")),
    ],
  ]),
);

callsSideBySide("misuse", [
  ["socket.timeout(0)", ({ socket }) => socket.timeout(0)],
  ["socket.emit without a name", ({ socket }) => socket.emit()],
  ["socket.timeout().emit without an ack", ({ socket }) => socket.timeout(5).emit("x")],
  [
    "socket.broadcast.emit with an ack and no timeout",
    ({ socket }) => typeof socket.broadcast.timeout(5).emit("x", noop),
  ],
  [
    "io.of(pattern).fetchSockets",
    ({ io }) => io.of(/x/).fetchSockets(),
    "Error: fetchSockets() is not supported on parent namespaces; use the child namespace",
  ],
  ["io.of(pattern).emit", ({ io }) => io.of(/x/).emit("x")],
  ["io.of(pattern).to", ({ io }) => io.of(/x/).to("r").emit("x")],
  ["io.use of nothing", ({ io }) => io.use(undefined)],
  ["socket.on without a listener", ({ socket }) => socket.on("x")],
  ["socket.onAny without a listener", ({ socket }) => socket.onAny(undefined).listenersAny()],
  ["io.of(undefined)", ({ io }) => io.of(undefined).name],
  ["io.of(null)", ({ io }) => io.of(null).name],
  ["io.adapter", ({ io }) => typeof io.adapter()],
  ["io.serverSideEmit with a function and nobody", ({ io }) => io.serverSideEmit("x", 1, 2)],
]);

callsSideBySide("events of the adapter", [
  [
    "their order as a socket joins, leaves and ends",
    ({ io, socket }) =>
      logOf(io, socket, () => {
        socket.join(["r", "s"]);
        socket.join("r");
        socket.leave("r");
        socket.leave("r");
        socket.disconnect();
      }),
  ],
  [
    "socketsJoin and socketsLeave",
    ({ io, socket }) =>
      logOf(io, socket, () => {
        io.socketsJoin(["r", "s"]);
        io.socketsLeave(["s", "r"]);
      }),
  ],
  [
    "disconnectSockets",
    ({ io, socket }) =>
      logOf(io, socket, () => {
        socket.join("r");
        io.disconnectSockets(true);
      }),
  ],
  [
    "as listeners of disconnecting and disconnect see it",
    ({ io, socket }) =>
      logOf(io, socket, (log) => {
        for (const event of ["disconnecting", "disconnect"])
          socket.on(event, () =>
            log.push([event, socket.rooms.size, io.sockets.sockets.size, io.sockets.adapter.sids.size]),
          );
        socket.disconnect();
      }),
  ],
]);

function logOf(io: any, socket: Socket, act: (log: unknown[]) => void): unknown {
  const log: unknown[] = [];
  for (const event of ["create-room", "join-room", "leave-room", "delete-room"])
    io.of("/").adapter.on(event, (room: string, id?: string) =>
      log.push([event, room === socket.id ? "own" : room, id === socket.id, io.of("/").adapter.rooms.get(room)?.size]),
    );
  act(log);
  return log;
}
