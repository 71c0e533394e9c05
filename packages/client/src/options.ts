import type { DecoderLimits, Untyped } from "@halyard/contracts";
import type { EngineOptions } from "./engine.ts";

/** Options of a {@link Manager}, and through it of its connection. */
export interface ManagerOptions extends EngineOptions {
  /** Opens a connection of its own instead of sharing one. @defaultValue false */
  forceNew?: boolean;
  /** Old name of {@link forceNew}. */
  "force new connection"?: boolean;
  /** Shares one connection among the namespaces of one server. @defaultValue true */
  multiplex?: boolean;
  /** Path under which the server listens. @defaultValue "/socket.io" */
  path?: string;
  /** Reconnects after the connection failed or was lost. @defaultValue true */
  reconnection?: boolean;
  /** Attempts before giving up. @defaultValue Infinity */
  reconnectionAttempts?: number;
  /** First delay before an attempt, in milliseconds; it doubles with each one. @defaultValue 1000 */
  reconnectionDelay?: number;
  /** Cap of that delay in milliseconds, before it is randomized. @defaultValue 5000 */
  reconnectionDelayMax?: number;
  /** Share of the delay that is random, from 0 to 1: 0.5 means ±50%. @defaultValue 0.5 */
  randomizationFactor?: number;
  /** Milliseconds that one attempt may take; `false` sets no limit. @defaultValue 20000 */
  timeout?: number | false;
  /** Connects at once. @defaultValue true */
  autoConnect?: boolean;
  /** Wire format, the same as the server's: a parser of ours, or a module with `Encoder` and `Decoder`. */
  parser?: unknown;
  /** What a packet from the server may be like at most; a larger one closes the connection with `parse error`. */
  decoderLimits?: DecoderLimits;
}

/** Asks for credentials: call it with them, or return a promise of them. */
export interface AuthRequest {
  (data?: object): void;
  /** Counts from 1 since the server last let the socket in. */
  readonly attempt: number;
  /** Why it has to join again: the reason of the last disconnection, or the message of the last refusal. */
  readonly reason: string | undefined;
}

/**
 * Credentials for the server: its middlewares find them in `socket.handshake.auth`. A function is asked each time.
 *
 * @example
 * const auth = async ({ attempt, reason }: AuthRequest) => ({ token: await freshToken(attempt, reason) });
 */
export type Auth = { [key: string]: Untyped } | ((request: AuthRequest) => void | Promise<object | void>);

/** Options of a {@link Socket}. */
export interface SocketOptions {
  /** Sent with each attempt to join the namespace; a function is asked each time. */
  auth?: Auth;
  /** How often an event is sent again until the server acknowledges it; events then go one at a time, in order. */
  retries?: number;
  /**
   * How many events may be under way with `retries`, to a server that knows what it has handled already. They arrive in order;
   * asynchronous listeners of the server may overlap. @defaultValue 1
   */
  retryWindow?: number;
  /** Milliseconds to wait for an acknowledgement, unless `timeout()` says otherwise. */
  ackTimeout?: number;
  /** Events to keep while disconnected, in either direction, or in the queue of `retries`; `emit` throws for more. @defaultValue 10000 */
  maxBufferedEvents?: number;
  /** Bytes and characters, encoded, of events to keep until connected; `emit` throws for more. @defaultValue 10000000 */
  maxBufferedBytes?: number;
  /** Acknowledgements to wait for at once; `emit` throws for more. @defaultValue 10000 */
  maxPendingAcks?: number;
}

/** Of what is kept, by default. */
export const MAX_BUFFERED_EVENTS = 10_000;

/** What may be changed between attempts to connect, as the options of the same names say. */
export interface Settings {
  reconnection: boolean;
  reconnectionAttempts: number;
  reconnectionDelay: number;
  reconnectionDelayMax: number;
  randomizationFactor: number;
  timeout: number | false;
}

/** Fills in the defaults. Zero attempts or delays count as not given, as they always have. */
export function resolveSettings(options: Partial<Settings>): Settings {
  return {
    reconnection: options.reconnection !== false,
    reconnectionAttempts: options.reconnectionAttempts || Infinity,
    reconnectionDelay: options.reconnectionDelay || 1_000,
    reconnectionDelayMax: options.reconnectionDelayMax || 5_000,
    randomizationFactor: options.randomizationFactor ?? 0.5,
    timeout: options.timeout ?? 20_000,
  };
}
