import type { DefaultEventsMap, EventsMap } from "@halyard/contracts";
import { protocol } from "@halyard/socket.io-parser";
import type { ManagerCore } from "./manager.ts";
import type { ManagerOptions, SocketOptions } from "./options.ts";
import { Socket } from "./socket.ts";
import { resolveUrl } from "./url.ts";

/** Returns the socket of the namespace that a URL names, on a connection shared with other namespaces of that server. */
export interface Lookup {
  <ListenEvents extends EventsMap = DefaultEventsMap, EmitEvents extends EventsMap = ListenEvents>(
    uri?: string,
    options?: ManagerOptions & SocketOptions,
  ): Socket<ListenEvents, EmitEvents>;
  <ListenEvents extends EventsMap = DefaultEventsMap, EmitEvents extends EventsMap = ListenEvents>(
    options: ManagerOptions & SocketOptions,
  ): Socket<ListenEvents, EmitEvents>;
}

/** {@link Lookup} with the parts at hand, for `require()` and for pages that load a script. */
export interface Io<Manager = new (uri?: string, options?: ManagerOptions) => ManagerCore> extends Lookup {
  readonly io: Lookup;
  readonly connect: Lookup;
  readonly Manager: Manager;
  readonly Socket: typeof Socket;
  /** Revision of the Socket.IO protocol. */
  readonly protocol: number;
}

/** Makes the function `io()`, with a memory of its own for the managers it made. */
export function createIo<Manager extends new (uri: string, options: ManagerOptions) => ManagerCore>(
  Manager: Manager,
): Io<Manager> {
  const managers = new Map<string, ManagerCore>();
  const io: Lookup = function lookup(
    uri?: string | (ManagerOptions & SocketOptions) | null,
    options: ManagerOptions & SocketOptions = {},
  ): Socket {
    if (typeof uri === "object" && uri !== null) return lookup(undefined, uri);
    const { origin, source, namespace } = resolveUrl(uri ?? "", globalThis.location);
    const key = origin + (options.path || "/socket.io");
    const shared = managers.get(key);
    const alone = options.forceNew || options["force new connection"] || options.multiplex === false;
    // a namespace has one socket per connection, so the second one needs a connection of its own
    const usable = alone || shared?.nsps[namespace] ? undefined : shared;
    const manager = usable ?? new Manager(source, options);
    if (!alone && !shared) managers.set(key, manager);
    return manager.socket(namespace, options);
  };
  return Object.assign(io, { io, connect: io, Manager, Socket, protocol });
}
