import type { Socket } from "socket.io";
import { callsSideBySide, type CallRow } from "./call-rig.ts";
import { eventually, once } from "./events.ts";
import { upgraded } from "./channels.ts";
import { stockClient, stockLink } from "./stock.ts";

/** Everything that a client hears until an event named "end" comes. */
function hears(peer: any, act: () => void): Promise<unknown[]> {
  const heard: unknown[] = [];
  return new Promise((resolve) => {
    peer.onAny((name: string, ...args: unknown[]) => (name === "end" ? resolve(heard) : heard.push([name, ...args])));
    act();
  });
}

/** What a client of a namespace hears when it may not join. */
async function refusal(port: number, namespace: string, options = {}): Promise<unknown> {
  const client = stockClient(port, namespace, options);
  const [error] = await once(client, "connect_error", { unless: ["connect"] });
  return [error.name, error.message, error.data, client.active, client.connected];
}

callsSideBySide(
  "who hears a broadcast",
  (
    [
      ["io.emit", ({ io }) => io.emit("x", 1)],
      ["io.to(own room)", ({ io, socket }) => io.to(socket.id).emit("x")],
      ["io.to(room).to(room)", ({ io, socket }) => (socket.join(["r", "s"]), io.to("r").to("s").emit("x"))],
      ["io.to(rooms).except(room)", ({ io, socket }) => (socket.join(["r", "s"]), io.to("r").except("s").emit("x"))],
      ["io.except(own room)", ({ io, socket }) => io.except(socket.id).emit("x")],
      ["io.except(rooms)", ({ io, socket }) => io.except(["none", socket.id]).emit("x")],
      ["io.local", ({ io }) => io.local.emit("x")],
      ["io.volatile", ({ io }) => io.volatile.emit("x")],
      ["io.compress(false)", ({ io }) => io.compress(false).emit("x")],
      ["io.send", ({ io }) => io.send("a", "b")],
      ["io.write", ({ io }) => io.write("a")],
      ["io.of().send", ({ io }) => io.of("/").send("a")],
      ["socket.broadcast", ({ socket }) => socket.broadcast.emit("x")],
      ["socket.to(own room)", ({ socket }) => socket.to(socket.id).emit("x")],
      ["socket.except(none)", ({ socket }) => socket.except("none").emit("x")],
      ["socket.in(room)", ({ socket }) => (socket.join("r"), socket.in("r").emit("x"))],
      ["socket.local", ({ socket }) => socket.local.emit("x")],
      ["socket.volatile", ({ socket }) => socket.volatile.emit("x")],
      ["socket.volatile, twice in a turn", ({ socket }) => (socket.volatile.emit("x"), socket.emit("y"))],
      ["socket.send", ({ socket }) => socket.send("a", { b: 1 })],
      ["socket.write", ({ socket }) => socket.write("a")],
      ["socket.emit of a number", ({ socket }) => socket.emit(5, "a")],
      [
        "socket.emit of values",
        ({ socket }) => socket.emit("x", undefined, null, NaN, new Date(0), Infinity, [undefined], { a: undefined }),
      ],
      [
        "socket.emit of binary",
        ({ socket }) => socket.emit("x", Buffer.from([1, 2]), new Uint8Array([3]), { b: new Uint16Array([1]).buffer }),
      ],
      [
        "an operator is used twice",
        ({ io }) => {
          const all = io.to([]);
          all.emit("x");
          all.emit("y");
        },
      ],
      [
        "an operator is not changed by others",
        ({ io, socket }) => {
          const all = io.except([]);
          all.to("none");
          all.except(socket.id);
          all.emit("x");
        },
      ],
      [
        "flags last for one event",
        ({ socket }) => {
          void socket.broadcast;
          socket.emit("x");
          socket.emit("y");
        },
      ],
      [
        "flags of a server last for one event",
        ({ io }) => {
          void io.local;
          io.emit("x");
          io.emit("y");
        },
      ],
      [
        "socket.use does not see what is sent",
        ({ socket }) => {
          socket.use((_e: unknown, next: any) => next(new Error()));
          socket.emit("x");
        },
      ],
    ] as CallRow[]
  ).map(([name, act, ...rest]): CallRow => [
    name,
    (scene) =>
      hears(scene.peer, () => {
        act(scene);
        scene.socket.emit("end");
      }),
    ...(rest as []),
  ]),
);

