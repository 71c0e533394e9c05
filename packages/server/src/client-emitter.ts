import type {
  AllButLast,
  EventNames,
  EventNamesWithAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
  Untyped,
} from "@halyard/contracts";
import { ackDisconnected, ackLimit } from "./acks/ack-errors.ts";
import { CallbackAck } from "./acks/callback-ack.ts";
import { areAcksObserved, observeAck } from "./acks/observed-ack.ts";
import { PendingAcks, type PendingAck, type TimedAck } from "./acks/pending-acks.ts";
import { PromiseAck } from "./acks/promise-ack.ts";
import { BroadcastOperator, type Broadcast } from "./broadcast/broadcast-operator.ts";
import type { BroadcastTarget } from "./broadcast/broadcast-target.ts";
import { ClientProfile } from "./client-profile.ts";
import { roomList } from "./rooms/room-list.ts";
import { rejectReserved } from "./socket-events.ts";
import type { SocketHost } from "./socket-home.ts";

/** How the next packet is sent. */
export interface EmitFlags {
  volatile?: boolean;
  compress?: boolean;
  /** Milliseconds for the acknowledgement. */
  timeout?: number;
}

/** What sending needs of the namespace. */
interface EmitterHome {
  readonly name: string;
  readonly broadcasts: BroadcastTarget;
  readonly host: SocketHost;
  nextAckId(): number;
}

/** The sending half of a socket: events to its client and to the others, and the acknowledgements that it waits for. */
export abstract class ClientEmitter<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ReservedEvents extends EventsMap,
  SocketData,
