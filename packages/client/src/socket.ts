import type { DefaultEventsMap, EventData, EventsMap, SocketPacket, Untyped } from "@halyard/contracts";
import { codedError, throwLater, toError } from "@halyard/core";
import { PendingAcks, type Ack } from "./acks.ts";
import { EmittingSocket, type Modifiers } from "./emitting.ts";
import type { ConnectionEngine, Hub, Signal } from "./hub.ts";
import type { ManagerCore } from "./manager.ts";
import type { Auth, SocketOptions } from "./options.ts";
import { Outbox } from "./outbox.ts";
import { FIRST_UNQUEUED_ID, RetryQueue } from "./retry-queue.ts";
import type { SocketReservedEvents } from "./typed-events.ts";

/** Tells a socket something. Not a method, because it is not for users. */
export let signalSocket: (socket: AnySocket, signal: Signal) => void;

/** A socket, whatever its events. */
export type AnySocket = Socket<Untyped, Untyped>;

/** An event that waits for the connection. */
export interface BufferedEvent {
  readonly type: "event";
  readonly namespace: string;
  readonly data: EventData;
  readonly id?: number;
  readonly compress: boolean;
}

type State =
  | { readonly name: "idle"; readonly engine?: undefined }
  /** Waits for the connection. */
  | { readonly name: "waiting"; readonly engine?: undefined }
  /** Has asked, or is about to ask, the server to let it in. */
  | { readonly name: "joining"; readonly engine: ConnectionEngine }
  | { readonly name: "connected"; readonly engine: ConnectionEngine };

