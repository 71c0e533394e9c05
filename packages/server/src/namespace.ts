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
import { BroadcastOperator, type Broadcast } from "./broadcast/broadcast-operator.ts";
import type { BroadcastFlags, BroadcastTarget } from "./broadcast/broadcast-target.ts";
import type { RemoteSocket } from "./broadcast/remote-socket.ts";
import type { Middleware } from "./middleware.ts";
import type { AdapterView as ViewOf } from "./rooms/adapter-view.ts";
import type { Server } from "./server.ts";
import type { AnySocket, Socket } from "./socket.ts";
import { handleRejections, TypedEmitter } from "./typed-events.ts";

/** An error of a middleware; its `data` goes to the client too. */
export interface ExtendedError extends Error {
  data?: Untyped;
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
  readonly serverEvents: { emit(data: readonly unknown[]): void };
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
> extends TypedEmitter<
  ServerSideEvents,
  NamespaceReservedEventsMap<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
> {
  readonly name: string;
  readonly server: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  /** This server's connected sockets by id. */
  readonly sockets: Map<string, Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>;
  readonly #parts: NamespaceParts;

  /** Namespaces are made by {@link Server.of}. */
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

  /** To the clients in a room, or in any of several. */
  to(room: string | string[]): Broadcast<EmitEvents, SocketData> {
    return this.#everyone().to(room);
  }

  /** To the clients in a room, as {@link to} does. */
  in(room: string | string[]): Broadcast<EmitEvents, SocketData> {
    return this.to(room);
  }

  /** To the clients that are not in the room, or in any of several. */
  except(room: string | string[]): Broadcast<EmitEvents, SocketData> {
    return this.#everyone().except(room);
  }

  /** Sends an event to every client of the namespace, as {@link BroadcastOperator.emit} does. */
  override emit<Event extends EventNames<EmitEvents>>(
    event: Event,
    ...args: EventParams<DecorateAcknowledgementsWithTimeoutAndMultipleResponses<EmitEvents>, Event>
  ): boolean;
  override emit(...data: Untyped): boolean {
    const everyone: BroadcastOperator<Untyped, SocketData> = this.#everyone();
    return everyone.emit.apply(everyone, data);
  }

  /** Sends an event to every client and waits for the answers, as {@link BroadcastOperator.emitWithAck} does. */
  emitWithAck<Event extends EventNamesWithAck<EmitEvents>>(
    event: Event,
    ...args: AllButLast<EventParams<EmitEvents, Event>>
  ): Promise<FirstNonErrorArg<Last<EventParams<EmitEvents, Event>>>[]> {
    const everyone: Untyped = this.#everyone();
    return everyone.emitWithAck(event, ...args);
  }

  /** Sends a `message` event to every client. */
  send(...args: EventParams<EmitEvents, "message">): this {
    const everyone: Untyped = this.#everyone();
    everyone.emit("message", ...args);
    return this;
  }

  /** Sends a `message` event to every client, as {@link send} does. */
  write(...args: EventParams<EmitEvents, "message">): this {
    return this.send(...args);
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
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, answers: Untyped): void => (error === null ? resolve(answers) : reject(error));
      this.#parts.serverEvents.emit([event, ...args, done]);
    });
  }

  /** Whether the packet may be compressed. */
  compress(compress: boolean): Broadcast<EmitEvents, SocketData> {
    return this.#everyone().compress(compress);
  }

  /** Clients that cannot take the packet at once do not get it. */
  get volatile(): Broadcast<EmitEvents, SocketData> {
    return this.#everyone().volatile;
  }

  /** Only to clients of this server. */
  get local(): Broadcast<EmitEvents, SocketData> {
    return this.#everyone().local;
  }

  /** Gives acknowledgements so many milliseconds. */
  timeout(timeout: number): Broadcast<EmitEvents, SocketData> {
    return this.#everyone().timeout(timeout);
  }

  /**
   * Finds the ids of all sockets, on all servers.
   * @deprecated Use {@link fetchSockets}.
   */
  allSockets(): Promise<Set<string>> {
    return this.#everyone().allSockets();
  }

  /** Finds all sockets, on all servers. */
  fetchSockets(): Promise<RemoteSocket<EmitEvents, SocketData>[]> {
    return this.#everyone().fetchSockets();
  }

  /** Makes every socket join a room, or several. */
  socketsJoin(room: string | string[]): void {
    this.#everyone().socketsJoin(room);
  }

  /** Makes every socket leave a room, or several. */
  socketsLeave(room: string | string[]): void {
    this.#everyone().socketsLeave(room);
  }

  /** Disconnects every socket from the namespace; with `close`, from the server. */
  disconnectSockets(close = false): void {
    this.#everyone().disconnectSockets(close);
  }

  static {
    handleRejections<AnyNamespace>(this.prototype, (namespace, error, event) => namespace.#parts.report(error, event));
  }

  #everyone(): Broadcast<EmitEvents, SocketData> {
    return new BroadcastOperator(this.#parts.broadcasts, EVERYONE, NO_FLAGS);
  }
}

const EVERYONE: Selection = { rooms: [], except: [] };
const NO_FLAGS: BroadcastFlags = {};
