import * as parser from "@halyard/engine.io-parser";
import { PollingTransport } from "./transports/polling.ts";
import { WebSocketTransport } from "./transports/websocket.ts";
import { WebTransportTransport } from "./transports/webtransport.ts";

export type { ConnectionError, ErrorCallback, ErrorCode } from "./connection-error.ts";
export type { AnyHttpServer, AttachOptions } from "./hosts/attach.ts";
export type { Middleware } from "./hosts/middleware.ts";
export type { ResponseHeaders } from "./hosts/response-headers.ts";
export { attach, listen } from "./listen.ts";
export type {
  AllowRequest,
  CookieOptions,
  EngineWebSocketLike,
  ServerOptions,
  WebSocketEngine,
  WebSocketEngineConstructor,
} from "./options.ts";
export { Server, type BaseServer } from "./server.ts";
export type { ServerEvents } from "./server-events.ts";
export type { EngineRequest } from "./session/handshake-record.ts";
export {
  Socket,
  type SendOptions,
  type SentCallback,
  type SocketEvents,
  type SocketTransport,
  type ToldPacket,
} from "./socket.ts";
export { BaseTransport as Transport } from "./transports/base-transport.ts";
export type { FlushPolicy } from "./transports/flush-scheduler.ts";
export type { WebTransportCloseInfo, WebTransportSession } from "./transports/webtransport-session.ts";
export { uServer } from "./u-server.ts";
export { parser };

/** The Engine.IO protocol revision of the server. */
export const protocol = 4 as const;

/** The built-in transports by name. */
export const transports: {
  readonly polling: typeof PollingTransport;
  readonly websocket: typeof WebSocketTransport;
  readonly webtransport: typeof WebTransportTransport;
} = { polling: PollingTransport, websocket: WebSocketTransport, webtransport: WebTransportTransport };
