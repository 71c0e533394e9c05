import type { IncomingMessage } from "node:http";
import type { EnginePacket } from "@halyard/contracts";
import type { ErrorCode } from "./connection-error.ts";
import type { Socket } from "./socket.ts";

/** Why a client could not connect. */
export interface ConnectionError {
  readonly req: IncomingMessage;
  readonly code: ErrorCode;
  readonly message: string;
  readonly context: Readonly<Record<string, unknown>>;
}

/** Headers of an answer; listeners may add to them. */
export type ResponseHeaders = Record<string, string | readonly string[] | undefined>;

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
