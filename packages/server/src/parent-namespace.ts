import type { EventEmitter } from "node:events";
import type { EventData, Selection, Untyped } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import type { AckCallback } from "./acks/callback-ack.ts";
import type { BroadcastFlags, BroadcastTarget } from "./broadcast/broadcast-target.ts";
import type { Report } from "./error-hook.ts";
import type { Middleware } from "./middleware.ts";
import { AdapterView } from "./rooms/adapter-view.ts";
import type { ServerEventEmitter } from "./server-events.ts";
import { RoomIndex, type RoomMember } from "./rooms/room-index.ts";

/** Decides whether a client may have a namespace that does not exist yet. */
export type NamespaceMatcher = (
  name: string,
  auth: Record<string, unknown>,
  done: (error: Error | null, allowed: boolean) => void,
) => unknown;

/** A public namespace as its parent sees it: listeners that it hands down. */
export interface ParentEmitter extends EventEmitter {
  readonly name: string;
  listeners(event: "connect" | "connection"): Untyped[];
}

/** What a parent needs of its server. */
interface ParentHost<Member extends RoomMember, Nsp extends ParentEmitter> {
  readonly report: Report<Member, Nsp>;
  createParentNamespace(core: ParentCore<Member, Nsp>): Nsp;
}

/** A namespace made from a parent. */
interface Child<Member, Nsp> {
  readonly namespace: Nsp;
  readonly broadcasts: BroadcastTarget;
  use(middleware: Middleware<Member>): void;
}

/** The working part of a parent namespace: it has no sockets, only children that are made from it when clients ask. */
export class ParentCore<Member extends RoomMember, Nsp extends ParentEmitter> {
  readonly name: string;
  readonly namespace: Nsp;
  readonly children: Set<Child<Member, Nsp>> = new Set();
  readonly connected: Map<string, Member> = new Map();
  readonly adapterView: AdapterView<Nsp>;
  readonly broadcasts: BroadcastTarget = new ParentBroadcasts(this.children);
  readonly serverEvents: ServerEventEmitter = {
    emit: () => {
      throw unsupported("serverSideEmit()");
    },
    request: () => Promise.reject(unsupported("serverSideEmitWithAck()")),
  };
  readonly #host: ParentHost<Member, Nsp>;
  #middlewares: readonly Middleware<Member>[] = [];

  constructor(name: string, host: ParentHost<Member, Nsp>) {
    this.name = name;
    this.#host = host;
    const { connected } = this;
    const rooms = new RoomIndex(connected, { created: ignore, deleted: ignore, joined: ignore, left: ignore });
    this.namespace = host.createParentNamespace(this);
    const adapter = { serverCount: () => Promise.resolve(1) };
    this.adapterView = new AdapterView({
      namespace: this.namespace,
      rooms,
      connected,
      adapter,
      broadcasts: { rooms: () => Promise.resolve(new Map()) },
      report: (thrown, event) => this.report(thrown, event),
    });
  }

  /** Reports a failure of the application's own code in this namespace. */
  report(thrown: unknown, event: string | symbol): void {
    this.#host.report(thrown, { namespace: this.namespace, event });
  }

  use(middleware: Middleware<Member>): void {
    this.#middlewares = [...this.#middlewares, middleware];
  }

  /** Takes a child in: it gets the middlewares and connection listeners that the parent has now. */
  adopt(child: Child<Member, Nsp>): void {
    this.children.add(child);
    for (const middleware of this.#middlewares) child.use(middleware);
    for (const event of ["connect", "connection"] as const)
      for (const listener of this.namespace.listeners(event)) child.namespace.on(event, listener);
  }
}

/** Reaches the sockets of every child. */
class ParentBroadcasts implements BroadcastTarget {
  readonly #children: ReadonlySet<{ readonly broadcasts: BroadcastTarget }>;

  constructor(children: ReadonlySet<{ readonly broadcasts: BroadcastTarget }>) {
    this.#children = children;
  }

  broadcast(to: Selection, flags: BroadcastFlags, data: EventData): void {
    for (const child of this.#children) child.broadcasts.broadcast(to, flags, data);
  }

  broadcastWithAck(_to: Selection, _flags: BroadcastFlags, _data: EventData, _done: AckCallback): void {
    throw unsupported("a broadcast with acknowledgements");
  }

  count(): Promise<never> {
    throw unsupported("count()");
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
