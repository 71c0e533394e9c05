import { request as sendRequest, type Agent, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";

/** Headers that concern one connection only. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding"]);

/** Where a request is passed on to. */
interface Target {
  readonly address: string;
  /** Keeps connections; without one, the request gets a connection of its own. */
  readonly agent: Agent | undefined;
}

/**
 * Has another server on this machine answer a request. `onFailed` is called if it cannot: with "unreachable" if it is not there, and
 * "broken" if it may have heard of the request.
 */
export function forwardRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { address, agent }: Target,
  onFailed: (how: "unreachable" | "broken") => void,
): void {
  const { method, url } = request;
  const { connection: _connection, "keep-alive": _keepAlive, ...headers } = request.headers; // those of this connection only
  const isRepeatable = method === "GET" && !hasBody(request);
  const onward = sendRequest({ socketPath: address, agent, method, path: url, headers });
  let isReached = false;
  onward.on("socket", (socket) => {
    if (!socket.connecting) isReached = true;
    else socket.once("connect", () => (isReached = true));
  });
  onward.on("response", (reply) => {
    response.writeHead(reply.statusCode ?? 502, endToEnd(reply.rawHeaders));
    reply.pipe(response);
    reply.on("error", () => response.destroy());
  });
  onward.on("error", () => {
    response.off("close", onClose);
    // the connection was kept from before, and may have ended before the other server could hear of this
    if (isRepeatable && onward.reusedSocket && !response.headersSent && !response.destroyed)
      forwardRequest(request, response, { address, agent: undefined }, onFailed);
    else onFailed(isReached ? "broken" : "unreachable");
  });
  const onClose = (): void => {
    if (!response.writableFinished) onward.destroy(); // the client has gone: its session has to know
  };
  response.on("close", onClose);
  if (isRepeatable) onward.end();
  else request.pipe(onward);
}

/** Connects a client to another server on this machine, for as long as both stay. */
export function forwardConnection(socket: Duplex, head: Buffer, address: string): void {
  const onward = connect(address);
  onward.write(head);
  socket.pipe(onward).pipe(socket);
  for (const [end, other] of [
    [socket, onward],
    [onward, socket],
  ] as const) {
    end.on("error", () => other.destroy());
    end.on("close", () => other.destroy());
  }
}

/** The bytes that a request began with. */
export function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage, rest: Buffer): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2)
    lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), rest]);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
}

function endToEnd(rawHeaders: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = "", value = ""] = rawHeaders.slice(index, index + 2);
    if (!HOP_BY_HOP.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
