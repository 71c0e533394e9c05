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
import type { ClusterResult } from "./broadcast/cluster-result.ts";
import type { RemoteSocket } from "./broadcast/remote-socket.ts";
import type { TimedBroadcast } from "./broadcast/timed-broadcast.ts";
import { TypedEmitter } from "./typed-events.ts";

/** What stands for every client of a namespace, and can be narrowed down to some. */
export type Everyone<EmitEvents extends EventsMap, SocketData> = Pick<
  Broadcast<EmitEvents, SocketData>,
  | "to"
  | "except"
  | "compress"
  | "volatile"
  | "local"
  | "count"
  | "fetchSockets"
  | "socketsJoin"
  | "socketsLeave"
  | "disconnectSockets"
>;

/** What a namespace and a server, which stands for its main namespace, do alike: reach all clients, or some of them. */
export abstract class NamespaceSurface<
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
  ReservedEvents extends EventsMap,
> extends TypedEmitter<ServerSideEvents, ReservedEvents> {
  /** @internal Who is reached. */
  protected abstract get everyone(): Everyone<EmitEvents, SocketData>;

  /** To the clients in a room, or in any of several. */
  to(room: string | string[]): Broadcast<EmitEvents, SocketData> {
    return this.everyone.to(room);
  }

  /** To the clients in a room, as {@link to} does. */
  in(room: string | string[]): Broadcast<EmitEvents, SocketData> {
    return this.to(room);
  }

  /** To the clients that are not in the room, or in any of several. */
  except(room: string | string[]): Broadcast<EmitEvents, SocketData> {
    return this.everyone.except(room);
  }

  /** Sends an event to every client of the namespace, as `BroadcastOperator.emit` does. */
  override emit<Event extends EventNames<EmitEvents>>(
    event: Event,
    ...args: EventParams<DecorateAcknowledgementsWithTimeoutAndMultipleResponses<EmitEvents>, Event>
  ): boolean;
  override emit(...data: Untyped): boolean {
    const everyone: Untyped = this.everyone;
    return everyone.emit.apply(everyone, data);
  }

  /** Sends an event to every client and waits for the answers, as `BroadcastOperator.emitWithAck` does. */
  emitWithAck<Event extends EventNamesWithAck<EmitEvents>>(
    event: Event,
    ...args: AllButLast<EventParams<EmitEvents, Event>>
  ): Promise<FirstNonErrorArg<Last<EventParams<EmitEvents, Event>>>[]> {
    const everyone: Untyped = this.everyone;
    return everyone.emitWithAck(event, ...args);
  }

  /** Sends a `message` event to every client. */
  send(...args: EventParams<EmitEvents, "message">): this {
    const everyone: Untyped = this.everyone;
    everyone.emit("message", ...args);
    return this;
  }

  /** Sends a `message` event to every client, as {@link send} does. */
  write(...args: EventParams<EmitEvents, "message">): this {
    return this.send(...args);
  }

  /** Whether the packet may be compressed. */
  compress(compress: boolean): Broadcast<EmitEvents, SocketData> {
    return this.everyone.compress(compress);
  }

  /** Clients that cannot take the packet at once do not get it. */
  get volatile(): Broadcast<EmitEvents, SocketData> {
    return this.everyone.volatile;
  }

  /** Only to clients of this server. */
  get local(): Broadcast<EmitEvents, SocketData> {
    return this.everyone.local;
  }

  /** Gives acknowledgements so many milliseconds, and the answers of other servers too. */
  abstract timeout(timeout: number): TimedBroadcast<EmitEvents, ServerSideEvents, SocketData>;

  /**
   * Finds the ids of all sockets, on all servers.
   * @deprecated Use {@link fetchSockets}.
   */
  async allSockets(): Promise<Set<string>> {
    const sockets = await this.fetchSockets();
    return new Set(sockets.map(({ id }) => id));
  }

  /** Finds all sockets, on all servers, as `BroadcastOperator.fetchSockets` does. */
  fetchSockets(): Promise<ClusterResult<RemoteSocket<EmitEvents, SocketData>>> {
    return this.everyone.fetchSockets();
  }

  /** Counts all sockets, on all servers. */
  count(): Promise<number> {
    return this.everyone.count();
  }

  /** Makes every socket join a room, or several. */
  socketsJoin(room: string | string[]): void {
    this.everyone.socketsJoin(room);
  }

  /** Makes every socket leave a room, or several. */
  socketsLeave(room: string | string[]): void {
    this.everyone.socketsLeave(room);
  }

  /** Disconnects every socket from the namespace; with `close`, from the server. */
  disconnectSockets(close = false): void {
    this.everyone.disconnectSockets(close);
  }
}
