import { createServer } from "node:http";
import { MAX_DELAY_MS } from "@halyard/core";
import type { AnyHttpServer, AttachOptions } from "./hosts/attach.ts";
import type { ServerOptions } from "./options.ts";
import { Server } from "./server.ts";

/** How long the head of a request may take to arrive. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const CONNECTIONS_CHECK_MS = 1_000;

/**
 * Makes an HTTP server for nothing but Engine.IO, and starts to listen.
 *
 * @example
 * const server = listen(3000);
 * server.on("connection", (socket) => socket.send("hello"));
 */
export function listen(
  port: number,
  options: (ServerOptions & AttachOptions) | (() => void) = {},
  onListening?: () => void,
): Server {
  if (typeof options === "function") return listen(port, {}, options);
  // Node.js takes whole numbers, and no longer for the head than for all
  const requestTimeout = Math.min(Math.ceil(options.requestTimeout ?? REQUEST_TIMEOUT_MS), MAX_DELAY_MS);
  const httpServer = createServer(
    {
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeout),
      requestTimeout,
      connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
    },
    (_request, response) => response.writeHead(501).end("Not Implemented"),
  );
  const server = attach(httpServer, options);
  server.httpServer = httpServer;
  httpServer.listen(port, onListening);
  return server;
}

/** Makes an Engine.IO server and attaches it to an HTTP server. */
export function attach(httpServer: AnyHttpServer, options: ServerOptions & AttachOptions = {}): Server {
  const server = new Server(options);
  server.attach(httpServer, options);
  return server;
}
