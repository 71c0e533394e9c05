import type {
  AllButLast,
  DecorateAcknowledgementsWithTimeoutAndMultipleResponses,
  DefaultEventsMap,
  EventNames,
  EventNamesWithAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
  Selection,
  Untyped,
} from "@halyard/contracts";
import { BroadcastOperator } from "./broadcast/broadcast-operator.ts";
import type { BroadcastFlags, BroadcastTarget } from "./broadcast/broadcast-target.ts";
import { TimedBroadcast } from "./broadcast/timed-broadcast.ts";
import type { Middleware } from "./middleware.ts";
import { NamespaceSurface, type Everyone } from "./namespace-surface.ts";
import type { AdapterView as ViewOf } from "./rooms/adapter-view.ts";
import type { Server } from "./server.ts";
import type { AnySocket, Socket } from "./socket.ts";
import type { ServerEventEmitter } from "./server-events.ts";
import { handleRejections } from "./typed-events.ts";

/** An error of a middleware; its `data` goes to the client too. */
export interface ExtendedError extends Error {
  data?: Untyped;
  /** Milliseconds after which the client should ask again; stock clients stay away. */
  retryAfterMs?: number;
}

/** Events of a namespace that are not the application's own. */
export interface NamespaceReservedEventsMap<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
> {
  connect: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => void;
  connection: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => void;
  /** Only on the main namespace. */
  new_namespace: (namespace: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => void;
}

/** A namespace whose event maps do not matter: the library's own code works for all of them. */
export type AnyNamespace = Namespace<Untyped, Untyped, Untyped, Untyped>;

/**
 * A namespace's rooms as applications read them: live, read-only, and with an event for each room that comes or goes. Rooms
 * are changed through sockets, not here.
 *
 * @example
 * io.of("/").adapter.on("create-room", (room) => console.log(`${room} was created`));
 * io.of("/").adapter.rooms.get("lobby")?.size;
 */
export interface AdapterView extends ViewOf<AnyNamespace> {}

/** What a namespace is made of. */
export interface NamespaceParts {
  readonly name: string;
  readonly connected: Map<string, AnySocket>;
  readonly adapterView: AdapterView;
  readonly broadcasts: BroadcastTarget;
  readonly serverEvents: ServerEventEmitter;
  report(thrown: unknown, event: string | symbol): void;
  use(middleware: Middleware<AnySocket>): void;
}

/**
 * A part of an application with sockets, rooms, middlewares and events of its own, over the connections that all
 * namespaces share.
 *
 * @example
 * io.of("/orders")
 *   .use((socket, next) => (socket.handshake.auth.token ? next() : next(new Error("no token"))))
 *   .on("connection", (socket) => socket.join("orders"));
 */
export class Namespace<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Untyped,
> extends NamespaceSurface<
  EmitEvents,
  ServerSideEvents,
  SocketData,
  NamespaceReservedEventsMap<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
> {
  readonly name: string;
  readonly server: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  /** This server's connected sockets by id. */
  readonly sockets: Map<string, Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>;
  readonly #parts: NamespaceParts;

  /** @internal Namespaces are made by {@link Server.of}. */
  constructor(server: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>, parts: NamespaceParts) {
    super();
    this.server = server;
    this.name = parts.name;
    this.sockets = parts.connected;
    this.#parts = parts;
  }

  /** The rooms of this server's sockets, to read and to listen to. */
  get adapter(): AdapterView {
    return this.#parts.adapterView;
  }

  /** Adds a step that every socket passes before it is connected. */
  use(
    middleware: (
      socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
      next: (error?: ExtendedError) => void,
    ) => void,
  ): this {
    this.#parts.use(middleware);
    return this;
  }

  /**
   * Sends an event to the other servers of the cluster. A function as the last argument takes an error or null and one answer
   * per server.
   * @throws `RESERVED_EVENT`
   */
  serverSideEmit<Event extends EventNames<ServerSideEvents>>(
    event: Event,
    ...args: EventParams<DecorateAcknowledgementsWithTimeoutAndMultipleResponses<ServerSideEvents>, Event>
  ): boolean {
    this.#parts.serverEvents.emit([event, ...args]);
    return true;
  }

  /** Sends an event to the other servers of the cluster and waits for their answers. */
  serverSideEmitWithAck<Event extends EventNamesWithAck<ServerSideEvents>>(
    event: Event,
    ...args: AllButLast<EventParams<ServerSideEvents, Event>>
  ): Promise<FirstNonErrorArg<Last<EventParams<ServerSideEvents, Event>>>[]> {
    return this.#parts.serverEvents.request([event, ...args]);
  }

  override timeout(timeout: number): TimedBroadcast<EmitEvents, ServerSideEvents, SocketData> {
    return new TimedBroadcast(this.#parts.broadcasts, this.#parts.serverEvents, timeout);
  }

  static {
    handleRejections<AnyNamespace>(this.prototype, (namespace, error, event) => namespace.#parts.report(error, event));
  }

  /** @internal */
  protected override get everyone(): Everyone<EmitEvents, SocketData> {
    return new BroadcastOperator(this.#parts.broadcasts, EVERYONE, NO_FLAGS);
  }
}

const EVERYONE: Selection = { rooms: [], except: [] };
const NO_FLAGS: BroadcastFlags = {};
