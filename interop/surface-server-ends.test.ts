import type { Server, Socket } from "socket.io";
import { eventually } from "./events.ts";
import { openWebSocket, rawPolling } from "./raw.ts";
import { wireSideBySide, type WireRow } from "./wire-rig.ts";

/** Not in the order of their names, and with the main one between the others. */
const JOINED = ["/b", "/", "/a"];

interface Scene {
  readonly io: Server;
  /** The client's sockets, by namespace. */
  readonly sockets: ReadonlyMap<string, Socket>;
  /** Ends the connection from the client's side. */
  readonly hangUp: () => void;
  readonly send: (message: string) => void;
}

interface Ending {
  readonly name: string;
  readonly end: (scene: Scene) => unknown;
  readonly joined?: readonly string[];
  readonly prepare?: (io: Server) => void;
  /** Opens the connection, over WebSocket unless told otherwise. */
  readonly open?: typeof webSocketClient;
  /** What ends with it, where that is not everything. */
  readonly count?: number;
}

const of = ({ sockets }: Scene, name: string): Socket => sockets.get(name) as Socket;

/** What the application hears at the end of a connection that has joined several namespaces, in its order. */
const endings: readonly Ending[] = [
  { name: "transport close", end: ({ hangUp }) => hangUp() },
  { name: "a packet that cannot be read", end: ({ send }) => send("4x") },
  { name: "a packet for a namespace that was not joined", end: ({ send }) => send('42/c,["x"]') },
  { name: "socket.disconnect(true) of the first", end: (scene) => of(scene, "/b").disconnect(true) },
  { name: "socket.disconnect(true) of the main one", end: (scene) => of(scene, "/").disconnect(true) },
  { name: "socket.disconnect(true) of the last", end: (scene) => of(scene, "/a").disconnect(true) },
  { name: "socket.conn.close()", end: (scene) => of(scene, "/a").conn.close() },
  { name: "io.close()", end: ({ io }) => io.close() },
  { name: "io.engine.close()", end: ({ io }) => io.engine.close() },
  { name: "io.disconnectSockets(true)", end: ({ io }) => io.disconnectSockets(true) },
  { name: "io.of().disconnectSockets(true)", end: ({ io }) => io.of("/a").disconnectSockets(true) },
  {
    name: "io.of().in(id).disconnectSockets(true)",
    end: (scene) => scene.io.of("/b").in(of(scene, "/b").id).disconnectSockets(true),
  },
  { name: "io.disconnectSockets()", end: ({ io }) => io.disconnectSockets(), count: 1 },
  { name: "the client leaves one", end: ({ send }) => send("41/b,"), count: 1 },
  {
    name: "the client leaves all of them",
    end: ({ send }) => ["41/a,", "41", "41/b,"].forEach((message) => send(message)),
  },
  { name: "transport close, over long-polling", open: pollingClient, end: ({ hangUp }) => hangUp() },
  { name: "the main one first", joined: ["/", "/b", "/a"], end: ({ hangUp }) => hangUp() },
  { name: "the main one last", joined: ["/b", "/a", "/"], end: ({ hangUp }) => hangUp() },
  { name: "without the main one", joined: ["/b", "/a"], end: ({ hangUp }) => hangUp(), count: 2 },
  {
    name: "one whose middleware took longer than the next one's",
    joined: ["/slow", "/", "/a"],
    prepare: (io) => void io.of("/slow").use((_socket, next) => setImmediate(() => setImmediate(next))),
    end: ({ hangUp }) => hangUp(),
  },
  {
    name: "a listener of the first disconnects the last",
    end: (scene) => {
      of(scene, "/b").on("disconnect", () => of(scene, "/a").disconnect());
      scene.hangUp();
    },
  },
];

const rows = endings.map(
  ({ name, end, prepare, open = webSocketClient, joined = JOINED, count = joined.length }): WireRow => ({
    name,
    prepare: (io, log) => {
      for (const namespace of joined) io.of(namespace).on("connection", (socket) => listen(socket, log));
      prepare?.(io);
    },
    see: async ({ io, port, log }) => {
      const client = await open(port);
      for (const namespace of joined) client.send(namespace === "/" ? "40" : `40${namespace},`);
      await eventually(() => log.length === joined.length, "all are joined");
      const sockets = new Map(joined.map((each) => [each, [...io.of(each).sockets.values()][0] as Socket]));
      void end({ io, sockets, ...client });
      await eventually(
        () => log.filter((entry) => (entry as unknown[])[1] === "disconnect").length === count,
        "all end",
      );
      return log;
    },
  }),
);

wireSideBySide("what ends with a connection, in the order of joining", rows);

async function webSocketClient(port: number): Promise<Pick<Scene, "hangUp" | "send">> {
  const { ws } = await openWebSocket(port, "/socket.io/?EIO=4&transport=websocket");
  return { hangUp: () => ws.terminate(), send: (message) => ws.send(message) };
}

async function pollingClient(port: number): Promise<Pick<Scene, "hangUp" | "send">> {
  const session = await rawPolling(port);
  let posts: Promise<unknown> = Promise.resolve();
  const send = (message: string): void => void (posts = posts.then(() => session.post(message)).catch(() => {}));
  return { send, hangUp: () => send("1") };
}

function listen(socket: Socket, log: unknown[]): void {
  const { name } = socket.nsp;
  log.push([name, "connection"]);
  socket.on("disconnecting", (reason) => log.push([name, "disconnecting", inCommon(reason), socket.rooms.size]));
  socket.on("disconnect", (reason) => log.push([name, "disconnect", inCommon(reason), socket.rooms.size]));
}

/** Ours say more than the incumbent's "forced close": what was wrong, or that the server goes. */
function inCommon(reason: string): string {
  return ["parse error", "forced server close", "server shutting down"].includes(reason) ? "forced close" : reason;
}
