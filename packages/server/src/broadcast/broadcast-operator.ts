import type {
  AllButLast,
  DecorateAcknowledgementsWithTimeoutAndMultipleResponses,
  EventNames,
  EventNamesWithError,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
  Selection,
  Untyped,
} from "@halyard/contracts";
import { roomList } from "../rooms/room-list.ts";
import { rejectReserved } from "../socket-events.ts";
import type { BroadcastFlags, BroadcastTarget } from "./broadcast-target.ts";
import type { ClusterResult } from "./cluster-result.ts";
import type { RemoteSocket } from "./remote-socket.ts";

/** A broadcast of an application's events: acknowledgements take an error, then one answer per client. */
export type Broadcast<EmitEvents extends EventsMap, SocketData> = BroadcastOperator<
  DecorateAcknowledgementsWithTimeoutAndMultipleResponses<EmitEvents>,
  SocketData,
  EmitEvents
>;

/**
 * Says who a broadcast goes to and how; every step makes a new one, so that one can be kept and used again.
 *
 * @example
 * const others = io.to("lobby").except("muted");
 * others.emit("news", "hello");
 * const answers = await others.timeout(1_000).emitWithAck("who");
 */
export class BroadcastOperator<EmitEvents extends EventsMap, SocketData, RemoteEvents extends EventsMap = EmitEvents> {
  readonly #target: BroadcastTarget;
  readonly #to: Selection;
  readonly #flags: BroadcastFlags;

  /** @internal Broadcast operators are made by servers, namespaces and sockets. */
  constructor(target: BroadcastTarget, to: Selection, flags: BroadcastFlags) {
    this.#target = target;
    this.#to = to;
    this.#flags = flags;
  }

  /** Adds a room, or several; a client in any of them is reached once. */
  to(room: string | string[]): BroadcastOperator<EmitEvents, SocketData, RemoteEvents> {
    const { rooms, except } = this.#to;
    return new BroadcastOperator(this.#target, { rooms: rooms.concat(room), except }, this.#flags);
  }

  /** Adds a room, as {@link to} does. */
  in(room: string | string[]): BroadcastOperator<EmitEvents, SocketData, RemoteEvents> {
    return this.to(room);
  }

  /** Leaves out the clients of a room, or of any of several. */
  except(room: string | string[]): BroadcastOperator<EmitEvents, SocketData, RemoteEvents> {
    const { rooms, except } = this.#to;
    return new BroadcastOperator(this.#target, { rooms, except: except.concat(room) }, this.#flags);
  }

  /** Whether the packet may be compressed. @defaultValue true */
  compress(compress: boolean): BroadcastOperator<EmitEvents, SocketData, RemoteEvents> {
    return this.#with({ compress });
  }

  /** Clients that cannot take the packet at once do not get it. */
  get volatile(): BroadcastOperator<EmitEvents, SocketData, RemoteEvents> {
    return this.#with({ volatile: true });
  }

  /** Only to clients of this server. */
  get local(): BroadcastOperator<EmitEvents, SocketData, RemoteEvents> {
    return this.#with({ local: true });
  }

  /** Gives acknowledgements so many milliseconds. Without it they are waited for until each client has answered or left. */
  timeout(timeout: number): BroadcastOperator<EmitEvents, SocketData, RemoteEvents> {
    return this.#with({ timeout });
  }

  /**
   * Sends an event to every selected client. A function as the last argument is called once, with an error or null and the
   * answers: `ACK_TIMEOUT` if somebody did not answer in time, `ACK_INCOMPLETE` if somebody left without an answer. Such an
   * error lists the answers as `responses` and the ids of those who gave none as `missing`.
   * @throws `RESERVED_EVENT`, `SOCKET_ENCODE`
   */
  emit<Event extends EventNames<EmitEvents>>(event: Event, ...args: EventParams<EmitEvents, Event>): boolean;
  emit(...data: Untyped): boolean {
    rejectReserved(data[0]);
    const last: Untyped = data[data.length - 1];
    if (typeof last !== "function") this.#target.broadcast(this.#to, this.#flags, data);
    else {
      data.pop();
      this.#target.broadcastWithAck(this.#to, this.#flags, data, last);
    }
    return true;
  }

  /**
   * Sends an event to every selected client and waits for the answers.
   * @throws as the errors that {@link emit} hands to its callback.
   */
  emitWithAck<Event extends EventNamesWithError<EmitEvents>>(
    event: Event,
    ...args: AllButLast<EventParams<EmitEvents, Event>>
  ): Promise<FirstNonErrorArg<Last<EventParams<EmitEvents, Event>>>> {
    return new Promise((resolve, reject) => {
      rejectReserved(event);
      const data: Untyped = [event, ...args];
      this.#target.broadcastWithAck(this.#to, this.#flags, data, (error, answers) => {
        if (error === null) resolve(answers);
        else reject(error);
      });
    });
  }

  /**
   * Finds the ids of the selected sockets, on all servers.
   * @deprecated Use {@link fetchSockets}.
   */
  async allSockets(): Promise<Set<string>> {
    const sockets = await this.fetchSockets();
    return new Set(sockets.map(({ id }) => id));
  }

  /**
   * Finds the selected sockets, on all servers. A server that does not answer within the timeout, or else 5 s, or that leaves
   * meanwhile, has its id in `missingNodes` of the result.
   */
  fetchSockets(): Promise<ClusterResult<RemoteSocket<RemoteEvents, SocketData>>> {
    return this.#target.fetchSockets(this.#to, this.#flags);
  }

  /** Counts the selected sockets, on all servers: unlike {@link fetchSockets}, at the same cost however many there are. */
  count(): Promise<number> {
    return this.#target.count(this.#to, this.#flags);
  }

  /** Makes the selected sockets join a room, or several. */
  socketsJoin(room: string | string[]): void {
    this.#target.join(this.#to, this.#flags, roomList(room));
  }

  /** Makes the selected sockets leave a room, or several. */
  socketsLeave(room: string | string[]): void {
    this.#target.leave(this.#to, this.#flags, roomList(room));
  }

  /** Disconnects the selected sockets from the namespace; with `close`, from the server. */
  disconnectSockets(close = false): void {
    this.#target.disconnect(this.#to, this.#flags, close);
  }

  #with(flags: BroadcastFlags): BroadcastOperator<EmitEvents, SocketData, RemoteEvents> {
    return new BroadcastOperator(this.#target, this.#to, { ...this.#flags, ...flags });
  }
}
