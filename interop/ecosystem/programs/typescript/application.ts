// What applications in TypeScript do with the library's types; compiled in each module mode, never run.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import {
  Namespace,
  Server,
  Socket,
  type BroadcastOperator,
  type DefaultEventsMap,
  type DisconnectReason,
  type Event,
  type ExtendedError,
  type RemoteSocket,
  type ServerOptions,
} from "socket.io";

interface Message {
  readonly from: string;
  readonly text: string;
}
interface ClientToServer {
  hello: () => void;
  private: (message: { text: string; to: string }) => void;
  create: (todo: { title: string }, callback: (result: { data: string } | { error: string }) => void) => void;
  upload: (file: Buffer, callback: (saved: boolean) => void) => void;
}
interface ServerToClient {
  noArg: () => void;
  basicEmit: (a: number, b: string, c: Buffer) => void;
  withAck: (d: string, callback: (e: number) => void) => void;
  private: (message: Message) => void;
}
interface InterServer {
  ping: () => void;
  count: (callback: (sockets: number) => void) => void;
}
interface SocketData {
  name: string;
  age: number;
}
type AppServer = Server<ClientToServer, ServerToClient, InterServer, SocketData>;
type AppSocket = Socket<ClientToServer, ServerToClient, InterServer, SocketData>;

interface RequestWithUser extends IncomingMessage {
  user?: { id: string };
}
/** As Express and its middlewares are typed: they want more than a request of Node.js has. */
interface ExpressRequest extends IncomingMessage {
  session: { id: string };
  get(name: string): string | undefined;
}
interface ExpressResponse extends ServerResponse {
  json(body: unknown): this;
}
type ExpressHandler = (request: ExpressRequest, response: ExpressResponse, next: (error?: any) => void) => void;

const options: Partial<ServerOptions> = {
  path: "/io",
  serveClient: false,
  cors: { origin: ["https://app.example", /\.example$/], credentials: true, methods: ["GET", "POST"] },
  cookie: { name: "io", httpOnly: true, sameSite: "strict", maxAge: 86_400 },
  transports: ["websocket", "polling"],
  pingInterval: 25_000,
  pingTimeout: 20_000,
  maxHttpBufferSize: 1e6,
  perMessageDeflate: { threshold: 1024 },
  httpCompression: true,
  allowEIO3: true,
  connectTimeout: 45_000,
  cleanupEmptyChildNamespaces: true,
  allowRequest: (request, callback) => callback(null, request.headers.origin === undefined),
};

export const httpServer = createServer();
export const io: AppServer = new Server<ClientToServer, ServerToClient, InterServer, SocketData>(httpServer, options);

const authenticate = (socket: AppSocket, next: (error?: ExtendedError) => void): void => {
  const token: unknown = socket.handshake.auth["token"];
  if (typeof token !== "string") {
    const error: ExtendedError = new Error("not authorized");
    error.data = { retry: false };
    return next(error);
  }
  socket.data.name = token;
  next();
};
io.use(authenticate);
io.engine.use((request: RequestWithUser, _response: unknown, next: () => void) => {
  request.user = { id: "1" };
  next();
});
const session: ExpressHandler = (request, _response, next) => {
  request.session = { id: "1" };
  next();
};
io.engine.use(session);
const onlyForHandshake =
  (middleware: ExpressHandler) =>
  (request: ExpressRequest & { _query: Record<string, string> }, response: ExpressResponse, next: () => void): void =>
    request._query["sid"] === undefined ? middleware(request, response, next) : next();
io.engine.use(onlyForHandshake(session));
const wrap = (middleware: ExpressHandler) => (socket: AppSocket, next: (error?: ExtendedError) => void) =>
  middleware(socket.request as ExpressRequest, {} as ExpressResponse, next as () => void);
io.use(wrap(session));
io.engine.generateId = (request: IncomingMessage): string => String(request.url);
io.engine.on("connection_error", (error: { req: IncomingMessage; code: number; message: string; context: unknown }) => {
  console.error(error.code, error.message);
});