callsSideBySide("listeners for all events", [
  ...(["onAny", "onAnyOutgoing"] as const).map((on): CallRow => [
    `${on}: order, arguments, removal`,
    async ({ socket, peer }) => {
      const log: unknown[] = [];
      const prepend = on === "onAny" ? "prependAny" : "prependAnyOutgoing";
      const off = on === "onAny" ? "offAny" : "offAnyOutgoing";
      const removed = (): unknown => log.push("removed");
      socket[on](removed);
      socket[on]((...args: unknown[]) => log.push(["first", args.length, args[0], typeof args.at(-1)]));
      socket[prepend]((...args: unknown[]) => log.push(["before", args.length]));
      socket[on]((...args: unknown[]) => log.push(["last", args.length]));
      socket[off](removed);
      if (on === "onAny") socket.on("x", () => log.push("listener"));
      const [sender, hearer]: any[] = on === "onAny" ? [peer, socket] : [socket, peer];
      for (const args of [["x", 1, { a: 2 }], ["x", "ack", () => {}], ["end"]]) {
        const heard = once(hearer, args[0] as string);
        sender.emit(...args);
        await heard;
      }
      return log;
    },
  ]),
  [
    "onAnyOutgoing sees broadcasts, acknowledgements not",
    async ({ io, socket, peer }) => {
      const log: unknown[] = [];
      socket.onAnyOutgoing((...args: unknown[]) => log.push(args));
      socket.on("q", (reply: any) => reply("answer"));
      io.emit("all", 1);
      io.to(socket.id).emit("room", Buffer.from([1]));
      await peer.emitWithAck("q");
      return log;
    },
  ],
]);

callsSideBySide("socket.use", [
  [
    "order, arguments, changes",
    async ({ socket, peer }) => {
      const log: unknown[] = [];
      socket.use((event: unknown[], next: () => void) => {
        log.push(["first", event.slice(0, 2)]);
        event[1] = "changed";
        next();
      });
      socket.use((event: unknown[], next: () => void) => {
        log.push(["second", event.length]);
        setImmediate(next);
      });
      socket.onAny((...args: unknown[]) => log.push(["any", ...args]));
      const heard = once(socket, "x");
      peer.emit("x", "given");
      return [await heard, log];
    },
  ],
  [
    "an error",
    async ({ socket, peer }) => {
      socket.use((_event: unknown, next: any) => next(Object.assign(new Error("no"), { data: { a: 1 } })));
      const told = once(socket, "error");
      peer.emit("x");
      const [error] = await told;
      return [error.message, error.data, socket.connected];
    },
  ],
  [
    "an error that is no Error",
    async ({ socket, peer }) => {
      socket.use((_event: unknown, next: any) => next("text"));
      const told = once(socket, "error");
      peer.emit("x");
      return told;
    },
  ],
]);

callsSideBySide("middlewares of namespaces", [
  [
    "an error",
    ({ io, port }) => (io.of("/m").use((_s: unknown, next: any) => next(new Error("no"))), refusal(port, "/m")),
  ],
  [
    "an error with data",
    ({ io, port }) => (
      io
        .of("/m")
        .use((_s: unknown, next: any) => next(Object.assign(new Error("no"), { data: { code: 7, list: [1] } }))),
      refusal(port, "/m")
    ),
  ],
  [
    "an error without a message",
    ({ io, port }) => (io.of("/m").use((_s: unknown, next: any) => next(new Error())), refusal(port, "/m")),
  ],
  [
    "an object as error",
    ({ io, port }) => (
      io.of("/m").use((_s: unknown, next: any) => next({ message: "plain", data: 1 })),
      refusal(port, "/m")
    ),
  ],
  ["an unknown namespace", ({ port }) => refusal(port, "/unknown")],
  [
    "their order, and of the events",
    async ({ io, port }) => {
      const log: unknown[] = [];
      const nsp = io.of("/m");
      nsp.use((socket: Socket, next: any) => {
        log.push(["first", socket.connected, socket.rooms.size, nsp.sockets.size]);
        next();
      });
      nsp.use((socket: Socket, next: () => void) => {
        log.push("second");
        void socket.join("early");
        setImmediate(next);
      });
      nsp.on("connection", (socket: Socket) =>
        log.push(["connection", socket.connected, socket.rooms.size, nsp.sockets.size]),
      );
      nsp.on("connect", () => log.push("connect"));
      await stockLink({ io, port }, "/m");
      return log;
    },
  ],
  [
    "auth",
    async ({ io, port }) => {
      const { socket } = await stockLink({ io, port }, "/", { auth: { a: 1, b: [null] } });
      return socket.handshake.auth;
    },
  ],
  [
    "auth from a function",
    async ({ io, port }) => {
      const { socket } = await stockLink({ io, port }, "/", { auth: (give: any) => give({ a: 2 }) });
      return socket.handshake.auth;
    },
  ],
  [
    "data that a middleware sets",
    async ({ io, port }) => {
      io.use((socket: any, next: any) => {
        socket.data.user = "x";
        next();
      });
      const { socket } = await stockLink({ io, port });
      return socket.data;
    },
  ],
]);