> extends ClientProfile<ListenEvents, ReservedEvents, SocketData> {
  #flags: EmitFlags | undefined;
  #acks: PendingAcks | undefined;

  /** Unique to this socket, and the name of a room that it is in. */
  abstract readonly id: string;

  /** @internal */
  protected abstract get home(): EmitterHome;

  /** @internal Whether nothing goes to the client any more. */
  protected abstract get isMute(): boolean;

  /** @internal Sends one event to the client. */
  protected abstract transmit(data: Untyped, id: number | undefined, flags: EmitFlags | undefined): void;

  /** @internal The application's code failed. */
  protected abstract report(thrown: unknown, event: string | symbol | number | undefined): void;

  /**
   * Sends an event to the client. A function as the last argument takes the client's acknowledgement, after `timeout()`
   * with an error or null first.
   * @throws `RESERVED_EVENT` for a name with a meaning of its own, `SOCKET_ENCODE` for data that cannot be encoded,
   * `ACK_LIMIT` when the socket waits for too many acknowledgements.
   */
  override emit<Event extends EventNames<EmitEvents>>(event: Event, ...args: EventParams<EmitEvents, Event>): boolean;
  override emit(...data: Untyped): boolean {
    return this.#emit(data);
  }

  /**
   * Sends an event and waits for the client's acknowledgement: its first value.
   * @throws `ACK_TIMEOUT` after `timeout()`, `ACK_DISCONNECTED` when the socket disconnects first, and as {@link emit}.
   */
  emitWithAck<Event extends EventNamesWithAck<EmitEvents>>(
    event: Event,
    ...args: AllButLast<EventParams<EmitEvents, Event>>
  ): Promise<FirstNonErrorArg<Last<EventParams<EmitEvents, Event>>>> {
    return new Promise((resolve, reject) => {
      rejectReserved(event);
      const data: Untyped = [event, ...args];
      this.#request(data, new PromiseAck(resolve, reject), this.#takeFlags());
    });
  }

  /** Sends a `message` event. */
  send(...args: EventParams<EmitEvents, "message">): this {
    this.#emit(["message", ...args]);
    return this;
  }

  /** Sends a `message` event, as {@link send} does. */
  write(...args: EventParams<EmitEvents, "message">): this {
    return this.send(...args);
  }

  /** Whether the next packet may be compressed. */
  compress(compress: boolean): this {
    this.nextFlags.compress = compress;
    return this;
  }

  /** The next packet is dropped if it cannot leave at once. */
  get volatile(): this {
    this.nextFlags.volatile = true;
    return this;
  }

  /** To every other client of the namespace. */
  get broadcast(): Broadcast<EmitEvents, SocketData> {
    return this.#toOthers([]);
  }

  /** To every other client of the namespace that is connected to this server. */
  get local(): Broadcast<EmitEvents, SocketData> {
    return this.broadcast.local;
  }

  /** To the other clients in a room, or in any of several. */
  to(room: string | string[]): Broadcast<EmitEvents, SocketData> {
    return this.#toOthers([...roomList(room)]);
  }

  /** To the other clients in a room, as {@link to} does. */
  in(room: string | string[]): Broadcast<EmitEvents, SocketData> {
    return this.to(room);
  }

  /** To every other client that is not in the room, or in any of several. */
  except(room: string | string[]): Broadcast<EmitEvents, SocketData> {
    return this.broadcast.except(room);
  }

  /** @internal How the next packet is sent, to be added to. */
  protected get nextFlags(): EmitFlags {
    return (this.#flags ??= {});
  }

  /** @internal Whether any acknowledgement is waited for. */
  protected get awaitsAcks(): boolean {
    return this.#acks !== undefined && this.#acks.size > 0;
  }

  /** @internal Waits for the answer to a broadcast. Returns false if it waits for too many already. */
  protected awaitAck(id: number, ack: PendingAck): boolean {
    if (this.#hasAllAcks) return false;
    this.#pendingAcks.add(id, ack);
    return true;
  }

  /** @internal Hands an answer over; returns false if nobody waits for it. */
  protected settleAck(id: number, data: readonly unknown[]): boolean {
    return this.#acks?.settle(id, data) === true;
  }

  /** @internal Stops waiting for an answer to a broadcast. */
  protected forgetAck(id: number): void {
    this.#acks?.forget(id);
  }

  /** @internal Nobody will answer any more. */
  protected abandonAcks(): void {
    this.#acks?.abandonAll(ackDisconnected());
  }

  #emit(data: Untyped[]): boolean {
    rejectReserved(data[0]);
    const flags = this.#takeFlags();
    const last: Untyped = data[data.length - 1];
    if (typeof last === "function") {
      data.pop();
      this.#request(data, new CallbackAck(last, this, flags?.timeout !== undefined), flags);
    } else this.transmit(data, undefined, flags);
    return true;
  }

  #request(data: Untyped, asked: TimedAck, flags: EmitFlags | undefined): void {
    const { host } = this.home;
    if (this.#hasAllAcks) throw ackLimit(host.maxPendingAcks);
    const id = this.home.nextAckId();
    this.transmit(data, id, flags); // first: what cannot be encoded is not asked
    const ack = areAcksObserved() ? this.#observe(asked, data[0], flags?.timeout) : asked;
    if (this.isMute) return this.#pendingAcks.abandon(ack, ackDisconnected());
    if (flags?.timeout === undefined) this.#pendingAcks.add(id, ack);
    else this.#pendingAcks.addTimed(id, ack, host.clock, flags.timeout);
  }

  #observe(ack: TimedAck, event: Untyped, timeoutMs: number | undefined): TimedAck {
    const { name: namespace, host } = this.home;
    const limit = timeoutMs !== undefined && { timeoutMs };
    const question = { namespace, event: String(event), socketId: this.id, clients: 1, ...limit };
    return observeAck(ack, question, host.clock);
  }

  #takeFlags(): EmitFlags | undefined {
    const flags = this.#flags;
    if (flags !== undefined) this.#flags = undefined;
    return flags;
  }

  #toOthers(rooms: readonly string[]): Broadcast<EmitEvents, SocketData> {
    return new BroadcastOperator(this.home.broadcasts, { rooms, except: [this.id] }, this.#takeFlags() ?? {});
  }

  get #hasAllAcks(): boolean {
    return this.#acks !== undefined && this.#acks.size >= this.home.host.maxPendingAcks;
  }

  get #pendingAcks(): PendingAcks {
    return (this.#acks ??= new PendingAcks(this.id, (thrown) => this.report(thrown, undefined)));
  }
}
