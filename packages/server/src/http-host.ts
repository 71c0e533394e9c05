import type { Clock } from "@halyard/contracts";
import type { Server as HttpServer } from "node:http";
import type { Http2SecureServer, Http2Server, ServerHttp2Session } from "node:http2";
import type { Server as HttpsServer } from "node:https";
import type { Socket as TcpSocket } from "node:net";

/** An HTTP server that a Socket.IO server can be attached to. */
export type NodeHttpServer = HttpServer | HttpsServer | Http2SecureServer | Http2Server;

/** Whether a value is an HTTP server, rather than options or a port. */
export function isHttpServer(value: unknown): value is NodeHttpServer {
  return typeof value === "object" && value !== null && "listen" in value && typeof value.listen === "function";
}

/** An HTTP server that a Socket.IO server is attached to, and the connections that end with it. */
export class HttpHost {
  readonly server: NodeHttpServer;
  readonly #connections: Connections;

  /** To be made before the server has connections. */
  constructor(server: NodeHttpServer) {
    this.server = server;
    this.#connections = "closeAllConnections" in server ? ownConnections(server) : new Http2Connections(server);
  }

  /**
   * Takes no new connections once the engine has closed: until then clients need them to fetch what is queued for them. Ends idle
   * connections then, and all of them once the time is over. Resolves with an error if the server was not running.
   */
  close(engineClosed: Promise<unknown>, clock: Clock, timeoutMs: number): Promise<Error | undefined> {
    return new Promise((resolve) => {
      let isStopping = false;
      const stop = (): void => {
        if (isStopping) return;
        isStopping = true;
        this.server.close((error) => {
          timer.cancel();
          resolve(error);
        });
        this.#connections.endIdle();
      };
      const timer = clock.schedule(() => {
        stop();
        this.#connections.endAll();
        resolve(undefined);
      }, timeoutMs);
      engineClosed.then(stop, stop);
    });
  }
}

interface Connections {
  /** Ends each connection as soon as nothing is under way on it. */
  endIdle(): void;
  /** Cuts every connection off. */
  endAll(): void;
}

/** HTTP/1 servers know their connections. */
function ownConnections(server: Extract<NodeHttpServer, { closeAllConnections(): void }>): Connections {
  return { endIdle: () => server.closeIdleConnections(), endAll: () => server.closeAllConnections() };
}

/** HTTP/2 servers do not; with the option `allowHTTP1` some of theirs have no session either. */
class Http2Connections implements Connections {
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #sockets = new Set<TcpSocket>();

  constructor(server: NodeJS.EventEmitter) {
    server.on("session", (session: ServerHttp2Session) => keepUntilClose(this.#sessions, session));
    server.on("connection", (socket: TcpSocket) => keepUntilClose(this.#sockets, socket));
  }

  endIdle(): void {
    for (const session of this.#sessions) session.close();
  }

  endAll(): void {
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }
}

function keepUntilClose<Target extends NodeJS.EventEmitter>(set: Set<Target>, target: Target): void {
  set.add(target);
  target.once("close", () => set.delete(target));
}

/** Waits until all have settled, but not for longer than the timeout. */
export async function settleWithin(clock: Clock, timeoutMs: number, all: readonly unknown[]): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = clock.schedule(resolve, timeoutMs);
    void Promise.allSettled(all).then(() => {
      timer.cancel();
      resolve();
    });
  });
}
