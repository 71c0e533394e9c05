import { resolveOptions, type Platform, type SocketOptions } from "./options.ts";
import { Session } from "./session/session.ts";
import { UpgradingSession } from "./session/upgrading-session.ts";
import { EngineSocket } from "./socket.ts";
import { XHR } from "./transports/polling/xhr.ts";
import { WebSocket } from "./transports/websocket/browser.ts";
import { WebTransport } from "./transports/webtransport/webtransport.ts";

/** All transports by name. */
export const transports: {
  readonly polling: typeof XHR;
  readonly websocket: typeof WebSocket;
  readonly webtransport: typeof WebTransport;
} = { polling: XHR, websocket: WebSocket, webtransport: WebTransport };

/** WebTransport is to be asked for: most pages would load it in vain. */
const platform: Platform = {
  transports: { polling: XHR, websocket: WebSocket },
  binaryType: "arraybuffer",
};

/** For sessions that know no transports but the classes they are given. */
const bare: Platform = { transports: {}, binaryType: "arraybuffer" };

/**
 * Connects to an Engine.IO server, for browsers and workers.
 *
 * @example
 * const socket = new Socket("wss://example.com");
 * socket.on("open", () => socket.send("hello"));
 * socket.on("message", (data) => console.log(data));
 */
export class Socket extends EngineSocket {
  constructor(uri?: string | SocketOptions | null, options?: SocketOptions) {
    super(platform, uri, options);
  }
}

/**
 * A {@link Socket} that knows no transports but the classes it is given, so that bundlers leave out the others.
 *
 * @example
 * const socket = new SocketWithUpgrade("https://example.com", { transports: [Fetch, WebSocket] });
 */
export class SocketWithUpgrade extends EngineSocket {
  constructor(uri?: string | SocketOptions | null, options?: SocketOptions) {
    super(bare, uri, options);
  }
}

/**
 * A {@link SocketWithUpgrade} that stays with the first transport that works.
 *
 * @example
 * const socket = new SocketWithoutUpgrade("wss://example.com", { transports: [WebSocket] });
 */
export class SocketWithoutUpgrade extends EngineSocket {
  constructor(uri?: string | SocketOptions | null, options?: SocketOptions) {
    super(bare, uri, options);
  }

  /** @internal */
  protected override probe(): void {}
}

/** Opens a session for a protocol on top, which binds itself to it. The address is in the options. */
export function openSession(options: SocketOptions): Session {
  return new UpgradingSession(resolveOptions("", options, platform));
}

/** Opens a session over WebSocket, which it stays with: the smallest bundle. */
export function openWebSocketSession(options: SocketOptions): Session {
  return new Session(resolveOptions("", { ...options, ...options.transportOptions?.["websocket"] }, bare), WebSocket);
}

/** Engine.IO protocol revision. */
export const protocol = 4;

export type { PacketInfo, RawData, SocketEvents } from "./events.ts";
export type { BinaryType, NodeOptions, Platform, ResolvedOptions, SocketOptions } from "./options.ts";
export type { CookieJar } from "./cookie-jar.ts";
export type { HandshakeData } from "./session/handshake.ts";
export { watchPage, type PageListener } from "./session/page-events.ts";
export type { Session } from "./session/session.ts";
export type { SendData } from "./session/outgoing-data.ts";
export { EngineSocket, type SendOptions } from "./socket.ts";
export { Fetch } from "./transports/polling/fetch.ts";
export { Polling, type CancelRequest, type RequestListener } from "./transports/polling/polling.ts";
export { XHR, XHR as NodeXHR } from "./transports/polling/xhr.ts";
export { TransportError } from "./transports/transport-error.ts";
export { Transport, type ClientTransport, type TransportConstructor } from "./transports/transport.ts";
export { WebSocket, WebSocket as NodeWebSocket } from "./transports/websocket/browser.ts";
export { WebTransport } from "./transports/webtransport/webtransport.ts";
export { installTimerFunctions, nextTick, type TimerFunctions } from "./timers.ts";
export { parse, readUri, type ParsedUri, type UriTarget } from "./uri.ts";
