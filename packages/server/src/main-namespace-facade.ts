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
import type { TimedBroadcast } from "./broadcast/timed-broadcast.ts";
import type { ExtendedError, Namespace, NamespaceReservedEventsMap } from "./namespace.ts";
import { NamespaceSurface, type Everyone } from "./namespace-surface.ts";
import type { Socket } from "./socket.ts";
import type { ReservedOrUserEventNames, ReservedOrUserListener } from "./typed-events.ts";

type Listener = (...args: Untyped[]) => void;

/** The part of a server that stands for its main namespace: what it is told is passed on to `/`. */
export abstract class MainNamespaceFacade<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
> extends NamespaceSurface<
  EmitEvents,
  ServerSideEvents,
  SocketData,
  NamespaceReservedEventsMap<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
> {
  /** The main namespace. */
  abstract readonly sockets: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;

  /** @internal */
  protected override get everyone(): Everyone<EmitEvents, SocketData> {
    return this.sockets;
  }

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

  override timeout(timeout: number): TimedBroadcast<EmitEvents, ServerSideEvents, SocketData> {
    return this.sockets.timeout(timeout);
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

  /** Listens to an event of the main namespace. */
  override addListener(event: string | symbol, listener: Listener): this {
    this.#emitter.addListener(event, listener);
    return this;
  }

  /** Listens to an event of the main namespace, before all others. */
  override prependListener(event: string | symbol, listener: Listener): this {
    this.#emitter.prependListener(event, listener);
    return this;
  }

  /** Listens to an event of the main namespace once, before all others. */
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
