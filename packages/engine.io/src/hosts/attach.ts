import type { IncomingMessage, Server as HttpServer, ServerResponse } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Http2SecureServer, Http2Server } from "node:http2";
import type { Duplex } from "node:stream";
import type { Clock } from "@halyard/contracts";

/** An HTTP server of Node.js. */
export type AnyHttpServer = HttpServer | HttpsServer | Http2Server | Http2SecureServer;

/** Where on an HTTP server the engine answers. */
export interface AttachOptions {
  /** @defaultValue "/engine.io" */
  readonly path?: string;
  /** Whether to end WebSocket handshakes for other paths that nobody answers. @defaultValue true */
  readonly destroyUpgrade?: boolean;
  /** How long such a handshake may wait, in milliseconds. @defaultValue 1000 */
  readonly destroyUpgradeTimeout?: number;
  /** Whether a slash is added to the path. @defaultValue true */
  readonly addTrailingSlash?: boolean;
}

/** What answers requests under the path. */
export interface RequestHandlers {
  readonly clock: Clock;
  readonly acceptsUpgrades: boolean;
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Sees to it that the listeners of `upgrade` after this one leave the connection alone. */
  watchOthers(request: IncomingMessage, socket: Duplex): void;
  onListening(): void;
  onServerClose(): void;
}

/** The prefix of the request targets that the engine answers. */
function computePath(options: AttachOptions): string {
  const path = (options.path ?? "/engine.io").replace(/\/$/, "");
  return options.addTrailingSlash === false ? path : `${path}/`;
}

/**
 * Puts the handlers in front of the listeners that the HTTP server has; those get the requests for other paths. Returns what
 * ends the WebSocket handshakes for other paths that still wait for somebody to answer.
 */
export function attachTo(server: AnyHttpServer, options: AttachOptions, handlers: RequestHandlers): () => void {
  const strays = new Set<Duplex>();
  const endStrays = (): void => {
    for (const socket of strays) socket.destroy();
  };
  const path = computePath(options);
  const isOurs = (request: IncomingMessage): boolean => request.url?.startsWith(path) === true;
  const target: NodeJS.EventEmitter = server;
  const previous = target.listeners("request");
  target.removeAllListeners("request");
  target.on("close", () => handlers.onServerClose());
  target.on("listening", () => handlers.onListening());
  target.on("request", (request: IncomingMessage, response: ServerResponse) => {
    if (isOurs(request)) handlers.handleRequest(request, response);
    else if (previous.length > 0) for (const listener of previous) listener.call(server, request, response);
    else if (target.listenerCount("request") === 1) response.writeHead(404).end();
  });
  if (!handlers.acceptsUpgrades) return endStrays;
  target.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (isOurs(request)) {
      handlers.handleUpgrade(request, socket, head);
      if (target.listenerCount("upgrade") > 1) handlers.watchOthers(request, socket);
    } else if (options.destroyUpgrade !== false) endIfUnanswered(socket, strays, options, handlers.clock);
  });
  return endStrays;
}

/** Without any listener Node.js would end such a connection; with ours, somebody has to. */
function endIfUnanswered(socket: Duplex, strays: Set<Duplex>, options: AttachOptions, clock: Clock): void {
  const timer = clock.schedule(() => {
    strays.delete(socket);
    const isAnswered = "bytesWritten" in socket && Number(socket.bytesWritten) > 0;
    // ending alone would leave it half open for as long as the client likes
    if (!isAnswered) socket.end(() => socket.destroy());
  }, options.destroyUpgradeTimeout || 1_000);
  strays.add(socket);
  socket
    .on("error", () => {}) // the client may go away while it waits
    .once("close", () => {
      timer.cancel();
      strays.delete(socket);
    });
}
