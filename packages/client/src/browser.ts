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
