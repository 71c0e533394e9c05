import type { Clock, TransportName } from "@halyard/contracts";
import { systemClock } from "@halyard/core";
import type { CookieJar } from "./cookie-jar.ts";
import { nativeClock } from "./native-clock.ts";
import type { ClientTransport, TransportConstructor } from "./transports/transport.ts";
import { parseQuery, readUri } from "./uri.ts";

/** Options that only Node.js can honour: they are handed to `node:http`, `node:https` and `ws`. */
export interface NodeOptions {
  /** The `http.Agent` to use. Without one, requests share Node's global keep-alive agent. @defaultValue false */
  agent?: object | string | boolean;
  pfx?: unknown;
  key?: unknown;
  passphrase?: string;
  cert?: unknown;
  ca?: unknown;
  ciphers?: string;
  /** @defaultValue true */
  rejectUnauthorized?: boolean;
  /** As in `node:tls`. */
  checkServerIdentity?: (...args: never[]) => Error | undefined;
  localAddress?: string;
  family?: number;
  /** WebSocket only: the protocol version to ask for. */
  protocolVersion?: number;
  /** WebSocket only: the `Origin` header. */
  origin?: string;
  /** WebSocket only: the longest message accepted, in bytes. */
  maxPayload?: number;
  /** WebSocket only: compression to offer; messages shorter than the threshold (bytes) are sent as they are. @defaultValue `{ threshold: 1024 }` */
  perMessageDeflate?: boolean | { threshold?: number; [option: string]: unknown };
}

/** What a {@link Socket} can be told. Names and defaults are Engine.IO's. */
export interface SocketOptions extends NodeOptions {
  /** Host to connect to, with or without port. */
  host?: string;
  /** Host to connect to. @defaultValue the page's, else `localhost` */
  hostname?: string;
  /** Whether to use TLS. @defaultValue whether the page does */
  secure?: boolean;
  port?: string | number;
  /** @defaultValue "/engine.io" */
  path?: string;
  /** @defaultValue true */
  addTrailingSlash?: boolean;
  /** Sent with every request of the session. */
  query?: Record<string, unknown> | string;
  /** Sent with every request; browsers cannot send them over WebSocket. */
  extraHeaders?: Record<string, string>;
  /** Names or classes, in the order in which they are tried. Names without an implementation are skipped. @defaultValue ["polling", "websocket"] */
  transports?: readonly (TransportName | TransportConstructor)[];
  /** Classes; the same as giving classes in `transports`. */
  transportImplementations?: readonly TransportConstructor[];
  /** Whether to try the next transport when one fails to connect. @defaultValue unless it was polling that failed */
  tryAllTransports?: boolean;
  /** Milliseconds that a transport may take to connect before the next is tried, if it is to be. @defaultValue 5000 */
  fallbackTimeout?: number;
  /** Whether to move on to a better transport once connected. @defaultValue true */
  upgrade?: boolean;
  /** Whether to start with WebSocket when it worked last time. @defaultValue false */
  rememberUpgrade?: boolean;
  /** Whether to send binary as base64 text. @defaultValue false */
  forceBase64?: boolean;
  /** @defaultValue "t" */
  timestampParam?: string;
  /** Whether to add a timestamp that defeats caches. @defaultValue true for polling, false for WebSocket */
  timestampRequests?: boolean;
  /** Options for single transports, by name. */
  transportOptions?: Record<string, Partial<SocketOptions>>;
  /** WebSocket subprotocols. */
  protocols?: string | string[];
  /** Whether requests to other origins carry cookies; in Node.js, whether the session keeps cookies at all. @defaultValue false */
  withCredentials?: boolean;
  /** Milliseconds a polling request may take. @defaultValue no limit */
  requestTimeout?: number;
  /** Whether to close silently before the page unloads. @defaultValue false */
  closeOnBeforeunload?: boolean;
  /** Whether to use the timer functions found at load time, which test frameworks cannot replace. @defaultValue false */
  useNativeTimers?: boolean;
  /** Whether a Node.js process may end while the socket is open. @defaultValue false */
  autoUnref?: boolean;
  /** Node.js only: where cookies are kept. @defaultValue one for each session, with `withCredentials` */
  cookieJar?: CookieJar | undefined;
  /** The source of time, for tests. */
  clock?: Clock;
}

/** What differs between browsers and Node.js, and between bundles; each entry file composes one. */
export interface Platform {
  readonly transports: Readonly<Record<string, TransportConstructor>>;
  readonly binaryType: BinaryType;
}

/** The form in which `message` events hand out binary. */
export type BinaryType = "arraybuffer" | "blob" | "nodebuffer";

/**
 * Options after what the URI says and the defaults that more than one place needs, made once per socket and shared by its
 * transports. What was given keeps its name, as users read it in `socket.opts`.
 */
export interface ResolvedOptions extends Readonly<SocketOptions> {
  /** As a URL has it: IPv6 in brackets. */
  readonly hostname: string;
  /** Empty when it is the scheme's own. */
  readonly port: string;
  readonly secure: boolean;
  /** With its slash at the end, if there is to be one. */
  readonly path: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly clock: Clock;
  readonly platform: Platform;
}

/** Applies the defaults to what a URI and the options say. */
export function resolveOptions(uri: string, options: SocketOptions, platform: Platform): ResolvedOptions {
  const given: SocketOptions = { ...options, ...(uri && readUri(uri).options) };
  const page = globalThis.location as Location | undefined;
  const { query = {}, secure = page?.protocol === "https:", path = "/engine.io" } = given;
  const host = (given.host && readUri(given.host).options.hostname) || given.hostname;
  const port = given.port || (host ? "" : page?.port);
  return {
    ...given,
    hostname: (host || page?.hostname || "localhost").replace(/^[^[].*:.*/, "[$&]"),
    port: port && Number(port) !== (secure ? 443 : 80) ? String(port) : "",
    secure,
    path: path.replace(/\/$/, "") + (given.addTrailingSlash === false ? "" : "/"),
    query: typeof query === "string" ? parseQuery(query) : query,
    clock: given.clock ?? (given.useNativeTimers ? nativeClock : systemClock),
    platform,
  };
}

/** Makes a transport, with what `transportOptions` says about it. The session id is empty before the handshake. */
export function createTransport(
  transport: TransportConstructor,
  options: ResolvedOptions,
  sessionId: string,
): ClientTransport {
  return new transport(resolveFor(transport.prototype.name, options), sessionId);
}

/** Applies what `transportOptions` says about one transport. */
export function resolveFor(transport: string, options: ResolvedOptions): ResolvedOptions {
  const overrides = options.transportOptions?.[transport];
  return overrides ? resolveOptions("", { ...options, ...overrides }, options.platform) : options;
}

/**
 * The transports that were asked for and exist here, in order.
 *
 * @throws an error when both `transports` and `transportImplementations` are given.
 */
export function usableTransports(options: ResolvedOptions): readonly TransportConstructor[] {
  const { transports, transportImplementations, platform } = options;
  if (transports && transportImplementations) throw new Error("transports are given twice");
  return (transportImplementations ?? transports ?? Object.keys(platform.transports))
    .map((wanted) => (typeof wanted === "string" ? platform.transports[wanted] : wanted))
    .filter((found) => found !== undefined);
}
