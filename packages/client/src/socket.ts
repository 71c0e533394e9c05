import type { DefaultEventsMap, EventData, EventsMap, SocketPacket, Timer, Untyped } from "@halyard/contracts";
import { codedError, throwLater, toError, type CodedError } from "@halyard/core";
import { PendingAcks, type Ack } from "./acks.ts";
import { Admission } from "./admission.ts";
import { readBlobs } from "./blobs.ts";
import type { BufferedEvent } from "./buffered-event.ts";
import { EmittingSocket, type Modifiers } from "./emitting.ts";
import type { ConnectionEngine } from "./hub.ts";
import type { ManagerCore } from "./manager.ts";
import { MAX_BUFFERED_EVENTS, type Auth, type SocketOptions } from "./options.ts";
import { endOf, watchEnd } from "./lifespan.ts";
import { RetryQueue } from "./retry-queue.ts";
import type { SocketReservedEvents } from "./typed-events.ts";

/** A socket, whatever its events. */
export type AnySocket = Socket<Untyped, Untyped>;

type ConnectData = Extract<SocketPacket, { type: "connect" }>["data"];
type Refusal = Extract<SocketPacket, { type: "connect_error" }>["data"];

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
  /** Whether the socket has joined its namespace, so that events go out at once. */
  connected = false;
  /** Whether it is connected or will be when its manager is: false after a refusal or a disconnection by either side. */
  active = false;
  /** Whether the server restored the state of the last connection and sends what was missed. */
  recovered = false;
  /** May be changed before a reconnection. */
  auth: Auth | undefined;
  /** Events that arrived before the server's leave to join. */
  receiveBuffer: EventData[] = [];
  /** Events to be sent once connected; set it to `[]` to drop them. */
  sendBuffer: BufferedEvent[] = [];

  /** From when it has asked, or is about to ask, the server to let it in. */
  #engine: ConnectionEngine | undefined;
  /** Counts the questions for credentials, and their answers. */
  #turn = 0;
  /** Unset unless something waits for blobs to be read. */
  #tail: Promise<unknown> | undefined;
  readonly #acks: PendingAcks;
  readonly #admission = new Admission();
  readonly #options: SocketOptions;
  readonly #queue: RetryQueue | undefined;
  /** Comes back by itself, because the server has said when. */
  #recall: Timer | undefined;

  /** @internal Made by {@link ManagerCore.socket}. */
  constructor(manager: ManagerCore<ListenEvents, EmitEvents>, nsp: string, options: SocketOptions) {
    super(options.ackTimeout);
    this.io = manager;
    this.nsp = nsp;
    this.auth = options.auth;
    this.#options = options;
    this.#acks = new PendingAcks(this, options);
    if (!options.retries) return;
    this.#queue = new RetryQueue(
      options,
      () => !!this.#live,
      (event, ack) => this.#send(event, ack),
    );
    this.#admission.extra = this.#queue.key && { "~": this.#queue.key };
  }

  /** The contrary of {@link connected}. */
  get disconnected(): boolean {
    return !this.connected;
  }

  /** Joins the namespace, and opens the connection if need be. */
  connect(): this {
    this.#stay();
    this.active = true;
    if (!this.#engine) this.io.join(this);
    return this;
  }

  /** The same as {@link connect}. */
  open(): this {
    return this.connect();
  }

  /** Leaves the namespace, for good unless {@link connect} is called. Closes the connection if no other socket uses it. */
  disconnect(): this {
    const engine = this.#engine;
    const wasConnected = this.connected;
    this.#stay();
    this.#part(false);
    if (engine && wasConnected) {
      const leave = (): void => {
        this.io.sendPacket(engine, { type: "disconnect", namespace: this.nsp }, true);
        this.io.leave();
      };
      if (this.#tail) this.#wait(undefined, leave);
      else leave();
      this.#reportDisconnection("io client disconnect");
    } else this.io.leave();
    return this;
  }

  /** The same as {@link disconnect}. */
  close(): this {
    return this.disconnect();
  }

  /** @internal The connection is open: time to join the namespace. */
  onOpen(engine: ConnectionEngine): void {
    if (!this.active || this.#engine) return;
    this.#engine = engine;
    // the answer of `auth` may come late, or twice
    const turn = ++this.#turn;
    const isCurrent = (): boolean => turn === this.#turn && engine === this.#engine;
    this.#admission.ask(
      this.auth,
      (data) => {
        if (!isCurrent()) return;
        this.#turn++;
        this.#transmit(engine, { type: "connect", namespace: this.nsp, data });
      },
      (error) => {
        if (isCurrent()) this.#refuse(codedError("AUTH_FAILED", undefined, error));
      },
    );
  }

  /** @internal The connection could not be opened, or failed. */
  onFailure(error: Error): void {
    if (this.active && !this.connected) this.fire("connect_error", error);
  }

  /** @internal The connection was open and is gone. */
  onClose(reason: string, details: unknown): void {
    if (!this.active) return;
    this.#part(true);
    this.#reportDisconnection(reason, details);
  }

  /** @internal A packet of its namespace; the server may have said when to come back from a disconnection. */
  onPacket(packet: SocketPacket, retryAfterMs?: unknown): void {
    if (!this.active) return;
    switch (packet.type) {
      case "event":
        return this.#onEvent(packet.data, packet.id);
      case "ack":
        return void this.#acks.settle(packet.id, null, packet.data);
      case "connect":
        return this.#onConnect(packet.data);
      case "connect_error":
        return this.#onRefusal(packet.data);
      case "disconnect":
        this.#leave(retryAfterMs);
        this.#reportDisconnection("io server disconnect");
    }
  }

  /** @internal */
  protected dispatch(data: EventData, ack: Ack | undefined, modifiers: Modifiers): void {
    const { compress, signal, timeout: timeoutMs, ttl, volatile: isVolatile } = modifiers;
    const dropped = isVolatile && !this.io.engine?.writable;
    if (dropped && !ack?.withError) return;
    const expiresMs = ttl === undefined ? Infinity : this.io.now() + ttl;
    const event = { type: "event", namespace: this.nsp, data, compress, timeoutMs, expiresMs, signal } as const;
    if (this.#queue && !isVolatile) this.#queue.add(event, ack);
    else this.#send(event, ack, dropped);
  }

  /** What is dropped has an acknowledgement that nobody will send: it ends when its time is over. */
  #send(event: BufferedEvent, ack: Ack | undefined, dropped = false): void {
    if (ack) {
      event.id ??= this.#acks.nextId();
      this.#acks.add(
        event.id,
        ack,
        watchEnd(event, this.io, (error) => this.#giveUp(event, error)),
      );
    }
    try {
      this.#sendOrKeep(event, dropped);
    } catch (error) {
      this.#acks.remove(event.id);
      throw error;
    }
  }

  #sendOrKeep(event: BufferedEvent, dropped = false): void {
    const end = endOf(event, this.io);
    if (end) this.#acks.settle(event.id, end);
    if (end || dropped) return;
    const engine = this.#live;
    if (!engine) return this.#keep(event);
    this.tellOutgoing(event.data);
    this.#transmit(engine, event, event.compress);
  }

  #keep(event: BufferedEvent): void {
    const { maxBufferedEvents = MAX_BUFFERED_EVENTS, maxBufferedBytes = 10_000_000 } = this.#options;
    const { sendBuffer } = this;
    const last = sendBuffer.at(-1);
    event.bytes = this.io.bytesOf(event);
    event.count = sendBuffer.length + 1;
    // counted anew only when something was taken out, by the application or because its time was over
    event.totalBytes =
      event.bytes +
      (last?.count === sendBuffer.length && last.totalBytes !== undefined
        ? last.totalBytes
        : sendBuffer.reduce((sum, kept) => sum + (kept.bytes ?? 0), 0));
    if (event.count > maxBufferedEvents || event.totalBytes > maxBufferedBytes) throw codedError("BUFFER_FULL");
    sendBuffer.push(event);
  }

  #giveUp(event: BufferedEvent, error: CodedError): void {
    const kept = this.sendBuffer.filter((other) => other !== event);
    // what was sent in time may still be answered
    if (error.code === "EVENT_EXPIRED" && kept.length === this.sendBuffer.length) return;
    this.sendBuffer = kept;
    this.#acks.settle(event.id, error);
  }

  #onUnsent(error: unknown, id: number | undefined): void {
    if (!this.#acks.settle(id, toError(error))) throwLater(error);
  }

  /** Packets leave at once and in order; one that holds blobs waits until they have been read, and the next ones behind it. */
  #transmit(
    engine: ConnectionEngine,
    packet: SocketPacket & { readonly id?: number | undefined },
    compress = true,
  ): void {
    const reads: Promise<void>[] = [];
    const data = "data" in packet && readBlobs(packet.data, reads);
    if (!this.#tail && reads.length === 0) return this.io.sendPacket(engine, packet, compress);
    const send = (): void => this.io.sendPacket(engine, data ? Object.assign({}, packet, { data }) : packet, compress);
    this.#wait(Promise.all(reads), send, packet.type === "event" ? packet.id : undefined);
  }

  #wait(read: unknown, step: () => void, id?: number): void {
    const tail = Promise.allSettled([this.#tail, read])
      .then(() => read)
      .then(step)
      .catch((error: unknown) => this.#onUnsent(error, id))
      .then(() => {
        if (this.#tail === tail) this.#tail = undefined;
      });
    this.#tail = tail;
  }

  /** Where events can go now, unless they would be lost there. */
  get #live(): ConnectionEngine | undefined {
    const engine = this.#engine;
    return this.connected && engine?.readyState === "open" && !engine.hasPingExpired() ? engine : undefined;
  }

  #onEvent(data: EventData, id: number | undefined): void {
    const args: EventData = id === undefined ? data : [...data, this.#answer(id)];
    if (this.connected) this.#deliver(args);
    else if (this.receiveBuffer.length < (this.#options.maxBufferedEvents ?? MAX_BUFFERED_EVENTS))
      this.receiveBuffer.push(args);
  }

  #deliver(data: EventData): void {
    const event = this.#admission.note(data);
    this.tellIncoming(event);
    this.fire(...event);
  }

  /** Makes the function with which a listener acknowledges an event, over the connection it came from. */
  #answer(id: number): (...data: unknown[]) => void {
    let engine = this.#engine;
    return (...data) => {
      if (!engine || !this.connected) return;
      this.#transmit(engine, { type: "ack", namespace: this.nsp, id, data });
      // no second answer
      engine = undefined;
    };
  }

  #onConnect(data: ConnectData): void {
    if (!this.#engine || this.connected) return;
    const { sid, pid } = data ?? {};
    if (typeof sid !== "string" || sid === "") return this.#refuse(codedError("SERVER_TOO_OLD"));
    this.id = sid;
    this.recovered = this.#admission.accept(pid);
    this.connected = true;
    this.#deliverBuffered();
    this.#queue?.open(data?.["~"]);
    if (this.connected) this.fire("connect");
  }

  #deliverBuffered(): void {
    const { receiveBuffer, sendBuffer } = this;
    this.receiveBuffer = [];
    for (const data of receiveBuffer) this.#deliver(data);
    this.sendBuffer = [];
    for (const event of sendBuffer)
      try {
        this.#sendOrKeep(event);
      } catch (error) {
        this.#onUnsent(error, event.id);
      }
  }

  #onRefusal(data: Refusal): void {
    if (!this.#engine || this.connected) return;
    const refusal = typeof data === "string" ? { message: data } : data;
    this.#refuse(Object.assign(new Error(refusal.message), { data: refusal.data }), refusal.retryAfterMs);
  }

  #refuse(error: Error, retryAfterMs?: number): void {
    this.#admission.reason = error.message;
    this.#leave(retryAfterMs);
    this.fire("connect_error", Object.assign(error, { willRetry: !!this.#recall }));
  }

  #leave(retryAfterMs: unknown): void {
    this.#part(false);
    this.io.leave();
    this.#recall = this.io.recall(() => this.connect(), retryAfterMs);
  }

  #part(active: boolean): void {
    this.active = active;
    this.connected = false;
    this.#engine = undefined;
  }

  /** Whoever decides here and now is not overruled later. */
  #stay(): void {
    this.#recall?.cancel();
    this.#recall = undefined;
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
