import type { EventEmitter } from "node:events";
import type {
  AllButLast,
  DecorateAcknowledgementsWithTimeoutAndMultipleResponses,
  EventNames,
  EventNamesWithAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
  Untyped,
} from "@halyard/contracts";
import type { Broadcast } from "./broadcast/broadcast-operator.ts";
import type { RemoteSocket } from "./broadcast/remote-socket.ts";
import type { ExtendedError, Namespace, NamespaceReservedEventsMap } from "./namespace.ts";
import type { Socket } from "./socket.ts";
import { TypedEmitter, type ReservedOrUserEventNames, type ReservedOrUserListener } from "./typed-events.ts";

type Listener = (...args: Untyped[]) => void;

/** The part of a server that stands for its main namespace: what it is told is passed on to `/`. */
export abstract class MainNamespaceFacade<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
> extends TypedEmitter<
  ServerSideEvents,
  NamespaceReservedEventsMap<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
> {
  /** The main namespace. */
  abstract readonly sockets: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;

  /** Adds a step that every socket of the main namespace passes before it is connected. */
  use(
    middleware: (
      socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
      next: (error?: ExtendedError) => void,
    ) => void,
  ): this {
    this.sockets.use(middleware);
    return this;
  }

  /** To the clients in a room, or in any of several. */
  to(room: string | string[]): Broadcast<EmitEvents, SocketData> {
    return this.sockets.to(room);
  }

  /** To the clients in a room, as {@link to} does. */
  in(room: string | string[]): Broadcast<EmitEvents, SocketData> {
    return this.sockets.in(room);
  }

  /** To the clients that are not in the room, or in any of several. */
  except(room: string | string[]): Broadcast<EmitEvents, SocketData> {
    return this.sockets.except(room);
  }

  /** Sends an event to every client, as `BroadcastOperator.emit` does. */
  override emit<Event extends EventNames<EmitEvents>>(
    event: Event,
    ...args: EventParams<DecorateAcknowledgementsWithTimeoutAndMultipleResponses<EmitEvents>, Event>
  ): boolean {
    return this.sockets.emit(event, ...args);
  }

  /** Sends an event to every client and waits for the answers. */
  emitWithAck<Event extends EventNamesWithAck<EmitEvents>>(
    event: Event,
    ...args: AllButLast<EventParams<EmitEvents, Event>>
  ): Promise<FirstNonErrorArg<Last<EventParams<EmitEvents, Event>>>[]> {
    return this.sockets.emitWithAck(event, ...args);
  }

  /** Sends a `message` event to every client. */
  send(...args: EventParams<EmitEvents, "message">): this {
    this.sockets.send(...args);
    return this;
  }

  /** Sends a `message` event to every client, as {@link send} does. */
  write(...args: EventParams<EmitEvents, "message">): this {
    return this.send(...args);
  }

  /**
   * Sends an event to the other servers of the cluster.
   * @throws `RESERVED_EVENT`
   */
  serverSideEmit<Event extends EventNames<ServerSideEvents>>(
    event: Event,
    ...args: EventParams<DecorateAcknowledgementsWithTimeoutAndMultipleResponses<ServerSideEvents>, Event>
  ): boolean {
    return this.sockets.serverSideEmit(event, ...args);
  }

  /** Sends an event to the other servers of the cluster and waits for their answers. */
  serverSideEmitWithAck<Event extends EventNamesWithAck<ServerSideEvents>>(
    event: Event,
    ...args: AllButLast<EventParams<ServerSideEvents, Event>>
  ): Promise<FirstNonErrorArg<Last<EventParams<ServerSideEvents, Event>>>[]> {
    return this.sockets.serverSideEmitWithAck(event, ...args);
  }

  /** Whether the packet may be compressed. */
  compress(compress: boolean): Broadcast<EmitEvents, SocketData> {
    return this.sockets.compress(compress);
  }

  /** Clients that cannot take the packet at once do not get it. */
  get volatile(): Broadcast<EmitEvents, SocketData> {
    return this.sockets.volatile;
  }

  /** Only to clients of this server. */
  get local(): Broadcast<EmitEvents, SocketData> {
    return this.sockets.local;
  }

  /** Gives acknowledgements so many milliseconds. */
  timeout(timeout: number): Broadcast<EmitEvents, SocketData> {
    return this.sockets.timeout(timeout);
  }

  /**
   * Finds the ids of all sockets, on all servers.
   * @deprecated Use {@link fetchSockets}.
   */
  allSockets(): Promise<Set<string>> {
    return this.sockets.fetchSockets().then((sockets) => new Set(sockets.map(({ id }) => id)));
  }

  /** Finds all sockets of the main namespace, on all servers. */
  fetchSockets(): Promise<RemoteSocket<EmitEvents, SocketData>[]> {
    return this.sockets.fetchSockets();
  }

  /** Makes every socket join a room, or several. */
  socketsJoin(room: string | string[]): void {
    this.sockets.socketsJoin(room);
  }

  /** Makes every socket leave a room, or several. */
  socketsLeave(room: string | string[]): void {
    this.sockets.socketsLeave(room);
  }

  /** Disconnects every socket from the main namespace; with `close`, from the server. */
  disconnectSockets(close = false): void {
    this.sockets.disconnectSockets(close);
  }

  override on<
    Event extends ReservedOrUserEventNames<
      Reserved<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
      ServerSideEvents
    >,
  >(
    event: Event,
    listener: ReservedOrUserListener<
      Reserved<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
      ServerSideEvents,
      Event
    >,
  ): this {
    const untyped: Untyped = listener; // the same type, which the compiler cannot see
    this.sockets.on(event, untyped);
    return this;
  }

  override once<
    Event extends ReservedOrUserEventNames<
      Reserved<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
      ServerSideEvents
    >,
  >(
    event: Event,
    listener: ReservedOrUserListener<
      Reserved<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
      ServerSideEvents,
      Event
    >,
  ): this {
    const untyped: Untyped = listener; // the same type, which the compiler cannot see
    this.sockets.once(event, untyped);
    return this;
  }

  override listeners<
    Event extends ReservedOrUserEventNames<
      Reserved<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
      ServerSideEvents
    >,
  >(
    event: Event,
  ): ReservedOrUserListener<
    Reserved<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    ServerSideEvents,
    Event
  >[] {
    return this.sockets.listeners(event);
  }

  override addListener(event: string | symbol, listener: Listener): this {
    this.#emitter.addListener(event, listener);
    return this;
  }

  override prependListener(event: string | symbol, listener: Listener): this {
    this.#emitter.prependListener(event, listener);
    return this;
  }

  override prependOnceListener(event: string | symbol, listener: Listener): this {
    this.#emitter.prependOnceListener(event, listener);
    return this;
  }

  override off(event: string | symbol, listener: Listener): this {
    this.#emitter.off(event, listener);
    return this;
  }

  override removeListener(event: string | symbol, listener: Listener): this {
    this.#emitter.removeListener(event, listener);
    return this;
  }

  override removeAllListeners(event?: string | symbol): this {
    if (event === undefined) this.#emitter.removeAllListeners();
    else this.#emitter.removeAllListeners(event);
    return this;
  }

  override rawListeners(event: string | symbol): Function[] {
    return this.#emitter.rawListeners(event);
  }

  override listenerCount(event: string | symbol, listener?: Function): number {
    return this.#emitter.listenerCount(event, listener);
  }

  override eventNames(): (string | symbol)[] {
    return this.#emitter.eventNames();
  }

  override setMaxListeners(count: number): this {
    this.#emitter.setMaxListeners(count);
    return this;
  }

  override getMaxListeners(): number {
    return this.#emitter.getMaxListeners();
  }

  get #emitter(): EventEmitter {
    return this.sockets;
  }
}

type Reserved<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
> = NamespaceReservedEventsMap<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
