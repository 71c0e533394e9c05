import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { serverEnds } from "./ends.ts";

/** Programs in TypeScript that import `socket.io`, against its declarations and against ours. It needs `pnpm run build` first. */
const root = new URL("../", import.meta.url);
const compiler = fileURLToPath(new URL("node_modules/typescript/bin/tsc6", root));
const run = promisify(execFile);

/** What applications do with the types, beside the common: everything that has compiled must go on compiling. */
const application = `
  import { createServer } from "node:http";
  import type { IncomingMessage } from "node:http";
  import {
    Server,
    Socket,
    Namespace,
    type BroadcastOperator,
    type RemoteSocket,
    type DisconnectReason,
    type ServerOptions,
    type DefaultEventsMap,
    type ExtendedError,
    type Event,
  } from "socket.io";

  interface C2S {
    hello: () => void;
    ask: (q: string, cb: (a: number) => void) => void;
    opt: (x?: string) => void;
    any: (...args: any[]) => void;
    drain: (n: number) => void;
    bufferedBytes: (n: number) => void;
  }
  interface S2C {
    news: (t: string) => void;
    noAck: (a: number, b: string) => void;
    withAck: (d: string, cb: (e: number) => void) => void;
    message: (x: string) => void;
    err: (id: number, cb: (e: Error, ok: boolean) => void) => void;
    optAck: (d: string, cb?: (e: number) => void) => void;
    nothing: (cb: () => void) => void;
    [other: \`x:\${string}\`]: (v: number) => void;
  }
  interface SS {
    refresh: (k: string) => void;
    count: (cb: (n: number) => void) => void;
  }
  interface Data {
    name: string;
    n?: number;
  }
  type IO = Server<C2S, S2C, SS, Data>;
  type S = Socket<C2S, S2C, SS, Data>;

  const io: IO = new Server<C2S, S2C, SS, Data>();
  const plain = new Server(createServer(), { cors: { origin: "*" } });

  // options are assembled step by step
  const options: Partial<ServerOptions> = {};
  options.path = "/x";
  options.pingInterval = 1;
  options.cors = { origin: true };
  options.transports = ["polling"];
  options.maxHttpBufferSize = 1e8;
  options.allowEIO3 = true;
  options.cookie = true;
  options.serveClient = false;
  options.connectTimeout = 1;
  options.connectionStateRecovery = { maxDisconnectionDuration: 1, skipMiddlewares: false };
  options.connectionStateRecovery = {};
  options.cleanupEmptyChildNamespaces = true;
  options.allowRequest = async (
    req: IncomingMessage,
    cb: (err: string | null | undefined, ok: boolean) => void,
  ) => cb(null, true);
  options.perMessageDeflate = { threshold: 1, zlibDeflateOptions: { chunkSize: 1 } };
  options.httpCompression = { threshold: 1 };
  options.wsEngine = class {} as any;
  options.initialPacket = "x";
  options.parser = {};
  options.addTrailingSlash = false;
  options.destroyUpgrade = false;
  options.destroyUpgradeTimeout = 1;
  options.upgradeTimeout = 1;
  options.allowUpgrades = false;
  const full: ServerOptions["path"] = "/";

  // handlers apart
  function register(server: Server, socket: Socket): void {
    socket.on("x", () => server.emit("y"));
  }
  register(plain, plain.sockets.sockets.get("x")!);
  function registerTyped(server: IO, socket: S): void {
    socket.emit("news", "t");
    server.to("r").emit("news", "x");
  }
  io.on("connection", (socket) => registerTyped(io, socket));
  function takesAny(server: Server<any, any, any, any>, socket: Socket<any, any, any, any>): void {}
  io.on("connection", (socket) => takesAny(io, socket));
  const loose: Server = plain;
  class Gateway {
    server!: Server;
    handle(client: Socket, data: { x: number }): void {
      client.join("r");
      this.server.to(["a", "b"]).emit("x", data);
    }
  }
  class MyServer extends Server<C2S, S2C, SS, Data> {
    extra(): void {
      this.emit("news", "x");
    }
  }
  new MyServer(3000).extra();

  const map = new Map<string, Socket>();
  plain.on("connection", (socket) => {
    map.set(socket.id, socket);
  });
  const emitter: { emit(ev: string, ...args: any[]): boolean } = plain;
  const target: BroadcastOperator<DefaultEventsMap, any> = plain.to("x");
  let op: BroadcastOperator<{ news: (t: string) => void }, Data>;
  const narrowIo = new Server<{}, { news: (t: string) => void }, {}, Data>();
  op = narrowIo.to("x");
  op = narrowIo.except("x");
  op = narrowIo.volatile;
  op = op.to("y").except(["z"]).local.volatile.compress(true);
  narrowIo.on("connection", (socket) => {
    op = socket.broadcast;
    op = socket.to("x");
    op = socket.local;
  });
  op.emit("news", "x");

  // room selection built in a loop
  let selection = plain.to("a");
  for (const room of ["b", "c"]) selection = selection.to(room);
  selection.emit("x");
  const nspOrIo: Server | Namespace = plain.of("/x");
  nspOrIo.emit("x");

  // namespaces
  const admin: Namespace<C2S, S2C, SS, Data> = io.of("/admin");
  const otherTyped: Namespace<{ a: (x: number) => void }, { b: () => void }> = plain.of("/other");
  otherTyped.on("connection", (s) => {
    s.on("a", (x) => x.toFixed());
    s.emit("b");
  });
  io.of(/^\\/dyn-\\d+$/).use((socket, next) => {
    socket.data.name = "x";
    next();
  });
  io.of((name, auth, next) => {
    const t: any = auth.token;
    next(null, true);
  });
  io.of("/fn", (socket) => {
    socket.data.name;
  });
  io.on("new_namespace", (nsp) => {
    nsp.use((s, n) => n());
    nsp.name;
  });
  const nsps: Map<string, Namespace<C2S, S2C, SS, Data>> = io._nsps;

  // adapters' view
  io.of("/").adapter.on("create-room", (room) => {
    const r: string = room;
  });
  io.of("/").adapter.on("join-room", (room: string, id: string) => {});
  io.of("/").adapter.on("error", (e: Error) => {});
  io.sockets.adapter.once("delete-room", () => {});
  const rooms: Map<string, Set<string>> = io.sockets.adapter.rooms;
  const sids: Map<string, Set<string>> = io.sockets.adapter.sids;
  const count: number | undefined = io.sockets.adapter.rooms.get("x")?.size;

  // socket
  io.on("connection", async (socket) => {
    socket.on("hello", () => {});
    socket.on("ask", async (q, cb) => {
      cb(q.length);
    });
    socket.on("opt", (x) => {
      const y: string | undefined = x;
    });
    socket.on("drain", (n) => {
      n.toFixed();
    });
    socket.once("drain", (n: number) => {
      n.toFixed();
    });
    socket.on("disconnect", (reason, details) => {
      const r: DisconnectReason = reason;
      details?.message;
    });
    socket.on("disconnecting", (reason) => {
      const r: string = reason;
    });
    socket.on("error", (err) => err.message);
    socket.use((event, next) => {
      const [name, ...args]: Event = event;
      next(new Error("x"));
    });
    socket.use(([name], next) => next());
    const d: Data = socket.data;
    socket.data = { name: "x" };
    const id: string = socket.id;
    const rec: boolean = socket.recovered;
    const r: Set<string> = socket.rooms;
    await socket.join(["a", "b"]);
    await socket.leave("a");
    const j: void | Promise<void> = socket.join("x");
    socket.emit("news", "x");
    socket.emit("x:1", 2);
    socket.emit("withAck", "d", (e) => e.toFixed());
    socket.emit("optAck", "d");
    socket.emit("optAck", "d", (e) => e.toFixed());
    socket.timeout(1).emit("withAck", "d", (err, e) => {
      const x: Error = err;
      e.toFixed();
    });
    socket.timeout(1).emit("err", 1, (err, ok) => {
      const b: boolean = ok;
    });
    const n: number = await socket.emitWithAck("withAck", "d");
    const n2: number = await socket.timeout(1).emitWithAck("withAck", "d");
    const ok: boolean = await socket.timeout(1).emitWithAck("err", 1);
    socket.broadcast.emit("news", "x");
    socket
      .to("r")
      .timeout(1)
      .emit("withAck", "d", (err, list) => {
        const x: Error = err;
        const l: number[] = list;
      });
    const l2: number[] = await socket.to("r").timeout(1).emitWithAck("withAck", "d");
    const l3: number[] = await io.timeout(1).emitWithAck("withAck", "d");
    const l4: boolean[] = await io.timeout(1).emitWithAck("err", 1);
    io.timeout(1).emit("withAck", "d", (err, list) => {
      const l: number[] = list;
    });
    io.to("x")
      .timeout(1)
      .emit("nothing", (err) => {
        const e: Error = err;
      });
    socket.compress(true).volatile.emit("news", "x");
    socket.send("x").write("y");
    const conn = socket.conn;
    conn.on("upgrade", (t) => t.name);
    conn.on("close", (reason) => reason);
    conn.once("drain", () => {});
    conn.transport.name;
    conn.protocol;
    conn.remoteAddress;
    conn.request.headers;
    conn.close();
    conn.readyState;
    conn.on("packet", ({ type, data }) => [type, data]);
    conn.on("packetCreate", ({ type, data }) => [type, data]);
    const req: IncomingMessage = socket.request;
    socket.client.conn;
    socket.client.request;
    socket.handshake.query.token;
    const q: string | string[] | undefined = socket.handshake.query.token;
    socket.handshake.auth.token;
    const h: string | undefined = socket.handshake.headers["x"] as string | undefined;
    socket.handshake.headers.authorization;
    const issued: number = socket.handshake.issued;
    const time: string = socket.handshake.time;
    socket.nsp.emit("news", "x");
    socket.nsp.name;
    socket.nsp.sockets.size;
    socket.onAny((event, ...args) => {
      event.toUpperCase();
    });
    socket.onAnyOutgoing((event: string, ...args: any[]) => {});
    socket.offAny();
    socket.listenersAny()[0]?.("x");
    socket.removeAllListeners("hello");
    socket.off("hello", () => {});
    socket.eventNames();
    socket.listeners("hello").length;
    socket.listenerCount("hello");
    socket.removeListener("x", () => {});
    socket.disconnect(true).disconnected;
  });

  // remote sockets
  (async () => {
    const found = await io.in("r").fetchSockets();
    for (const s of found) {
      s.emit("news", "x");
      s.join("x");
      s.leave("y");
      s.disconnect(true);
      const d: Data = s.data;
      s.id;
      s.handshake.auth;
      s.rooms.has("x");
      s.timeout(1).emit("withAck", "d", (err, e) => {});
    }
    const typed: RemoteSocket<S2C, Data>[] = await io.fetchSockets();
    const anyRemote: RemoteSocket<any, any>[] = await io.fetchSockets();
    const ids: Set<string> = await io.allSockets();
    const plainFound: RemoteSocket<DefaultEventsMap, any>[] = await plain.fetchSockets();
    io.serverSideEmit("refresh", "k");
    io.serverSideEmit("count", (err, list) => {
      const e: Error = err;
      const l: number[] = list;
    });
    const counts: number[] = await io.serverSideEmitWithAck("count");
    io.on("refresh", (k) => k.toUpperCase());
    io.on("count", (cb) => cb(1));
    admin.on("refresh", (k) => k);
    await io.close();
    io.close((err?: Error) => {});
    io.close().then(() => {});
  })();

  io.use((socket, next) => {
    const e: ExtendedError = new Error("x");
    e.data = { a: 1 };
    next(e);
  });
  io.use(async (socket, next) => {
    next();
  });
  io.engine.on("connection_error", (err) => {
    err.code;
    err.message;
    err.context;
    err.req;
  });
  io.engine.on("initial_headers", (headers, req) => {
    headers["x"] = "1";
  });
  io.engine.on("headers", (headers: any, req: IncomingMessage) => {
    headers["x"] = "1";
  });
  io.engine.on("connection", (raw) => {
    raw.id;
  });
  io.engine.generateId = (req) => "x";
  io.engine.generateId = async (req: IncomingMessage) => "x";
  io.engine.use((req: any, res: any, next: any) => next());
  const c: number = io.engine.clientsCount;
  const http = io.httpServer;
  http.address();
  io.httpServer.close();
  io.adapter(io.adapter()!);
  io.path("/x").serveClient(true).connectTimeout(1).listen(3000);
  io.attach(3000, { path: "/x" });
  io.path().length;
  io.serveClient() === true;
  io.connectTimeout() + 1;
  io.attachApp({});
  io.attachApp({}, {});
  io.send("x").write("y");
  io.compress(true).emit("news", "x");
  io.volatile.emit("news", "x");
  io.local.emit("news", "x");
  io.socketsJoin("x");
  io.socketsLeave(["x"]);
  io.disconnectSockets();
  io.disconnectSockets(true);
  io.in("x").socketsJoin("y");
  io.emit("news", "x");
  io.sockets.emit("news", "x");
  io.removeAllListeners();
  io.off("connection", () => {});
  io.listeners("connection");
  io.once("connection", (s) => {
    s.id;
  });
  const wrapped: Promise<void> = new Promise((resolve) => io.close(() => resolve()));
  const byReason: Partial<Record<DisconnectReason, number>> = { "ping timeout": 1 };
  const ev = new Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, { user: string }>();
  ev.on("connection", (s) => {
    s.data.user.toUpperCase();
    s.on("x", (a, b) => {});
    s.emit("x", 1, () => {});
    register(ev, s);
  });
  const one = new Server<C2S>();
  one.on("connection", (s) => {
    s.emit("ask", "x", (n) => n.toFixed());
  });
  type P = Parameters<Parameters<Server["use"]>[0]>[0];
  declare const p: P;
  p.id;
  const assertSocket = (x: unknown): x is Socket => x instanceof Socket;
  const isServer = (x: unknown) => x instanceof Server;
`;

