import { createServer } from "node:http";
import { codedError, MAX_DELAY_MS } from "@halyard/core";
import type { NodeHttpServer } from "./http-host.ts";

/**
 * Makes an HTTP server that listens on a port, and does not wait for requests longer than it must.
 * @throws `INVALID_OPTION` for anything that is no port
 */
export function listenOn(port: unknown, options: { readonly requestTimeout?: number }): NodeHttpServer {
  if (typeof port === "function")
    throw codedError(
      "INVALID_OPTION",
      "You are trying to attach socket.io to an express request handler function. Please pass a http.Server instance.",
    );
  if ((typeof port !== "number" && typeof port !== "string") || !Number.isInteger(Number(port)))
    throw codedError("INVALID_OPTION", "pass an HTTP server or a port");
  const requestTimeout = Math.min(Math.ceil(options.requestTimeout ?? 30_000), MAX_DELAY_MS);
  const timeouts = {
    requestTimeout,
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeout), // Node.js refuses a longer one
    connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
  };
  const server = createServer(timeouts, (_request, response) => response.writeHead(404).end());
  return server.listen(Number(port));
}

/** How long the head of a request may take to arrive, at most. */
const HEADERS_TIMEOUT_MS = 10_000;
const CONNECTIONS_CHECK_MS = 1_000;
