import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { ZlibOptions } from "node:zlib";
import type { Clock, EngineMessage, TransportName } from "@halyard/contracts";
import { codedError, MAX_DELAY_MS, systemClock } from "@halyard/core";
import type { SerializeOptions } from "cookie";
import type { CorsOptions, CorsOptionsDelegate } from "cors";
import type { PerMessageDeflateOptions } from "ws";
import { messageData } from "./session/message-data.ts";
import type { FlushPolicy } from "./transports/flush-scheduler.ts";
import type { SendingWebSocket } from "./transports/library-writer.ts";
import type { WebSocketConnection } from "./transports/websocket.ts";

/** Decides whether a handshake is allowed. Calls back with a message and `false` to refuse. */
export type AllowRequest = (
  req: IncomingMessage,
  decide: (error: string | null | undefined, success: boolean) => void,
) => void | Promise<void>;

/** The cookie that the handshake sets. */
export interface CookieOptions extends SerializeOptions {
  /** @defaultValue "io" */
  readonly name?: string;
}

/** A WebSocket connection of a WebSocket engine. */
export interface EngineWebSocketLike
  extends
    Pick<WebSocketConnection, "readyState">,
    Partial<Pick<WebSocketConnection, "pause" | "resume" | "terminate">>,
    Pick<SendingWebSocket, "send"> {
  /** Ends the connection with a code of the WebSocket protocol. */
  close(code?: number): void;
  /** Listens to the connection. */
  on(event: "message", listener: (data: Buffer | string | ArrayBuffer, isBinary: boolean) => void): unknown;
  /** Listens to the connection. */
  on(event: "close", listener: () => void): unknown;
  /** Listens to the connection. */
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** What performs WebSocket handshakes and reads frames. */
export interface WebSocketEngine {
  /** Makes a connection of a request, or answers it with an error. */
  handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    onConnection: (connection: EngineWebSocketLike) => void,
  ): void;
  /** Lets headers be added to the answer to a handshake. */
  on?(event: "headers", listener: (headers: string[], request: IncomingMessage) => void): unknown;
}

/** Makes a WebSocket engine: `Server` of `ws`, or something that is used alike. */
export type WebSocketEngineConstructor = new (options: Readonly<Record<string, unknown>>) => WebSocketEngine;

/** Options of an Engine.IO server. Times are in milliseconds, sizes in bytes. */
export interface ServerOptions {
  /** How long the answer to a ping may take. @defaultValue 20000 */
  readonly pingTimeout?: number;
  /** Time between two pings. @defaultValue 25000 */
  readonly pingInterval?: number;
  /** How long an upgrade may take. @defaultValue 10000 */
  readonly upgradeTimeout?: number;
  /** Largest message, and largest body of a POST. @defaultValue 1000000 */
  readonly maxHttpBufferSize?: number;
  /** Asked for every handshake; follow-up requests of a session are not asked about. */
  readonly allowRequest?: AllowRequest;
  /** Transports that clients may use. @defaultValue ["polling", "websocket"] */
  readonly transports?: readonly TransportName[];
  /** Whether clients may move from long-polling to WebSocket. @defaultValue true */
  readonly allowUpgrades?: boolean;
  /** Compression of WebSocket messages; costs memory for every connection. @defaultValue false */
  readonly perMessageDeflate?: boolean | PerMessageDeflateOptions;
  /** Compression of long-polling answers. @defaultValue {threshold: 1024} */
  readonly httpCompression?: boolean | (ZlibOptions & { readonly threshold?: number });
  /** Replaces the built-in WebSocket engine, as `eiows` does. */
  readonly wsEngine?: WebSocketEngineConstructor;
  /** Sent right after the handshake. */
  readonly initialPacket?: EngineMessage;
  /** A cookie that carries the session id, for sticky sessions. @defaultValue false */
  readonly cookie?: boolean | CookieOptions;
  /** Cross-origin access, in the options of the `cors` package; the origins count for WebSocket handshakes too. */
  readonly cors?: false | CorsOptions | CorsOptionsDelegate<IncomingMessage>;
  /** Whether to serve clients of protocol revision 3. @defaultValue false */
  readonly allowEIO3?: boolean;
  /** Bytes queued for a client above which it does not count as `writable`. @defaultValue 1048576 */
  readonly maxWritableBytes?: number;
  /** Bytes queued behind the message being written that end a session: `slow consumer`. @defaultValue 4194304 */
  readonly maxQueuedBytes?: number;
  /** How long a client may read nothing while something is queued for it. @defaultValue 30000 */
  readonly stallTimeout?: number;
  /** How long the body of a request may take to arrive. @defaultValue 30000 */
  readonly requestTimeout?: number;
  /** How long `close()` lets clients take what is queued for them. @defaultValue 5000 */
  readonly closeTimeout?: number;
  /** Packets read from one client in one turn of the event loop before others get theirs. @defaultValue 256 */
  readonly maxPacketsPerTurn?: number;
  /** Time spent on packets of one client in one turn of the event loop. @defaultValue 5 */
  readonly maxTurnTime?: number;
  /** Sessions at a time; more are refused with status 503. @defaultValue Infinity */
  readonly maxSessions?: number;
  /** When collected WebSocket frames leave. @defaultValue "auto" */
  readonly flushPolicy?: FlushPolicy;
  /** @defaultValue the system's clock */
  readonly clock?: Clock;
}

