import type {
  AllButLast,
  DecorateAcknowledgements,
  DefaultEventsMap,
  EventData,
  EventNames,
  EventParams,
  EventsMap,
  SocketPacket,
  Untyped,
} from "@halyard/contracts";
import { codedError, throwLater, toError } from "@halyard/core";
import { RESERVED_EVENTS } from "@halyard/socket.io-parser";
import { PendingAcks, type Ack, type Expiry } from "./acks.ts";
import { CatchAllListenable } from "./catch-all.ts";
import type { Connection } from "./connection.ts";
import type { ManagerCore } from "./manager.ts";
import type { Auth, ResolvedOptions, SocketOptions } from "./options.ts";
import { Outbox } from "./outbox.ts";
import { RetryQueue } from "./retry-queue.ts";
import type { Signal } from "./signal.ts";
import type { Answer, SocketEvents, SocketReservedEvents } from "./typed-events.ts";

/** Tells a socket something. Not a method, because it is not for users. */
export let signalSocket: (socket: AnySocket, signal: Signal) => void;

/** A socket, whatever its events. */
export type AnySocket = Socket<Untyped, Untyped>;

/** A socket's way to the connection that it shares with others. */
export interface SocketLink {
  readonly options: ResolvedOptions;
  /** A socket has become active: opens the connection if need be, and tells the socket when it is open. */
  join(socket: AnySocket): void;
  /** A socket has left: closes the connection if it was the last. */
  closeIfUnused(): void;
}

/** An event that waits for the connection. */
export interface BufferedEvent {
  readonly type: "event";
  readonly namespace: string;
  readonly data: EventData;
  readonly id?: number;
  readonly compress: boolean;
}

type State =
  | { readonly name: "idle" }
  /** Waits for the connection. */
  | { readonly name: "waiting" }
  /** Has asked, or is about to ask, the server to let it in. */
  | { readonly name: "joining"; readonly connection: Connection }
  | { readonly name: "connected"; readonly connection: Connection };

type ConnectData = Extract<SocketPacket, { type: "connect" }>["data"];
type Refusal = Extract<SocketPacket, { type: "connect_error" }>["data"];

/** How an event is sent. */
interface Modifiers {
  readonly compress: boolean;
  readonly isVolatile: boolean;
  readonly timeoutMs?: number;
}

const PLAIN: Modifiers = { compress: true, isVolatile: false };
const IDLE: State = { name: "idle" };
const WAITING: State = { name: "waiting" };

/**
 * The client's end of one namespace.
 *
 * Events emitted while it is disconnected are kept and sent when it is connected again, except volatile ones. A listener
 * that throws does not disturb the connection: the error surfaces as an uncaught one.
 *
 * @example
 * const socket = io();
 * socket.on("connect", () => console.log(socket.id));
 * socket.emit("hello", "world");
 */
