import { STATUS_CODES, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { errors, messageOf, statusOf, type Refusal } from "../connection-error.ts";

const UNAVAILABLE = 503;

/** Answers a refused HTTP request, unless a middleware has begun to answer it. */
export function refuseRequest(response: ServerResponse, refusal: Refusal): void {
  if (response.headersSent) {
    if (!response.writableEnded) response.end();
    return;
  }
  const status = statusOf(refusal);
  if (status === UNAVAILABLE) response.shouldKeepAlive = false; // another connection may lead to another server
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ code: refusal.code, message: messageOf(refusal) }));
}

/** Answers a refused WebSocket handshake with plain HTTP, and closes the connection. */
export function refuseUpgrade(socket: Duplex, refusal: Refusal): void {
  socket.on("error", () => {}); // the client may be gone
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  // clients expect 400 whatever the reason; only what they could not have met before has a status of its own
  const status = refusal.status ?? (refusal.code === errors.FORBIDDEN ? 400 : statusOf(refusal));
  const message = messageOf(refusal);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n` +
      "Connection: close\r\n" +
      "Content-type: text/html\r\n" +
      `Content-Length: ${Buffer.byteLength(message)}\r\n` +
      "\r\n" +
      message,
    () => socket.destroy(),
  );
}
