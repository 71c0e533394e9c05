/** What is behind an error, by its code, and what to do about it. */
const HINTS: Readonly<Record<string, string>> = {
  CORS_OR_NETWORK:
    "The page and the server have different origins, and nobody answered or the server does not name the page's origin: look at its `cors` option, and at the browser's console, which tells which of the two it was.",
  ENGINE_PARSE:
    "What answered does not speak Engine.IO, or a proxy has changed what it said. Before `open` it is often a web page: compare `path` with the server's.",
  FETCH_READ_ERROR: "Nobody answered: look at host and port, and whether the server runs.",
  FETCH_WRITE_ERROR: "The connection broke while a message was being sent.",
  HTTP_400: "The server or a proxy refused the request; the error's `context` has its words.",
  HTTP_403: "The server's `allowRequest` refused the client; the error's `context` has its words.",
  HTTP_404: "No server listens at this path: compare `path` with the server's.",
  HTTP_413: "A message is longer than the server or a proxy takes: raise `maxHttpBufferSize`, or send less at once.",
  NO_TRANSPORTS_AVAILABLE:
    "None of the `transports` exists here; `WebTransport` has to be given as a class in browsers.",
  PAYLOAD_TOO_LARGE: "The message is longer than the server takes (`maxHttpBufferSize`): nothing was sent.",
  PROBE_ERROR:
    "The session stays with its transport. A proxy may let no WebSocket pass: it has to hand on the headers `Upgrade` and `Connection`.",
  REQUEST_TIMEOUT: "The server took longer than `requestTimeout`, which has to be more than its `pingInterval`.",
  SESSION_ID_UNKNOWN:
    "The session is over, or the request reached another node than the one it lives on: a load balancer needs sticky sessions, unless WebSocket is the only transport.",
  TRANSPORT_UNKNOWN: "The server's `transports` do not have this one.",
  UNSUPPORTED_PROTOCOL_VERSION: "The server speaks another revision of the protocol than 4: update it.",
  WEBSOCKET_ERROR:
    "Nobody answered, or a proxy let no WebSocket pass: it has to hand on the headers `Upgrade` and `Connection`. List `polling` behind `websocket` to connect all the same.",
  WEBTRANSPORT_ERROR:
    "The browser has no WebTransport, or nothing on UDP reached the server, or its certificate is refused.",
  XHR_POLL_ERROR: "Nobody answered: look at host and port, and whether the server runs.",
  XHR_POST_ERROR: "The connection broke while a message was being sent.",
};

/**
 * Says what is behind an error of a socket and what to do about it, or nothing for errors of others.
 *
 * @example
 * socket.on("error", (error) => console.warn(explain(error)));
 */
export function explain(error: unknown): string | undefined {
  const { code } = Object(error) as { readonly code?: unknown };
  return typeof code === "string" && Object.hasOwn(HINTS, code) ? HINTS[code] : undefined;
}
