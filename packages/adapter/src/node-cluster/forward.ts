import { request as sendRequest, type Agent, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";

/** Headers that concern one connection only. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding"]);

/** Has another server on this machine answer a request. `onFailed` is called if it cannot. */
export function forwardRequest(
  request: IncomingMessage,
  response: ServerResponse,
  to: { readonly address: string; readonly agent: Agent },
  onFailed: () => void,
): void {
  const { method, url, headers } = request;
  const onward = sendRequest({ socketPath: to.address, agent: to.agent, method, path: url, headers });
  onward.on("response", (reply) => {
    response.writeHead(reply.statusCode ?? 502, endToEnd(reply.rawHeaders));
    reply.pipe(response);
    reply.on("error", () => response.destroy());
  });
  onward.on("error", onFailed);
  response.on("close", () => {
    if (!response.writableFinished) onward.destroy(); // the client has gone: its session has to know
  });
  request.pipe(onward);
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

function endToEnd(rawHeaders: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = "", value = ""] = rawHeaders.slice(index, index + 2);
    if (!HOP_BY_HOP.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
