import type { DefaultEventsMap, EventsMap } from "@halyard/contracts";
import { createIo, type Io } from "./io.ts";
import { ManagerCore } from "./manager.ts";
import type { ManagerOptions } from "./options.ts";
import { websocketWiring } from "./websocket-wiring.ts";

/** Owns the connection that the sockets of one server share, which is always a WebSocket. */
export class Manager<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
> extends ManagerCore<ListenEvents, EmitEvents> {
  constructor(options?: ManagerOptions);
  constructor(uri?: string, options?: ManagerOptions);
  constructor(uri?: string | ManagerOptions, options?: ManagerOptions) {
    super(websocketWiring, uri, options);
  }
}

/**
 * Returns the socket of the namespace that a URL names, connecting it over WebSocket if need be.
 *
 * @example
 * const socket = io("https://example.com/admin", { auth: { token: "123" } });
 */
export const io: Io<typeof Manager> = createIo(Manager);

export { io as connect, io as default };
export type { DefaultEventsMap } from "@halyard/contracts";
export { protocol } from "@halyard/socket.io-parser";
export type { BufferedEvent } from "./buffered-event.ts";
export type { Io, Lookup } from "./io.ts";
export type { ManagerCore } from "./manager.ts";
export type { Auth, AuthRequest, ManagerOptions, SocketOptions } from "./options.ts";
export { Socket } from "./socket.ts";
export type {
  DisconnectDescription,
  DisconnectReason,
  ExtendedError,
  ManagerReservedEvents,
  SocketReservedEvents,
} from "./typed-events.ts";
