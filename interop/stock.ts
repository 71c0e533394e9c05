import { createServer, type Server as HttpServer } from "node:http";
import type { Server, ServerOptions, Socket as ServerSocket } from "socket.io";
import { io as connect, type Socket as ClientSocket } from "socket.io-client";
import { onTestFinished } from "vitest";
import type { ServerEnd } from "./ends.ts";
import { serving } from "./listening.ts";
import { connected, type ClientSettings } from "./rig.ts";

/** A server for the length of a test. */
export interface Serving {
  readonly io: Server;
  readonly http: HttpServer;
  readonly port: number;
}

/** Starts a server on an HTTP server of its own. */
export async function serveEnd(end: ServerEnd, options: Partial<ServerOptions> = {}): Promise<Serving> {
  const http = createServer();
  const io = new end.Server(http, options);
  return { io, http, port: await serving(http, io) };
}

/** Makes a stock client on WebSocket with a connection of its own, which ends with the test and does not reconnect unless told to. */
export function stockClient(port: number, namespace = "/", options: ClientSettings = {}): ClientSocket {
  const socket = connect(`http://127.0.0.1:${port}${namespace}`, {
    forceNew: true,
    reconnection: false,
    transports: ["websocket"],
    ...options,
  });
  onTestFinished(() => void socket.disconnect());
  return socket;
}

/** Connects a stock client and returns both ends. */
export async function stockLink(
  { io, port }: Pick<Serving, "io" | "port">,
  namespace = "/",
  options: ClientSettings = {},
): Promise<{ readonly peer: ClientSocket; readonly socket: ServerSocket }> {
  const peer = stockClient(port, namespace, options);
  await connected(peer);
  const socket = io.of(namespace).sockets.get(String(peer.id));
  if (socket === undefined) throw new Error(`the server knows no socket ${peer.id} in ${namespace}`);
  return { peer, socket };
}
