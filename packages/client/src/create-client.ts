import type { DefaultEventsMap, EventsMap } from "@halyard/contracts";
import { openSession } from "@halyard/engine.io-client";
import { resolveParser } from "@halyard/socket.io-parser";
import type { Wiring } from "./connector.ts";
import { createIo, type Io } from "./io.ts";
import { ManagerCore } from "./manager.ts";
import type { ManagerOptions } from "./options.ts";

const wiring: Wiring = { createEngine: openSession, resolveParser };

/**
 * Owns the connection that the sockets of one server share, and gets it back when it is lost. `io()` makes managers by
 * itself; make your own to share one between calls of {@link ManagerCore.socket}.
 *
 * @example
 * const manager = new Manager("https://example.com", { reconnectionDelayMax: 10_000 });
 * const chat = manager.socket("/chat");
 */
export class Manager<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
> extends ManagerCore<ListenEvents, EmitEvents> {
  constructor(options?: ManagerOptions);
  constructor(uri?: string, options?: ManagerOptions);
  constructor(uri?: string | ManagerOptions, options?: ManagerOptions) {
    super(wiring, uri, options);
  }
}

/**
 * Returns the socket of the namespace that a URL names, connecting it if need be. Sockets of one server share a connection.
 *
 * @example
 * const socket = io("https://example.com/admin", { auth: { token: "123" } });
 */
export const io: Io<typeof Manager> = createIo(Manager);