/** The options as the server uses them: complete, checked, and with units in their names. */
export interface ResolvedOptions {
  readonly pingTimeoutMs: number;
  readonly pingIntervalMs: number;
  readonly upgradeTimeoutMs: number;
  readonly maxPayloadBytes: number;
  /** Applications may add to it while the server runs. */
  readonly transports: TransportName[];
  readonly allowUpgrades: boolean;
  readonly perMessageDeflate: false | PerMessageDeflateOptions;
  readonly httpCompression: undefined | { readonly thresholdBytes: number; readonly zlib: ZlibOptions };
  readonly wsEngine: WebSocketEngineConstructor | undefined;
  readonly initialPacket: EngineMessage | undefined;
  readonly cookie: undefined | { readonly name: string; readonly attributes: SerializeOptions };
  readonly cors: undefined | CorsOptions | CorsOptionsDelegate<IncomingMessage>;
  readonly allowEIO3: boolean;
  readonly maxWritableBytes: number;
  readonly maxQueuedBytes: number;
  readonly stallTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly pollCloseTimeoutMs: number;
  readonly maxPacketsPerTurn: number;
  readonly maxTurnMs: number;
  readonly maxSessions: number;
  readonly flushPolicy: FlushPolicy;
  readonly clock: Clock;
}

/**
 * Fills in the defaults and checks the values.
 * @throws `BAD_OPTION` when a number is not positive
 */
export function resolveOptions(options: ServerOptions): ResolvedOptions {
  return {
    ...resolveLimits(options),
    transports: [...(options.transports ?? ["polling", "websocket"])],
    allowUpgrades: options.allowUpgrades ?? true,
    perMessageDeflate: resolvePerMessageDeflate(options.perMessageDeflate),
    httpCompression: resolveHttpCompression(options.httpCompression),
    wsEngine: options.wsEngine ?? undefined,
    initialPacket: options.initialPacket ? messageData(options.initialPacket) : undefined,
    cookie: resolveCookie(options.cookie),
    cors: options.cors || undefined,
    allowEIO3: options.allowEIO3 ?? false,
    flushPolicy: options.flushPolicy ?? "auto",
    clock: options.clock ?? systemClock,
  };
}

function resolveLimits(options: ServerOptions) {
  return {
    pingTimeoutMs: duration(options, "pingTimeout", 20_000),
    pingIntervalMs: duration(options, "pingInterval", 25_000),
    upgradeTimeoutMs: duration(options, "upgradeTimeout", 10_000),
    maxPayloadBytes: positive(options, "maxHttpBufferSize", 1_000_000),
    maxWritableBytes: positive(options, "maxWritableBytes", 1_048_576),
    maxQueuedBytes: positive(options, "maxQueuedBytes", 4_194_304),
    stallTimeoutMs: duration(options, "stallTimeout", 30_000),
    requestTimeoutMs: duration(options, "requestTimeout", 30_000),
    closeTimeoutMs: duration(options, "closeTimeout", 5_000),
    pollCloseTimeoutMs: 30_000,
    maxPacketsPerTurn: positive(options, "maxPacketsPerTurn", 256),
    maxTurnMs: positive(options, "maxTurnTime", 5),
    maxSessions: positive(options, "maxSessions", Number.POSITIVE_INFINITY),
  };
}

type NumericOption = {
  [K in keyof ServerOptions]-?: ServerOptions[K] extends number | undefined ? K : never;
}[keyof ServerOptions];

function duration(options: ServerOptions, name: NumericOption, byDefault: number): number {
  return Math.min(positive(options, name, byDefault), MAX_DELAY_MS);
}

function positive(options: ServerOptions, name: NumericOption, byDefault: number): number {
  const value: unknown = options[name];
  if (value === undefined) return byDefault;
  if (typeof value === "number" && value > 0) return value;
  throw codedError("BAD_OPTION", `the option ${name} must be a positive number, not ${JSON.stringify(value)}`);
}

function resolvePerMessageDeflate(option: ServerOptions["perMessageDeflate"]): false | PerMessageDeflateOptions {
  if (!option) return false;
  return { threshold: 1_024, ...(option === true ? undefined : option) };
}

function resolveHttpCompression(option: ServerOptions["httpCompression"]): ResolvedOptions["httpCompression"] {
  if (option === false || option === null) return undefined;
  const { threshold = 1_024, ...zlib } = typeof option === "object" ? option : {};
  return { thresholdBytes: threshold, zlib };
}

function resolveCookie(option: ServerOptions["cookie"]): ResolvedOptions["cookie"] {
  if (!option) return undefined;
  const { name = "io", ...attributes } = option === true ? {} : option;
  return { name, attributes: { path: "/", httpOnly: true, sameSite: "lax", ...attributes } };
}
