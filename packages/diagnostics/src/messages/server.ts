/**
 * What a client did for which its connection is ended.
 *
 * - `parse`: a message outside of the grammar, or beyond a limit on packets.
 * - `protocol`: a well-formed packet where it must not be, or too many of them.
 * - `idle`: it was in no namespace for longer than `connectTimeout`.
 */
export type ViolationKind = "parse" | "protocol" | "idle";

/** A client broke the Socket.IO protocol or crossed a limit of it; its connection ends. Those of the engine are in `halyard:engine:close`. */
export interface ServerViolation {
  readonly connectionId: string;
  readonly kind: ViolationKind;
  /** `SOCKET_PARSE` or `SOCKET_VIOLATION`; absent for clients that did nothing at all. */
  readonly code?: string;
  /** What it was, with the option that sets the limit. */
  readonly message: string;
}

/** Application code failed: a handler, a middleware, an acknowledgement's callback, or the adapter. */
export interface ServerError {
  readonly error: Error;
  readonly namespace?: string;
  readonly socketId?: string;
  /** The event whose handler failed, if it was one. Clients choose it where a catch-all listener failed. */
  readonly event?: string;
}

/** A server has begun to disconnect its clients evenly over a time: `io.drain()`. */
export interface ServerDrainStart {
  /** Connections that are to go. */
  readonly connections: number;
  /** Milliseconds over which they go. */
  readonly durationMs: number;
}

/** A drain is over; the server closes what is left, if anything is. */
export interface ServerDrainEnd {
  /** Connections that are still there. */
  readonly connections: number;
  /** Milliseconds that it took. */
  readonly durationMs: number;
}
