import type { IncomingMessage } from "node:http";
import type { EnginePacket } from "@halyard/contracts";
import type { ConnectionError } from "./connection-error.ts";
import type { ResponseHeaders } from "./hosts/response-headers.ts";
import type { Socket } from "./socket.ts";

/** What a server tells its listeners, by event. */
export interface ServerEvents {
  /** A session has opened. */
  connection: [socket: Socket];
  /** A request was refused. */
  connection_error: [error: ConnectionError];
  /** The first answer of a session is about to be sent. */
  initial_headers: [headers: ResponseHeaders, req: IncomingMessage];
  /** An answer is about to be sent. */
  headers: [headers: ResponseHeaders, req: IncomingMessage];
  /** Packets are handed to a session's transport. */
  flush: [socket: Socket, packets: readonly EnginePacket[]];
  /** A session's packets are with the operating system. */
  drain: [socket: Socket];
  /** A listener or callback of the application failed. Without a listener, a process warning is issued. */
  error: [error: unknown, socket?: Socket];
}
