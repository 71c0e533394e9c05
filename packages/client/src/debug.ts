import { DebugManager } from "./debug-manager.ts";
import { createIo, type Io } from "./io.ts";

/**
 * Like `io` of the package's root, and tells on the console of listeners that pile up; of everything that happens, too,
 * where the environment variable or local storage item `debug` names `socket.io-client` or `*`.
 *
 * @example
 * const socket = io("https://example.com"); // imported from "@halyard/client/debug"
 */
export const io: Io<typeof DebugManager> = createIo(DebugManager);

export { io as connect, io as default, DebugManager as Manager };
export type { DefaultEventsMap } from "@halyard/contracts";
export { Fetch, NodeWebSocket, NodeXHR, WebSocket, WebTransport, XHR } from "@halyard/engine.io-client";
export { protocol } from "@halyard/socket.io-parser";
export type { BufferedEvent } from "./buffered-event.ts";
export type { CatchAllListener } from "./catch-all.ts";
export type { Io, Lookup } from "./io.ts";
export type { ManagerCore } from "./manager.ts";
export type { Auth, AuthRequest, ManagerOptions, SocketOptions } from "./options.ts";
export { Socket } from "./socket.ts";
export type {
  DisconnectDescription,
  DisconnectReason,
  ExtendedError,
  ManagerReservedEvents,
  ReceivedPacket,
  SocketReservedEvents,
} from "./typed-events.ts";