callsSideBySide("dynamic namespaces", [
  [
    "by a pattern",
    async ({ io, port }) => {
      const log: unknown[] = [];
      io.on("new_namespace", (nsp: any) => log.push(["new_namespace", nsp.name]));
      const parent = io.of(/^\/d\d$/);
      parent.use((_s: unknown, next: any) => {
        log.push("middleware");
        next();
      });
      parent.on("connection", (socket: Socket) => log.push([socket.nsp.name, socket.nsp === parent]));
      const { socket } = await stockLink({ io, port }, "/d1");
      return [log, socket.nsp === io.of("/d1"), [...io._nsps.keys()]];
    },
  ],
  [
    "by a function",
    async ({ io, port }) => {
      const asked: unknown[] = [];
      io.of((name: string, auth: unknown, next: any) => {
        asked.push([name, auth]);
        next(null, name === "/yes");
      });
      const { socket } = await stockLink({ io, port }, "/yes", { auth: { t: 1 } });
      return [socket.nsp.name, await refusal(port, "/no"), asked];
    },
  ],
  [
    "by a function that gives an error",
    ({ io, port }) => {
      io.of((_n: string, _a: unknown, next: any) => next(new Error("bad"), false));
      return refusal(port, "/no");
    },
  ],
  [
    "of several parents, the first that takes it",
    async ({ io, port }) => {
      const log: unknown[] = [];
      io.of(/^\/e/).on("connection", () => log.push("first"));
      io.of(/^\/e1/).on("connection", () => log.push("second"));
      await stockLink({ io, port }, "/e1");
      return log;
    },
  ],
  [
    "listeners and middlewares that are added later",
    async ({ io, port }) => {
      const log: unknown[] = [];
      const parent = io.of(/^\/l/);
      await stockLink({ io, port }, "/l1");
      parent.use((_s: unknown, next: any) => {
        log.push("use");
        next();
      });
      parent.on("connection", (socket: Socket) => log.push(socket.nsp.name));
      await stockLink({ io, port }, "/l1");
      await stockLink({ io, port }, "/l2");
      return log;
    },
  ],
  [
    "a broadcast to the children",
    async ({ io, port }) => {
      const parent = io.of(/^\/b/);
      const one = await stockLink({ io, port }, "/b1");
      const two = await stockLink({ io, port }, "/b2");
      return Promise.all(
        [one, two].map(({ peer, socket }) =>
          hears(peer, () => {
            if (socket === one.socket) parent.emit("x", socket === two.socket);
            socket.emit("end");
          }),
        ),
      );
    },
  ],
  [
    "the query stays out of the name",
    async ({ io, port }) => {
      const { socket } = await stockLink({ io, port }, "/", { query: { a: "1", b: "ä &" } });
      return [socket.nsp.name, socket.handshake.query.a, socket.handshake.query.b];
    },
  ],
  [
    "a namespace with a query of its own",
    async ({ io, port }) => {
      const nsp = io.of("/q");
      const joined = once(nsp, "connection");
      stockClient(port, "/q?x=1");
      const [socket] = await joined;
      return [socket.nsp.name, socket.handshake.query.x];
    },
  ],
]);

