import type { SocketPacket } from "@halyard/contracts";
import type { Connection } from "./connection.ts";

/** What a link tells a socket, besides the packets of its namespace. */
export type Signal =
  | SocketPacket
  /** The connection is open: time to join the namespace. */
  | { readonly type: "open"; readonly connection: Connection }
  /** The connection could not be opened, or failed. */
  | { readonly type: "error"; readonly error: Error }
  /** The connection was open and is gone. */
  | { readonly type: "close"; readonly reason: string; readonly details: unknown };
