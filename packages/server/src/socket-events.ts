import type { EngineCloseReason, Untyped } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import { RESERVED_EVENTS } from "@halyard/socket.io-parser";

/** Why a socket was disconnected. */
export type DisconnectReason = EngineCloseReason | "client namespace disconnect" | "server namespace disconnect";

/** An event as a socket's middlewares see it: its name, then its arguments. They may change the arguments. */
export type Event = [event: string, ...args: Untyped[]];

/** Events of a socket that are not the application's own. */
export interface SocketReservedEventsMap {
  /** The socket is gone and has left its rooms. */
  disconnect: (reason: DisconnectReason, description?: Untyped) => void;
  /** The socket is about to go; its rooms are still there. */
  disconnecting: (reason: DisconnectReason, description?: Untyped) => void;
  /**
   * Nothing waits to be sent to the client any more, after `socket.bufferedBytes` has been read and was above 0. Listeners
   * may have arguments, because clients may send an event of that name too.
   */
  drain: (...args: Untyped[]) => void;
  /** The client broke the protocol, or a middleware of the socket refused a packet. */
  error: (error: Error) => void;
}

/**
 * Keeps applications from emitting names with a meaning of their own.
 * @throws `RESERVED_EVENT`
 */
export function rejectReserved(event: unknown): void {
  if (typeof event === "string" && RESERVED_EVENTS.has(event))
    throw codedError("RESERVED_EVENT", `"${event}" is a reserved event name`);
}
