import { resolveOptions, type Platform, type SocketOptions } from "./options.ts";
import { Session } from "./session/session.ts";
import { UpgradingSession } from "./session/upgrading-session.ts";
import { EngineSocket } from "./socket.ts";
import { NodeXHR } from "./transports/polling/http.node.ts";
import { NodeWebSocket } from "./transports/websocket/node.node.ts";
import { WebTransport } from "./transports/webtransport/webtransport.ts";
import { withCookies } from "./with-cookies.node.ts";

/** All transports by name. */
export const transports: {
  readonly polling: typeof NodeXHR;
  readonly websocket: typeof NodeWebSocket;
  readonly webtransport: typeof WebTransport;
} = { polling: NodeXHR, websocket: NodeWebSocket, webtransport: WebTransport };

const platform: Platform = { transports, binaryType: "nodebuffer" };

/** For sessions that know no transports but the classes they are given. */
const bare: Platform = { transports: {}, binaryType: "nodebuffer" };

/**
 * Connects to an Engine.IO server, for Node.js.
 *
 * @example
 * const socket = new Socket("wss://example.com");
 * socket.on("open", () => socket.send("hello"));
 * socket.on("message", (data) => console.log(data));
 */
export class Socket extends EngineSocket {
  constructor(uri?: string | SocketOptions | null, options?: SocketOptions) {
    super(platform, withCookies(uri), withCookies(options));
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
    super(bare, withCookies(uri), withCookies(options));
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
    super(bare, withCookies(uri), withCookies(options));
  }

  /** @internal */
  protected override probe(): void {}
}

/** Opens a session for a protocol on top, which binds itself to it. The address is in the options. */
export function openSession(options: SocketOptions): Session {
  return new UpgradingSession(resolveOptions("", withCookies(options), platform));
}

/** Opens a session over WebSocket, which it stays with: the smallest bundle. */
export function openWebSocketSession(options: SocketOptions): Session {
  const given = withCookies({ ...options, ...options.transportOptions?.["websocket"] });
  return new Session(resolveOptions("", given, bare), NodeWebSocket);
}

/** Engine.IO protocol revision. */
export const protocol = 4;

export type { PacketInfo, RawData, SocketEvents } from "./events.ts";
export type { BinaryType, NodeOptions, Platform, ResolvedOptions, SocketOptions } from "./options.ts";
export { CookieJar } from "./cookie-jar.ts";
export type { HandshakeData } from "./session/handshake.ts";
export { watchPage, type PageListener } from "./session/page-events.ts";
export type { Session } from "./session/session.ts";
export type { SendData } from "./session/outgoing-data.ts";
export { EngineSocket, type SendOptions } from "./socket.ts";
export { Fetch } from "./transports/polling/fetch.node.ts";
export { NodeXHR } from "./transports/polling/http.node.ts";
export { Polling, type CancelRequest, type RequestListener } from "./transports/polling/polling.ts";
export { XHR } from "./transports/polling/xhr.ts";
export { TransportError } from "./transports/transport-error.ts";
export { Transport, type ClientTransport, type TransportConstructor } from "./transports/transport.ts";
export { WebSocket } from "./transports/websocket/browser.ts";
export { NodeWebSocket } from "./transports/websocket/node.node.ts";
export { WebTransport } from "./transports/webtransport/webtransport.ts";
export { installTimerFunctions, nextTick, type TimerFunctions } from "./timers.ts";
export { parse, readUri, type ParsedUri, type UriTarget } from "./uri.ts";