type ConnectData = Extract<SocketPacket, { type: "connect" }>["data"];
type Refusal = Extract<SocketPacket, { type: "connect_error" }>["data"];

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
> extends EmittingSocket<ListenEvents, EmitEvents> {
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
  receiveBuffer: EventData[] = [];
  /** Events to be sent once connected; set it to `[]` to drop them. */
  sendBuffer: BufferedEvent[] = [];

  #state: State = IDLE;
  readonly #hub: Hub<AnySocket>;
  readonly #acks: PendingAcks;
  readonly #queue: RetryQueue | undefined;
  readonly #outbox: Outbox;
  /** Recovery: names this session to the server. */
  #pid: string | undefined;
  /** Recovery: the place in the server's log of the last event received. */
  #offset: string | undefined;

  static {
    signalSocket = (socket, signal) => socket.#onSignal(signal);
  }

  /** Made by {@link ManagerCore.socket}. */
  constructor(
    manager: ManagerCore<ListenEvents, EmitEvents>,
    hub: Hub<AnySocket>,
    nsp: string,
    options: SocketOptions,
  ) {
    super(options.ackTimeout);
    this.io = manager;
    this.nsp = nsp;
    this.auth = options.auth;
    this.#hub = hub;
    this.#outbox = new Outbox(hub);
    const onTimeout = (id: number): void => {
      // what nobody waits for any more is not sent late
      this.sendBuffer = this.sendBuffer.filter((event) => event.id !== id);
    };
    this.#acks = new PendingAcks(this, hub, onTimeout, options.retries && FIRST_UNQUEUED_ID);
    if (options.retries) this.#queue = this.#createQueue(options);
  }

  get connected(): boolean {
    return this.#state.name === "connected";
  }

  get disconnected(): boolean {
    return !this.connected;
  }

  /** Whether it is connected or will be when its manager is: false after a refusal or a disconnection by either side. */
  get active(): boolean {
    return this.#state !== IDLE;
  }

  /** Joins the namespace, and opens the connection if need be. */
  connect(): this {
    if (!this.#state.engine) {
      this.#state = WAITING;
      this.#hub.join(this);
    }
    return this;
  }

  /** The same as {@link connect}. */
  open(): this {
    return this.connect();
  }

  /** Leaves the namespace, for good unless {@link connect} is called. Closes the connection if no other socket uses it. */
  disconnect(): this {
    const { name, engine } = this.#state;
    this.#state = IDLE;
    if (name !== "connected") this.#hub.leave();
    else {
      this.#outbox.afterwards(() => {
        this.#hub.send(engine, { type: "disconnect", namespace: this.nsp }, true);
        this.#hub.leave();
      });
      this.#reportDisconnection("io client disconnect");
    }
    return this;
  }

  /** The same as {@link disconnect}. */
  close(): this {
    return this.disconnect();
  }

  protected dispatch(data: EventData, ack: Ack | undefined, modifiers: Modifiers): void {
    if (modifiers.volatile && !this.#live?.writable) return;
    const { compress, timeout } = modifiers;
    if (!this.#queue || modifiers.volatile) this.#sendEvent(data, ack, compress, timeout);
    else this.#queue.add({ data, ack, compress, timeoutMs: timeout });
  }

  #createQueue(options: SocketOptions): RetryQueue {
    return new RetryQueue(
      options,
      () => this.#live !== undefined,
      ({ data, compress, timeoutMs, id }, ack) => this.#sendEvent(data, ack, compress, timeoutMs, id),
    );
  }

  #sendEvent(
    data: EventData,
    ack: Ack | undefined,
    compress: boolean,
    timeoutMs: number | undefined,
    givenId?: number,
  ): void {
    const id = ack && this.#acks.add(ack, timeoutMs, givenId);
    try {
      this.#sendOrBuffer({ type: "event", namespace: this.nsp, data, id, compress });
    } catch (error) {
      this.#acks.remove(id);
      throw error;
    }
  }

  #sendOrBuffer(event: BufferedEvent): void {
    const engine = this.#live;
    if (engine) {
      this.tellOutgoing(event.data);
      this.#outbox.send(engine, event, event.compress);
    } else this.sendBuffer.push(event);
  }

  /** Where events can go now, unless they would be lost there. */
  get #live(): ConnectionEngine | undefined {
    const { name, engine } = this.#state;
    return name === "connected" && engine.readyState === "open" && !engine.hasPingExpired() ? engine : undefined;
  }

  #join(engine: ConnectionEngine): void {
    if (this.#state !== WAITING) return;
    const joining: State = { name: "joining", engine };
    this.#state = joining;
    let asked = false;
    const ask = (auth: object | undefined): void => {
      // the answer of `auth` may come late, or twice
      if (asked || this.#state !== joining) return;
      asked = true;
      const session = this.#pid && { pid: this.#pid, offset: this.#offset };
      const queue = this.#queue?.key && { "~": this.#queue.key };
      const data = session || queue || auth ? { ...session, ...queue, ...auth } : undefined;
      this.#outbox.send(engine, { type: "connect", namespace: this.nsp, data }, true);
    };
    try {
      if (typeof this.auth === "function") this.auth(ask);
      else ask(this.auth);
    } catch (error) {
      throwLater(error);
    }
  }

  #onSignal(signal: Signal): void {
    const { name } = this.#state;
    if (name === "idle") return;
    switch (signal.type) {
      case "event":
        return this.#onEvent(signal.data, signal.id);
      case "ack":
        return this.#acks.settle(signal.id, null, signal.data);
      case "connect":
        return this.#onConnect(signal.data);
      case "connect_error":
        return this.#onRefusal(signal.data);
      case "disconnect":
        this.#leave();
        return this.#reportDisconnection("io server disconnect");
      case "open":
        return this.#join(signal.engine);
      case "error":
        if (name !== "connected") this.fire("connect_error", signal.error);
        return;
      case "close":
        this.#state = WAITING;
        this.#reportDisconnection(signal.reason, signal.details);
    }
  }

  #onEvent(data: EventData, id: number | undefined): void {
    const args: EventData = id === undefined ? data : [...data, this.#answer(id)];
    if (this.connected) this.#deliver(args);
    else this.receiveBuffer.push(args);
  }

  #deliver(data: EventData): void {
    const event: [...EventData] = [...data];
    const offset = this.#pid && data.length > 1 && data.at(-1);
    if (typeof offset === "string") {
      this.#offset = offset;
      // servers that mark their tokens so end every event that ends in a string in an offset, which listeners need not see
      if (this.#pid?.[0] === "~") event.pop();
    }
    this.tellIncoming(event);
    this.fire(...event);
  }

  /** Makes the function with which a listener acknowledges an event, over the connection it came from. */
  #answer(id: number): (...data: unknown[]) => void {
    let { engine } = this.#state;
    return (...data) => {
      if (!engine || !this.connected) return;
      this.#outbox.send(engine, { type: "ack", namespace: this.nsp, id, data }, true);
      // no second answer
      engine = undefined;
    };
  }

  #onConnect(data: ConnectData): void {
    if (this.#state.name !== "joining") return;
    const { sid, pid } = data ?? {};
    if (typeof sid !== "string" || sid === "") {
      this.fire("connect_error", codedError("SERVER_TOO_OLD", "the server is too old"));
      return;
    }
    this.id = sid;
    this.recovered = typeof pid === "string" && pid === this.#pid;
    if (!this.recovered) this.#offset = undefined;
    this.#pid = typeof pid === "string" ? pid : undefined;
    this.#state = { name: "connected", engine: this.#state.engine };
    this.#deliverBuffered();
    this.#queue?.open(data?.["~"]);
    if (this.connected) this.fire("connect");
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
        this.#acks.settle(event.id, toError(error));
        throwLater(error);
      }
  }

  #onRefusal(data: Refusal): void {
    if (this.#state.name !== "joining") return;
    this.#leave();
    const refusal = typeof data === "string" ? { message: data } : data;
    this.fire("connect_error", Object.assign(new Error(refusal.message), { data: refusal.data }));
  }

  #leave(): void {
    this.#state = IDLE;
    this.#hub.leave();
  }

  #reportDisconnection(...because: [reason: string, details?: unknown]): void {
    this.id = undefined;
    this.fire("disconnect", ...because);
    const unsent = new Set(this.sendBuffer.map((event) => event.id));
    this.#acks.failAll((id) => unsent.has(id));
  }
}

/** Types that belong to {@link Socket}. */
export declare namespace Socket {
  /** Why a socket was disconnected. Found by way of the event, because an alias of a type of the same name is lost in bundling. */
  export type DisconnectReason = Parameters<SocketReservedEvents["disconnect"]>[0];
}
