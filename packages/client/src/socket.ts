import type { DefaultEventsMap, EventData, EventsMap, SocketPacket, Timer, Untyped } from "@halyard/contracts";
import { codedError, throwLater, toError, type CodedError } from "@halyard/core";
import { PendingAcks, type Ack } from "./acks.ts";
import { Admission } from "./admission.ts";
import { callSafely } from "./call-safely.ts";
import { EmittingSocket, type Modifiers } from "./emitting.ts";
import type { ConnectionEngine, Hub, Signal } from "./hub.ts";
import type { ManagerCore } from "./manager.ts";
import type { Auth, SocketOptions } from "./options.ts";
import { endOf, watchEnd } from "./lifespan.ts";
import { Outbox } from "./outbox.ts";
import { FIRST_UNQUEUED_ID, RetryQueue, type RetriedEvent } from "./retry-queue.ts";
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
  readonly expiresMs: number;
  readonly signal: AbortSignal | undefined;
  /** While it is kept. */
  readonly bytes?: number;
  /** How many were kept when it was, itself included, and how many bytes they had. */
  readonly count?: number;
  readonly totalBytes?: number;
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

/** Of what is kept, by default. */
const MAX_COUNT = 10_000;
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
  readonly #admission = new Admission();
  readonly #options: SocketOptions;
  readonly #outbox: Outbox;
  readonly #queue: RetryQueue | undefined;
  /** Comes back by itself, because the server has said when. */
  #recall: Timer | undefined;

  static {
    signalSocket = (socket, signal) => socket.#onSignal(signal);
  }

  /** @internal Made by {@link ManagerCore.socket}. */
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
    this.#options = options;
    this.#outbox = new Outbox(hub, (error, id) => this.#onUnsent(error, id));
    this.#acks = new PendingAcks(this, options.maxPendingAcks ?? 10_000, options.retries ? FIRST_UNQUEUED_ID : 0);
    if (!options.retries) return;
    this.#queue = this.#createQueue(options);
    this.#admission.extra = this.#queue.key ? { "~": this.#queue.key } : undefined;
  }

  /** Whether the socket has joined its namespace, so that events go out at once. */
  get connected(): boolean {
    return this.#state.name === "connected";
  }

  /** The contrary of {@link connected}. */
  get disconnected(): boolean {
    return !this.connected;
  }

  /** Whether it is connected or will be when its manager is: false after a refusal or a disconnection by either side. */
  get active(): boolean {
    return this.#state !== IDLE;
  }

  /** Joins the namespace, and opens the connection if need be. */
  connect(): this {
    this.#stay();
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
    this.#stay();
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

  /** Whoever decides here and now is not overruled later. */
  #stay(): void {
    this.#recall?.cancel();
    this.#recall = undefined;
  }

  /** The same as {@link disconnect}. */
  close(): this {
    return this.disconnect();
  }

  /** @internal */
  protected dispatch(data: EventData, ack: Ack | undefined, modifiers: Modifiers): void {
    const { compress, signal, timeout: timeoutMs, ttl } = modifiers;
    const dropped = modifiers.volatile && !this.#live?.writable;
    if (dropped && !ack?.withError) return;
    const expiresMs = ttl === undefined ? Infinity : this.#hub.now() + ttl;
    const event = { data, ack, compress, timeoutMs, expiresMs, signal };
    if (!this.#queue || modifiers.volatile) this.#sendEvent(event, ack, dropped);
    else this.#queue.add(event);
  }

  #createQueue(options: SocketOptions): RetryQueue {
    return new RetryQueue(
      options,
      () => this.#live !== undefined,
      (event, ack) => this.#sendEvent(event, ack),
    );
  }

  /** What is dropped has an acknowledgement that nobody will send: it ends when its time is over. */
  #sendEvent(sending: RetriedEvent, ack: Ack | undefined, dropped = false): void {
    const { data, compress, expiresMs, signal } = sending;
    const end = endOf(sending, this.#hub);
    if (end) {
      if (ack?.withError) callSafely(ack.callback, this, [end]);
      return;
    }
    const id = ack && (sending.id ?? this.#acks.nextId());
    const event: BufferedEvent = { type: "event", namespace: this.nsp, data, id, compress, expiresMs, signal };
    if (ack)
      this.#acks.add(
        id,
        ack,
        watchEnd(sending, this.#hub, (error) => this.#giveUp(event, error)),
      );
    try {
      if (!dropped) this.#sendOrKeep(event);
    } catch (error) {
      this.#acks.remove(id);
      throw error;
    }
  }

  #sendOrKeep(event: BufferedEvent): void {
    const engine = this.#live;
    if (!engine) return this.#keep(event);
    this.tellOutgoing(event.data);
    this.#outbox.send(engine, event, event.compress);
  }

  #keep(event: BufferedEvent): void {
    const { maxBufferedEvents = MAX_COUNT, maxBufferedBytes = 10_000_000 } = this.#options;
    const bytes = this.#hub.bytesOf(event);
    const last = this.sendBuffer.at(-1);
    const count = this.sendBuffer.length + 1;
    // counted anew only when something was taken out, by the application or because its time was over
    const keptBytes =
      last && last.count === count - 1 && last.totalBytes !== undefined
        ? last.totalBytes
        : this.sendBuffer.reduce((sum, kept) => sum + (kept.bytes ?? 0), 0);
    const totalBytes = keptBytes + bytes;
    if (count > maxBufferedEvents || totalBytes > maxBufferedBytes) throw codedError("BUFFER_FULL", "buffer full");
    this.sendBuffer.push({ ...event, bytes, count, totalBytes });
  }

  #giveUp({ id }: BufferedEvent, error: CodedError): void {
    const kept = this.sendBuffer.filter((event) => event.id !== id);
    // what was sent in time may still be answered
    if (error.code === "EVENT_EXPIRED" && kept.length === this.sendBuffer.length) return;
    this.sendBuffer = kept;
    this.#acks.settle(id, error);
  }

  #onUnsent(error: unknown, id: number | undefined): void {
    this.#acks.settle(id, toError(error));
    throwLater(error);
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
    this.#admission.ask(
      this.auth,
      (data) => {
        // the answer of `auth` may come late, or twice
        if (asked || this.#state !== joining) return;
        asked = true;
        this.#outbox.send(engine, { type: "connect", namespace: this.nsp, data }, true);
      },
      (error) => {
        if (this.#state === joining) this.#refuse(codedError("AUTH_FAILED", "auth failed", error));
      },
    );
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
      case "dismissed":
        this.#leave(signal.retryAfterMs);
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
    else if (this.receiveBuffer.length < (this.#options.maxBufferedEvents ?? MAX_COUNT)) this.receiveBuffer.push(args);
  }

  #deliver(data: EventData): void {
    const event = this.#admission.note(data);
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
    if (typeof sid !== "string" || sid === "")
      return this.#refuse(codedError("SERVER_TOO_OLD", "the server is too old"));
    this.id = sid;
    this.recovered = this.#admission.accept(pid);
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
        const end = endOf(event, this.#hub);
        if (end) this.#acks.settle(event.id, end);
        else this.#sendOrKeep(event);
      } catch (error) {
        this.#onUnsent(error, event.id);
      }
  }

  #onRefusal(data: Refusal): void {
    if (this.#state.name !== "joining") return;
    const refusal = typeof data === "string" ? { message: data } : data;
    this.#refuse(Object.assign(new Error(refusal.message), { data: refusal.data }), refusal.retryAfterMs);
  }

  #refuse(error: Error, retryAfterMs?: number): void {
    this.#admission.reason = error.message;
    this.#leave(retryAfterMs);
    this.fire("connect_error", Object.assign(error, { willRetry: !!this.#recall }));
  }

  #leave(retryAfterMs: number | undefined): void {
    this.#state = IDLE;
    this.#hub.leave();
    this.#recall = this.#hub.recall(() => this.connect(), retryAfterMs);
  }

  #reportDisconnection(...because: [reason: string, details?: unknown]): void {
    this.id = undefined;
    [this.#admission.reason] = because;
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
