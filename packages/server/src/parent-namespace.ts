import type { EventData, Selection } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import type { AckCallback } from "./acks/callback-ack.ts";
import type { AnyNamespace, AnySocket } from "./any.ts";
import type { BroadcastFlags, BroadcastTarget } from "./broadcast/broadcast-target.ts";
import type { Report } from "./error-hook.ts";
import type { Middleware } from "./middleware.ts";
import type { NamespaceCore } from "./namespace-core.ts";
import type { NamespaceParts } from "./namespace.ts";
import { AdapterView } from "./rooms/adapter-view.ts";
import { RoomIndex } from "./rooms/room-index.ts";

/** Decides whether a client may have a namespace that does not exist yet. */
export type NamespaceMatcher = (
  name: string,
  auth: Record<string, unknown>,
  done: (error: Error | null, allowed: boolean) => void,
) => unknown;

/** The working part of a parent namespace: it has no sockets, only children that are made from it when clients ask. */
export class ParentCore implements NamespaceParts {
  readonly name: string;
  readonly namespace: AnyNamespace;
  readonly children: Set<NamespaceCore> = new Set();
  readonly connected: Map<string, AnySocket> = new Map();
  readonly adapterView: AdapterView;
  readonly broadcasts: BroadcastTarget = new ParentBroadcasts(this.children);
  readonly serverEvents: NamespaceParts["serverEvents"] = {
    emit: () => {
      throw unsupported("serverSideEmit()");
    },
  };
  readonly report: Report;
  #middlewares: readonly Middleware<AnySocket>[] = [];

  constructor(name: string, report: Report, createNamespace: (parts: NamespaceParts) => AnyNamespace) {
    this.name = name;
    this.report = report;
    const { connected } = this;
    const rooms = new RoomIndex(connected, { created: ignore, deleted: ignore, joined: ignore, left: ignore });
    this.namespace = createNamespace(this);
    const adapter = { serverCount: () => Promise.resolve(1) };
    this.adapterView = new AdapterView({ namespace: this.namespace, rooms, connected, adapter, report });
  }

  use(middleware: Middleware<AnySocket>): void {
    this.#middlewares = [...this.#middlewares, middleware];
  }

  /** Takes a child in: it gets the middlewares and connection listeners that the parent has now. */
  adopt(child: NamespaceCore): void {
    this.children.add(child);
    for (const middleware of this.#middlewares) child.use(middleware);
    for (const event of ["connect", "connection"] as const)
      for (const listener of this.namespace.listeners(event)) child.namespace.on(event, listener);
  }
}

/** Reaches the sockets of every child. */
class ParentBroadcasts implements BroadcastTarget {
  readonly #children: ReadonlySet<NamespaceCore>;

  constructor(children: ReadonlySet<NamespaceCore>) {
    this.#children = children;
  }

  broadcast(to: Selection, flags: BroadcastFlags, data: EventData): void {
    for (const child of this.#children) child.broadcasts.broadcast(to, flags, data);
  }

  broadcastWithAck(_to: Selection, _flags: BroadcastFlags, _data: EventData, _done: AckCallback): void {
    throw unsupported("a broadcast with acknowledgements");
  }

  fetchSockets(): Promise<never> {
    throw unsupported("fetchSockets()");
  }

  join(to: Selection, flags: BroadcastFlags, rooms: readonly string[]): void {
    for (const child of this.#children) child.broadcasts.join(to, flags, rooms);
  }

  leave(to: Selection, flags: BroadcastFlags, rooms: readonly string[]): void {
    for (const child of this.#children) child.broadcasts.leave(to, flags, rooms);
  }

  disconnect(to: Selection, flags: BroadcastFlags, closeConnection: boolean): void {
    for (const child of this.#children) child.broadcasts.disconnect(to, flags, closeConnection);
  }
}

function unsupported(what: string): Error {
  return codedError("UNSUPPORTED", `${what} is not supported on parent namespaces; use the child namespace`);
}

function ignore(): void {}
