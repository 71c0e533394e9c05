import { createServer, type Server as HttpServer } from "node:http";
import type { Server, ServerOptions, Socket as ServerSocket } from "socket.io";
import type { Manager, ManagerOptions, Socket as ClientSocket, SocketOptions } from "socket.io-client";
import { describe, onTestFinished, test } from "vitest";
import { connected } from "./channels.ts";
import { channels, allPairs, type Channel, type Pair } from "./ends.ts";
import { once } from "./events.ts";
import { listening } from "./listening.ts";

export { connected, upgraded } from "./channels.ts";

export type ServerSettings = Partial<ServerOptions>;
export type ClientSettings = Partial<ManagerOptions & SocketOptions>;

/** Both ends of one connection to a namespace. */
export interface Link {
  readonly client: ClientSocket;
  readonly socket: ServerSocket;
}

/** A running server of one pair, and the way to connect the pair's client to it. Ends with the test. */
export interface Rig {
  readonly io: Server;
  readonly http: HttpServer;
  readonly port: number;
  readonly url: string;
  readonly pair: Pair;
  readonly channel: Channel;
  /** Makes a client socket with a connection of its own, without waiting for it. Does not reconnect unless told to. */
  readonly client: (namespace?: string, options?: ClientSettings) => ClientSocket;
  /** Makes a client socket and waits until both ends are connected. */
  link(namespace?: string, options?: ClientSettings): Promise<Link>;
  /** Makes a connection of its own for several namespaces. */
  manager(options?: Partial<ManagerOptions>): Manager;
  /** The server's end of a connected client socket. */
  peer(client: ClientSocket, namespace?: string): ServerSocket;
  /** Closes the server and what is connected to it. */
  readonly stop: () => Promise<void>;
  /** Starts a fresh server on the same port; `stop` comes first. */
  restart(settings?: ServerSettings, prepare?: (io: Server) => void): Promise<void>;
}

/** One combination of a matrix. */
export interface Cell {
  readonly pair: Pair;
  readonly channel: Channel;
  readonly start: (settings?: ServerSettings, prepare?: (io: Server) => void) => Promise<Rig>;
  /** Defines a test of what servers have learned after 4.0. */
  readonly recent: (name: string, run: () => Promise<void>) => void;
}

/** Defines the same tests for every pair over every channel. */
export function matrix(
  define: (cell: Cell) => void,
  { pairs = allPairs, over = channels }: { pairs?: readonly Pair[]; over?: readonly Channel[] } = {},
): void {
  for (const pair of pairs) {
    describe(pair.name, () => {
      for (const channel of over) {
        describe(channel.name, () => {
          const start: Cell["start"] = (settings, prepare) => startRig(pair, channel, settings, prepare);
          const recent: Cell["recent"] = (name, run) => void (pair.server.oldest === true || test(name, run));
          define({ pair, channel, start, recent });
        });
      }
    });
  }
}

/** Starts the pair's server on a free port of the loopback interface. */
export async function startRig(
  pair: Pair,
  channel: Channel,
  settings: ServerSettings = {},
  prepare: (io: Server) => void = () => {},
): Promise<Rig> {
  const clients: ClientSocket[] = [];
  const managers: Manager[] = [];
  const options = { allowEIO3: pair.client.generation === 2, ...settings };
  let running = await listen(pair, 0, options, prepare);
  const { port } = running;
  const url = `http://127.0.0.1:${port}`;
  let stopped = false;

  async function stop(): Promise<void> {
    if (stopped) return;
    stopped = true;
    await close(running);
  }

  const rig: Rig = {
    get io() {
      return running.io;
    },
    get http() {
      return running.http;
    },
    port,
    url,
    pair,
    channel,
    client(namespace = "/", extra = {}) {
      const socket = pair.client.io(url + namespace, {
        forceNew: true,
        reconnection: false,
        ...channel.options,
        ...extra,
      });
      clients.push(socket);
      return socket;
    },
    async link(namespace = "/", extra = {}) {
      const client = rig.client(namespace, extra);
      await connected(client);
      return { client, socket: rig.peer(client, namespace) };
    },
    manager(extra = {}) {
      const manager = new pair.client.Manager(url, { reconnection: false, ...channel.options, ...extra });
      managers.push(manager);
      return manager;
    },
    peer(client, namespace = "/") {
      const name = namespace.split("?")[0] ?? "/";
      const socket = running.io.of(name).sockets.get(String(client.id));
      if (!socket) throw new Error(`the server knows no socket ${client.id} in ${name}`);
      return socket;
    },
    stop,
    async restart(again = {}, prepareAgain = prepare) {
      if (!stopped) throw new Error("stop the server before it is restarted");
      running = await listen(pair, port, { ...options, ...again }, prepareAgain);
      stopped = false;
    },
  };

  onTestFinished(async () => {
    for (const client of clients) client.disconnect();
    for (const manager of [...clients.map((client) => client.io), ...managers]) quiet(manager);
    await stop();
  });
  return rig;
}

interface Running {
  readonly io: Server;
  readonly http: HttpServer;
  readonly port: number;
}

async function listen(
  pair: Pair,
  port: number,
  settings: ServerSettings,
  prepare: (io: Server) => void,
): Promise<Running> {
  const http = createServer();
  const io = new pair.server.Server(http, settings);
  prepare(io);
  return { io, http, port: await listening(http, port) };
}

async function close({ io, http }: Running): Promise<void> {
  const closed = http.listening ? once(http, "close") : undefined;
  await io.close();
  http.closeAllConnections();
  await closed;
}

/** Stops a connection for good, whatever state a failed test left it in. */
function quiet(manager: Manager): void {
  manager.reconnection(false);
  manager.engine?.close();
}
