import type { EngineMessage } from "./packet.ts";
import type { TransportName } from "./transport.ts";

/** Opaque to its users; made once per broadcast by {@link EngineMessagePreparer.prepare} and shared by all recipients. */
export interface PreparedMessage {
  /** The engine messages it stands for, in order (a Socket.IO packet and its attachments). */
  readonly messages: readonly EngineMessage[];
}

/** Encodes the engine messages of one packet once, so that sending them to many sockets costs no further encoding. */
export interface EngineMessagePreparer {
  /** Makes of messages what can be sent to many sessions, and is encoded once for all of them. */
  prepare(messages: readonly EngineMessage[]): PreparedMessage;
}

/** Where a session is in its life; it only goes on from left to right. */
export type EngineReadyState = "opening" | "open" | "closing" | "closed";

/** Why a session has ended. */
export type EngineCloseReason =
  | "ping timeout"
  | "parse error"
  | "transport error"
  | "transport close"
  | "forced close"
  | "forced server close"
  | "server shutting down"
  | "slow consumer";

/** The one consumer of an engine socket. Called in wire order; `onClose` is last and is called exactly once. */
export interface EngineSocketHandler {
  /** A message has come in, in the order in which it was sent. */
  onMessage(message: EngineMessage): void;
  /** What was queued has been given to the operating system. */
  onDrain?(): void;
  /** The session is over; nothing follows. */
  onClose(reason: EngineCloseReason | (string & {}), cause?: unknown): void;
}

/** A session that survives transport upgrades. The same on server and client. */
export interface EngineSocket {
  readonly id: string;
  readonly readyState: EngineReadyState;
  readonly transport: { readonly name: TransportName };
  /** Whether a volatile message would leave now rather than wait. */
  readonly writable: boolean;
  /** Bytes queued in the session and its transport. */
  readonly bufferedBytes: number;
  /** Sets the consumer. Call it in the same turn in which the socket becomes known: nothing has arrived by then. */
  bind(handler: EngineSocketHandler): void;
  /** Sends or queues one message; ignored once closing. */
  transmit(message: EngineMessage, compress: boolean): void;
  /** Flushes, then closes with reason `forced close`; with `discard`, what is queued is dropped. */
  close(discard?: boolean): unknown;
}

/** What the server's side of a session adds. `Request` is the host's own request object. */
export interface ServerEngineSocket<Request = unknown> extends EngineSocket {
  /** Engine.IO protocol revision that the client speaks. */
  readonly protocol: 3 | 4;
  readonly remoteAddress: string;
  /** The handshake request. Reading it keeps it in memory for the life of the session. */
  readonly request: Request;
  /** What the handshake said, kept in compact form; does not retain the request. */
  readonly handshake: EngineHandshake;
  /**
   * Whether messages can be queued without ending a session whose client is slow (limit P3). They always can while nothing is
   * queued.
   */
  hasRoomFor(messages: readonly EngineMessage[]): boolean;
  /** Sends or queues a broadcast's shared encoding. */
  transmitPrepared(message: PreparedMessage, compress: boolean): void;
  /** Ends the session for a violation of the protocol above it: close reason `parse error`. */
  reject(cause: Error): void;
  /** Holds back reading from this peer until the returned function is called (limit L9). */
  pauseReading(): () => void;
  /** Lets the handshake request go unless something has read it. */
  releaseRequest(): void;
}

/** What a client said when it opened its session. */
export interface EngineHandshake {
  /** Path and query string as sent. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly secure: boolean;
  /** Milliseconds since the epoch. */
  readonly issuedMs: number;
}

/** What the client's owner hears besides. Before `onOpen`, `onClose` means that connecting failed, and `cause` says why. */
export interface ClientEngineSocketHandler extends EngineSocketHandler {
  /** The server has accepted the session. */
  onOpen(): void;
  /** A ping of the server was answered. */
  onPing?(): void;
}

/** The client's side of a session. It starts to connect when it is made. */
export interface ClientEngineSocket extends EngineSocket {
  bind(handler: ClientEngineSocketHandler): void;
  /** Lets the consumer go, which hears of nothing any more. */
  unbind(): void;
  /**
   * Whether the server, as far as it has said, takes a message of that length; one that it does not take would end the
   * session. Ask before the first message of several that belong together.
   */
  fits(message: EngineMessage): boolean;
  /**
   * Whether the server has been silent for too long though no timer has told yet, as after a laptop slept. If so, the
   * session closes right after the current task, and what must not get lost is to be kept for the next one.
   */
  hasPingExpired(): boolean;
}