callsSideBySide("sockets from afar", [
  [
    "fields",
    async ({ io, socket }) => {
      socket.join("r");
      socket.data.a = 1;
      const [one] = await io.fetchSockets();
      return [
        one.id,
        one.data,
        one.rooms,
        Object.keys(one.handshake).toSorted(),
        one.handshake.address,
        one.constructor.name,
      ];
    },
  ],
  [
    "methods",
    async ({ io, socket }) => {
      const [one] = await io.fetchSockets();
      return [
        one.join("r"),
        socket.rooms.has("r"),
        one.leave("r"),
        socket.rooms.has("r"),
        one.emit("x"),
        typeof one.timeout(5).emitWithAck,
      ];
    },
  ],
  [
    "disconnect",
    async ({ io, socket }) => {
      const [one] = await io.fetchSockets();
      const left = once(socket, "disconnect");
      return [one.disconnect() === one, (await left)[0]];
    },
  ],
  [
    "an answer",
    async ({ io, peer }) => {
      peer.on("q", (a: unknown, reply: any) => reply([a]));
      const [one] = await io.fetchSockets();
      return one.timeout(60_000).emitWithAck("q", 1);
    },
  ],
  [
    "answers of all",
    async ({ io, peer }) => {
      peer.on("q", (a: unknown, reply: any) => reply([a]));
      return io.timeout(60_000).emitWithAck("q", 1);
    },
  ],
  ["answers of nobody", ({ io }) => io.to("none").timeout(60_000).emitWithAck("q")],
  [
    "answers of nobody, by a callback",
    ({ io }) =>
      new Promise(
        (resolve) =>
          void io
            .to("none")
            .timeout(60_000)
            .emit("q", (...args: unknown[]) => resolve(args)),
      ),
  ],
  [
    "no answer in time",
    ({ io }) =>
      new Promise(
        (resolve) =>
          void io.timeout(5).emit("q", (error: Error, all: unknown) => resolve([error.name, error.message, all])),
      ),
  ],
  [
    "no answer of one in time",
    ({ socket }) =>
      new Promise(
        (resolve) =>
          void socket.timeout(5).emit("q", (...args: any[]) => resolve([args.length, args[0].name, args[0].message])),
      ),
  ],
  ["no answer of one in time, as a promise", ({ socket }) => socket.timeout(5).emitWithAck("q")],
  [
    "in(id)",
    ({ io, socket }) =>
      io
        .in(socket.id)
        .fetchSockets()
        .then((all: unknown[]) => all.length),
  ],
]);

callsSideBySide(
  "handshakes by transport",
  (["polling", "websocket", "upgrade"] as const).flatMap((transport): CallRow[] => {
    const options = {
      transports: transport === "upgrade" ? ["polling", "websocket"] : [transport],
      extraHeaders: { "x-a": "1" },
      query: { a: "1" },
      auth: { t: 1 },
    };
    return [
      [
        `${transport}: handshake`,
        async ({ io, port }) => {
          const { peer, socket } = await stockLink({ io, port }, "/", options);
          if (transport === "upgrade") await upgraded(peer);
          const { url, query, secure, xdomain, address, auth, headers } = socket.handshake;
          const { t: _t, ...rest } = query;
          return [
            url.replace(/&t=\w+/, ""),
            rest,
            secure,
            xdomain,
            address,
            auth,
            headers["x-a"],
            Object.keys(headers).toSorted(),
          ];
        },
      ],
      [
        `${transport}: request and conn`,
        async ({ io, port }) => {
          const { socket } = await stockLink({ io, port }, "/", options);
          if (transport === "upgrade") await eventually(() => socket.conn.upgraded, "it has upgraded");
          const { request, conn } = socket;
          return [
            request.method,
            request.url?.replace(/&t=\w+/, ""),
            request.headers["x-a"],
            conn.protocol,
            conn.transport.name,
            conn.readyState,
            conn.remoteAddress,
            conn.upgraded,
            conn.request === request,
            socket.client.request === request,
          ];
        },
      ],
    ];
  }),
);
