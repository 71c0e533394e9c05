import type { IncomingMessage } from "node:http";
import type { Socket as EngineSocket } from "@halyard/engine.io";

/** The engine's session below a client's sockets, as `socket.conn` shows it. */
export type EngineConnection = EngineSocket;

/** One client's connection, shared by its sockets in all namespaces. */
export interface Client {
  /** The engine session's id. */
  readonly id: string;
  readonly conn: EngineConnection;
  /** The handshake request. Reading it keeps it in memory for the life of the connection. */
  readonly request: IncomingMessage;
}
