import type { DefaultEventsMap, EventsMap } from "@halyard/contracts";
import { systemClock } from "@halyard/core";
import { Socket as Engine } from "@halyard/engine.io-client";
import { protocol, resolveParser } from "@halyard/socket.io-parser";
import { createLookup, type Lookup } from "./io.ts";
import { ManagerCore, type Wiring } from "./manager.ts";
import type { ManagerOptions } from "./options.ts";
import { Socket } from "./socket.ts";

const wiring: Wiring = {
  createEngine: (uri, options) => new Engine(uri ?? "", options),
  resolveParser,
  resolveClock: (options) => options.clock ?? systemClock,
};

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
    if (typeof uri === "object") super(wiring, undefined, uri);
    else super(wiring, uri, options);
  }
}

/**
 * Returns the socket of the namespace that a URL names, connecting it if need be. Sockets of one server share a connection.
 *
 * @example
 * const socket = io("https://example.com/admin", { auth: { token: "123" } });
 */
export const io: Io = attach(createLookup((uri, options) => new Manager(uri, options)));

/** {@link io} with the parts at hand, for `require()` and for pages that load a script. */
export interface Io extends Lookup {
  readonly io: Lookup;
  readonly connect: Lookup;
  readonly Manager: typeof Manager;
  readonly Socket: typeof Socket;
  /** Revision of the Socket.IO protocol. */
  readonly protocol: number;
}

function attach(lookup: Lookup): Io {
  const parts = { io: lookup, connect: lookup, Manager, Socket, protocol };
  return Object.assign(lookup, parts);
}
