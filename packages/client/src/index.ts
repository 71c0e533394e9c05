import { Fetch, NodeWebSocket, NodeXHR, WebSocket, WebTransport, XHR } from "@halyard/engine.io-client";
import { io } from "./create-client.ts";

/** What `require()` returns: {@link io}, with everything else that this module exports. */
const callable: typeof io = Object.assign(io, {
  __esModule: true,
  default: io,
  Fetch,
  NodeWebSocket,
  NodeXHR,
  WebSocket,
  WebTransport,
  XHR,
});

export { callable as "module.exports" };
export type { DefaultEventsMap } from "@halyard/contracts";
export { Fetch, NodeWebSocket, NodeXHR, WebSocket, WebTransport, XHR } from "@halyard/engine.io-client";
export { protocol } from "@halyard/socket.io-parser";
export type { BufferedEvent } from "./buffered-event.ts";
export type { CatchAllListener } from "./catch-all.ts";
export { io, io as connect, io as default, Manager } from "./create-client.ts";
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