/** What differs, and why it must. */
const differences = `
  import { Server, type DisconnectReason } from "socket.io";

  interface Events {
    ask: (question: string, answer: (value: number) => void) => void;
  }
  const io = new Server<Events>();

  // answers to a broadcast always come after an error or null, as they do when the program runs
  io.to("room").emit("ask", "?", (error, values) => [error.message, values[0]?.toFixed()]);
  // @ts-expect-error so the first argument is no list
  io.to("room").emit("ask", "?", (values: number[]) => values);

  // there is one more reason
  const reason: DisconnectReason = "slow consumer";
  // @ts-expect-error but no others
  const other: DisconnectReason = "bad mood";

  // @ts-expect-error engines are ours
  io.bind({});
`;

const declarations: Readonly<Record<string, URL>> = {
  ours: new URL("packages/server/dist/index.d.ts", root),
  incumbent: new URL("interop/node_modules/socket.io/dist/index.d.ts", root),
};

/** What the compiler has to say about a program that imports `socket.io`. */
async function complaints(program: string, end: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "types-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await symlink(fileURLToPath(new URL("node_modules", import.meta.url)), join(folder, "node_modules"));
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: "es2022",
    module: "nodenext",
    skipLibCheck: true,
    types: ["node"],
    typeRoots: [fileURLToPath(new URL("node_modules/@types", root))],
    paths: { "socket.io": [fileURLToPath(declarations[end] ?? root)] },
  };
  await writeFile(join(folder, "program.mts"), program);
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["program.mts"] }));
  const result = run(process.execPath, [compiler, "--pretty", "false", "--project", folder]);
  const { stdout, stderr } = await result.catch(
    (failure: { readonly stdout: string; readonly stderr: string }) => failure,
  );
  return stdout + stderr;
}

for (const { name } of serverEnds)
  test(`a program compiles against the ${name} declarations`, async () => {
    expect(await complaints(application, name)).toBe("");
  });

test("what compiles otherwise, or no more", async () => {
  expect(await complaints(differences, "ours")).toBe("");
});