io.on("connection", (socket: AppSocket) => {
  const id: string = socket.id;
  const user = (socket.request as RequestWithUser).user;
  const rooms: Set<string> = socket.rooms;
  const query: string | string[] | undefined = socket.handshake.query["room"];
  const name: string | undefined = socket.data.name;
  const transport: string = socket.conn.transport.name;
  socket.conn.once("upgrade", () => console.log(socket.conn.transport.name, socket.conn.protocol));
  console.log(id, user?.id, rooms.size, query, name, transport, socket.recovered, socket.handshake.address);

  void socket.join(["one", "two"]);
  void socket.leave("two");
  socket.emit("noArg");
  socket.emit("basicEmit", 1, "2", Buffer.from([3]));
  socket.emit("withAck", "4", (e) => console.log(e.toFixed()));
  socket.timeout(1_000).emit("withAck", "4", (error, e) => console.log(error ? error.message : e.toFixed()));
  socket.broadcast.to("one").except("two").volatile.compress(false).emit("noArg");
  socket
    .to("one")
    .timeout(5)
    .emit("withAck", "5", (error, answers) => console.log(error, answers.length));

  socket.on("hello", () => {});
  socket.on("private", ({ text, to }) => socket.to(to).emit("private", { from: socket.id, text }));
  socket.on("create", (todo, callback) => callback(todo.title ? { data: todo.title } : { error: "empty" }));
  socket.on("upload", async (file, callback) => callback(file.length > 0));
  socket.once("disconnecting", (reason) => console.log(reason, [...socket.rooms]));
  socket.on("disconnect", (reason: DisconnectReason, description) => {
    if (reason === "transport close") console.log(description);
  });
  socket.on("error", (error: Error) => console.error(error.message));
  socket.use((event: Event, next: (error?: Error) => void) => next(event[0] === "hello" ? undefined : new Error()));
  socket.onAny((event: string, ...args: unknown[]) => console.log(event, args.length));
  socket.prependAnyOutgoing((event, ...args) => console.log(event, args));
  socket.offAny();
  if (name === "intruder" && socket instanceof Socket && socket.nsp instanceof Namespace) socket.disconnect(true);
});

export async function administrate(): Promise<void> {
  const answer: number = await first().emitWithAck("withAck", "x");
  const answers: number[] = await io.timeout(1_000).emitWithAck("withAck", "x");
  const sockets: RemoteSocket<ServerToClient, SocketData>[] = await io.in("one").fetchSockets();
  for (const socket of sockets) {
    console.log(socket.id, socket.handshake, [...socket.rooms], socket.data.age, answer, answers);
    socket.join("three");
    socket.emit("noArg");
    socket.disconnect(true);
  }
  io.socketsJoin(["a", "b"]);
  io.in("a").socketsLeave("b");
  io.disconnectSockets();
  io.serverSideEmit("ping");
  const counts: number[] = await io.serverSideEmitWithAck("count");
  io.on("ping", () => console.log(counts));
  io.of("/").adapter.on("create-room", (room: string) => console.log(room));
  console.log(io.of("/").sockets.size, io.engine.clientsCount, io.of("/").adapter.rooms.get("a")?.size);
  await io.close();
}

function first(): AppSocket {
  const [socket] = io.sockets.sockets.values();
  if (socket === undefined) throw new Error("nobody");
  return socket;
}

export const workspaces: Namespace<ClientToServer, ServerToClient, InterServer, SocketData> = io.of(/^\/\w+$/);
workspaces.on("connection", (socket) => socket.nsp.emit("noArg"));
export const custom: Namespace = new Server().of((name, auth, next) => next(null, name !== "/x" && !!auth["token"]));
export const operator: BroadcastOperator<ServerToClient, SocketData> = io.to("one");

/** Handlers in files of their own, as the guide on application structure has them. */
export function registerOrders(server: Server, socket: Socket): void {
  const create = (payload: unknown, callback?: (result: unknown) => void): void => {
    server.to("orders").emit("order:created", payload);
    callback?.({ ok: true });
  };
  socket.on("order:create", create);
}

/** A type for sockets of which nothing is known. */
export type AnySocket = Socket<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, any>;

/** Applications write classes around the server, and extend it. */
export class Gateway extends Server<ClientToServer, ServerToClient> {
  constructor(port: number) {
    super(port, { cors: { origin: "*" } });
    this.on("connection", this.#onConnection);
  }

  #onConnection = (socket: Socket<ClientToServer, ServerToClient>): void => {
    socket.on("hello", () => this.emit("noArg"));
  };
}

declare module "socket.io" {
  interface Socket {
    user: { name: string };
  }
}
io.on("connection", (socket) => {
  console.log(socket.user.name);
  // @ts-expect-error users have no such property
  console.log(socket.user.age);
  // @ts-expect-error the event takes nothing
  socket.emit("noArg", 1);
  // @ts-expect-error there is no such event
  socket.emit("unknown");
  // @ts-expect-error nor does the client send it
  socket.on("unknown", () => {});
  // @ts-expect-error without a timeout, the answer comes first
  socket.emit("withAck", "x", (error: Error, e: number) => console.log(error, e));
  // @ts-expect-error names are texts
  socket.data.name = 1;
});