export class Socket<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
> extends CatchAllListenable<SocketEvents<ListenEvents>> {
  readonly io: ManagerCore<ListenEvents, EmitEvents>;
  /** The namespace. */
  readonly nsp: string;
  /** Given by the server while connected, and new with each connection that was not recovered. */
  id: string | undefined;
  /** Whether the server restored the state of the last connection and sends what was missed. */
  recovered = false;
  /** May be changed before a reconnection. */
  auth: Auth | undefined;
  /** Events that arrived before the server's leave to join. */
  receiveBuffer: (readonly unknown[])[] = [];
  /** Events to be sent once connected; set it to `[]` to drop them. */
  sendBuffer: BufferedEvent[] = [];

  #state: State = IDLE;
  readonly #link: SocketLink;
  readonly #ackTimeoutMs: number | undefined;
  readonly #acks: PendingAcks;
  readonly #queue: RetryQueue | undefined;
  readonly #outbox = new Outbox();
  /** Of the next emit. */
  #modifiers: Modifiers = PLAIN;
  /** Recovery: names this session to the server. */
  #pid: string | undefined;
  /** Recovery: the place in the server's log of the last event received. */
  #offset: string | undefined;

  static {
    signalSocket = (socket, signal) => socket.#onSignal(signal);
  }

  /** Made by {@link ManagerCore.socket}. */
  constructor(manager: ManagerCore<ListenEvents, EmitEvents>, link: SocketLink, nsp: string, options: SocketOptions) {
    super();
    this.io = manager;
    this.nsp = nsp;
    this.auth = options.auth;
    this.#link = link;
    this.#ackTimeoutMs = options.ackTimeout;
    this.#acks = new PendingAcks(this, link.options);
    if (options.retries) this.#queue = this.#createQueue(options.retries);
  }

  get connected(): boolean {
    return this.#state.name === "connected";
  }

  get disconnected(): boolean {
    return !this.connected;
  }

  /** Whether it is connected or will be when its manager is: false after a refusal or a disconnection by either side. */
  get active(): boolean {
    return this.#state.name !== "idle";
  }

  /** Joins the namespace, and opens the connection if need be. */
  connect(): this {
    if (this.#state.name === "idle") this.#state = WAITING;
    if (this.#state.name === "waiting") this.#link.join(this);
    return this;
  }

  /** The same as {@link connect}. */
  open(): this {
    return this.connect();
  }

  /** Leaves the namespace, for good unless {@link connect} is called. Closes the connection if no other socket uses it. */
  disconnect(): this {
    const state = this.#state;
    this.#state = IDLE;
    if (state.name !== "connected") this.#link.closeIfUnused();
    else {
      this.#outbox.afterwards(() => {
        state.connection.send({ type: "disconnect", namespace: this.nsp }, true);
        this.#link.closeIfUnused();
      });
      this.#reportDisconnection("io client disconnect");
    }
    return this;
  }

  /** The same as {@link disconnect}. */
  close(): this {
    return this.disconnect();
  }

  /** Emits an event named `message`. */
  send(...args: unknown[]): this {
    return this.#emit(["message", ...args], false);
  }

  /**
   * Sends an event; a function as last argument is called with the server's acknowledgement.
   * @throws `RESERVED_EVENT` for names such as `connect`; `INVALID_EVENT` for what is no name; `SOCKET_ENCODE` for data that cannot be encoded.
   *
   * @example
   * socket.emit("greet", "world", (reply) => console.log(reply));
   */
  emit<Event extends EventNames<EmitEvents>>(event: Event, ...args: EventParams<EmitEvents, Event>): this;
  emit(...data: unknown[]): this {
    return this.#emit(data, false);
  }

  /**
   * Sends an event and waits for its acknowledgement. Rejects with `ACK_TIMEOUT` after a `timeout()`, and with
   * `ACK_DISCONNECTED` when the connection is lost.
   *
   * @example
   * const reply = await socket.timeout(5_000).emitWithAck("greet", "world");
   */
  emitWithAck<Event extends EventNames<EmitEvents>>(
    event: Event,
    ...args: AllButLast<EventParams<EmitEvents, Event>>
  ): Promise<Answer<EmitEvents, Event>> {
    return new Promise((resolve, reject) => {
      const settle = (error: unknown, answer: Answer<EmitEvents, Event>): void => {
        if (error) reject(error);
        else resolve(answer);
      };
      this.#emit([event, ...args, settle], true);
    });
  }

  /** Whether the next event is compressed, where the transport compresses. */
  compress(compress: boolean): this {
    this.#modifiers = { ...this.#modifiers, compress };
    return this;
  }

  /** The next event is dropped unless it can leave at once. */
  get volatile(): this {
    this.#modifiers = { ...this.#modifiers, isVolatile: true };
    return this;
  }

  /** The acknowledgement of the next event gets an error first if it takes longer than this many milliseconds. */
  timeout(delayMs: number): Socket<ListenEvents, DecorateAcknowledgements<EmitEvents>>;
  timeout(timeoutMs: number): this {
    this.#modifiers = { ...this.#modifiers, timeoutMs };
    return this;
  }

  #emit(data: unknown[], withError: boolean): this {
    const { compress, isVolatile, timeoutMs = this.#ackTimeoutMs } = this.#modifiers;
    this.#modifiers = PLAIN;
    if (!isEvent(data)) throw codedError("INVALID_EVENT", "invalid event name");
    if (RESERVED_EVENTS.has(String(data[0])))
      throw codedError("RESERVED_EVENT", `"${data[0]}" is a reserved event name`);

    const callback = data.at(-1);
    const ack = isFunction(callback) ? { callback, withError: withError || timeoutMs !== undefined } : undefined;
    if (ack) data.pop();
    if (isVolatile && this.#liveConnection?.writable !== true) return this;
    if (!this.#queue || isVolatile) this.#sendEvent(data, ack, compress, timeoutMs);
    else this.#queue.add({ data, ack, compress, timeoutMs });
    return this;
  }

  #createQueue(retries: number): RetryQueue {
    return new RetryQueue(
      retries,
      () => this.#liveConnection !== undefined,
      ({ data, compress, timeoutMs }, ack) => this.#sendEvent(data, ack, compress, timeoutMs),
    );
  }

  #sendEvent(data: EventData, ack: Ack | undefined, compress: boolean, timeoutMs: number | undefined): void {
    const namespace = this.nsp;
    if (!ack) return this.#sendOrBuffer({ type: "event", namespace, data, compress });
    const id = this.#acks.add(ack, timeoutMs === undefined ? undefined : this.#expiry(timeoutMs));
    try {
      this.#sendOrBuffer({ type: "event", namespace, data, id, compress });
    } catch (error) {
      this.#acks.remove(id);
      throw error;
    }
  }

  #sendOrBuffer(event: BufferedEvent): void {
    const connection = this.#liveConnection;
    if (!connection) {
      this.sendBuffer.push(event);
      return;
    }
    this.tellOutgoing(event.data);
    this.#outbox.send(connection, event, event.compress);
  }

  /** Where events can go now, unless they would be lost there. */
  get #liveConnection(): Connection | undefined {
    const state = this.#state;
    return state.name === "connected" && !state.connection.dead ? state.connection : undefined;
  }

  #expiry(delayMs: number): Expiry {
    const onTimeout = (id: number): void => {
      // what nobody waits for any more is not sent late
      this.sendBuffer = this.sendBuffer.filter((event) => event.id !== id);
    };
    return { delayMs, onTimeout };
  }

  #join(connection: Connection): void {
    if (this.#state.name !== "waiting") return;
    const joining: State = { name: "joining", connection };
    this.#state = joining;
    let asked = false;
    const ask = (auth: object | undefined): void => {
      // the answer of `auth` may come late, or twice
      if (asked || this.#state !== joining) return;
      asked = true;
      const session = this.#pid && { pid: this.#pid, offset: this.#offset };
      const data = session || auth ? { ...session, ...auth } : undefined;
      this.#outbox.send(connection, { type: "connect", namespace: this.nsp, data }, true);
    };
    try {
      if (typeof this.auth === "function") this.auth(ask);
      else ask(this.auth);
    } catch (error) {
      throwLater(error);
    }
  }

  #onSignal(signal: Signal): void {
    if (this.#state.name === "idle") return;
    switch (signal.type) {
      case "event":
        return this.#onEvent(signal.data, signal.id);
      case "ack":
        return this.#acks.settle(signal.id, signal.data);
      case "connect":
        return this.#onConnect(signal.data);
      case "connect_error":
        return this.#onRefusal(signal.data);
      case "disconnect":
        this.#leave();
        return this.#reportDisconnection("io server disconnect");
      case "open":
        return this.#join(signal.connection);
      case "error":
        if (this.#state.name !== "connected") this.#fire("connect_error", [signal.error]);
        return;
      case "close":
        this.#state = WAITING;
        this.#reportDisconnection(signal.reason, signal.details);
    }
  }

  #onEvent(data: EventData, id: number | undefined): void {
    const args = id === undefined ? data : [...data, this.#answer(id)];
    if (this.#state.name === "connected") this.#deliver(args);
    else this.receiveBuffer.push(args);
  }

  #deliver(data: readonly unknown[]): void {
    const offset = this.#pid && data.length > 1 && data.at(-1);
    let event = data;
    if (typeof offset === "string") {
      this.#offset = offset;
      // servers that mark their tokens so end every event that ends in a string in an offset, which listeners need not see
      if (this.#pid?.[0] === "~") event = data.slice(0, -1);
    }
    this.tellIncoming(event);
    this.#fire(String(event[0]), event.slice(1));
  }

  /** Makes the function with which a listener acknowledges an event, over the connection it came from. */
  #answer(id: number): (...data: unknown[]) => void {
    let connection = "connection" in this.#state ? this.#state.connection : undefined;
    return (...data) => {
      if (!connection || !this.connected) return;
      const answering = connection;
      // no second answer
      connection = undefined;
      this.#outbox.send(answering, { type: "ack", namespace: this.nsp, id, data }, true);
    };
  }

  #onConnect(data: ConnectData): void {
    if (this.#state.name !== "joining") return;
    const { sid, pid } = data ?? {};
    if (typeof sid !== "string" || sid === "") {
      this.#fire("connect_error", [codedError("SERVER_TOO_OLD", "the server is too old")]);
      return;
    }
    this.id = sid;
    this.recovered = typeof pid === "string" && pid === this.#pid;
    if (!this.recovered) this.#offset = undefined;
    this.#pid = typeof pid === "string" ? pid : undefined;
    this.#state = { name: "connected", connection: this.#state.connection };
    this.#deliverBuffered();
    this.#queue?.resume();
    if (this.connected) this.#fire("connect", []);
  }

  #deliverBuffered(): void {
    const received = this.receiveBuffer;
    this.receiveBuffer = [];
    for (const data of received) this.#deliver(data);
    const unsent = this.sendBuffer;
    this.sendBuffer = [];
    for (const event of unsent)
      try {
        this.#sendOrBuffer(event);
      } catch (error) {
        if (event.id !== undefined) this.#acks.fail(event.id, toError(error));
        throwLater(error);
      }
  }

  #onRefusal(data: Refusal): void {
    if (this.#state.name !== "joining") return;
    this.#leave();
    const { message, data: details } = typeof data === "string" ? { message: data, data: undefined } : data;
    this.#fire("connect_error", [Object.assign(new Error(message), { data: details })]);
  }

  #leave(): void {
    this.#state = IDLE;
    this.#link.closeIfUnused();
  }

  #reportDisconnection(reason: string, details?: unknown): void {
    this.id = undefined;
    this.#fire("disconnect", details === undefined ? [reason] : [reason, details]);
    const unsent = new Set(this.sendBuffer.map((event) => event.id));
    this.#acks.failAll((id) => unsent.has(id));
  }

  #fire(event: keyof SocketReservedEvents | (string & {}), args: readonly unknown[]): void {
    try {
      this.notify(event, args);
    } catch (error) {
      throwLater(error);
    }
  }
}

/** Types that belong to {@link Socket}. */
export declare namespace Socket {
  /** Why a socket was disconnected. Found by way of the event, because an alias of a type of the same name is lost in bundling. */
  export type DisconnectReason = Parameters<SocketReservedEvents["disconnect"]>[0];
}

function isEvent(data: unknown[]): data is [event: string | number, ...args: unknown[]] {
  return typeof data[0] === "string" || typeof data[0] === "number";
}

function isFunction(value: unknown): value is Ack["callback"] {
  return typeof value === "function";
}
