import type { EventNames, EventParams, EventsMap, FirstNonErrorArg, Last, Untyped } from "@halyard/contracts";

/** Why a socket was disconnected; see {@link SocketReservedEvents}. */
export type DisconnectReason =
  | "io server disconnect"
  | "io client disconnect"
  | "ping timeout"
  | "transport close"
  | "transport error"
  | "parse error"
  | "forced close";

/** More about a disconnection: the transport's error, or what the transport said when it closed. */
export type DisconnectDescription = Error | { description: string; context?: unknown };

/** Why connecting failed. */
export interface ExtendedError extends Error {
  /** What a middleware of the server put beside its refusal. */
  data?: Untyped;
  /** Says what happened, unless it is a refusal; stable across releases. */
  code?: string;
  /** Whether the client tries again by itself. */
  willRetry?: boolean;
}

/** Events that every socket emits by itself. */
export interface SocketReservedEvents {
  /** The namespace was joined, for the first time or again. */
  connect: () => void;
  /** The connection failed, or the server refused the namespace; only in the latter case `socket.active` is false. */
  connect_error: (error: ExtendedError) => void;
  /** The namespace was left. */
  disconnect: (reason: DisconnectReason, details?: DisconnectDescription) => void;
}

/** Events that every manager emits. */
export interface ManagerReservedEvents {
  /** The connection is open. */
  open: () => void;
  /** The connection could not be made. */
  error: (error: Error) => void;
  /** The server asked for a sign of life. */
  ping: () => void;
  /** A packet arrived, of whichever namespace. */
  packet: (packet: ReceivedPacket) => void;
  /** The connection was lost or closed. */
  close: (reason: string, details?: DisconnectDescription) => void;
  /** An attempt to come back begins; they count from 1. */
  reconnect_attempt: (attempt: number) => void;
  /** It worked, at the given attempt. */
  reconnect: (attempt: number) => void;
  /** An attempt has failed. */
  reconnect_error: (error: Error) => void;
  /** The last attempt failed. */
  reconnect_failed: () => void;
}

/** A packet with the type's number of the Socket.IO protocol (v5, "Packet types"). */
export interface ReceivedPacket {
  readonly type: number;
  readonly nsp: string;
  readonly data?: unknown;
  readonly id?: number;
}

/** A socket's own events beside those of the application; its own win where the names meet. */
export type SocketEvents<ListenEvents extends EventsMap> = SocketReservedEvents & {
  [Event in Exclude<keyof ListenEvents, keyof SocketReservedEvents>]: ListenEvents[Event];
};

/** What `emitWithAck` resolves with. */
export type Answer<EmitEvents extends EventsMap, Event extends EventNames<EmitEvents>> = FirstNonErrorArg<
  Last<EventParams<EmitEvents, Event>>
>;
