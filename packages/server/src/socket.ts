import type { DecorateAcknowledgements, DefaultEventsMap, EventsMap, Untyped } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import type { PendingAck } from "./acks/pending-acks.ts";
import { outgoingCatchAll } from "./catch-all-emitter.ts";
import type { EmitFlags } from "./client-emitter.ts";
import { RETRY_KEY } from "./delivery/retry-records.ts";
import { retryAfterMsOf, type RetryHint } from "./delivery/retry-hint.ts";
import {
  publishConnect,
  publishDisconnect,
  publishIgnore,
  publishRecovery,
  publishRecoveryFailure,
} from "./diagnostics.ts";
import type { Client, EngineConnection } from "./engine-connection.ts";
import type { SocketLink } from "./entrance.ts";
import { EventReceiver } from "./event-receiver.ts";
import type { AdapterView, AnyNamespace, Namespace } from "./namespace.ts";
import type { RecoveryFailure } from "./recovery/recovery-failure.ts";
import type { Session } from "./recovery/session.ts";
import { roomList } from "./rooms/room-list.ts";
import type { Server } from "./server.ts";
import type { Delivery, InboundPacket, SocketControl } from "./socket-control.ts";
import type { SocketHome } from "./socket-home.ts";
import { createSocketId, legacySocketId } from "./socket-id.ts";
import type { DisconnectReason, SocketReservedEventsMap } from "./socket-events.ts";

/** A socket whose event maps do not matter: the library's own code works for all of them. */
export type AnySocket = Socket<Untyped, Untyped, Untyped, Untyped>;

/** A socket that leaves is in its rooms until its listeners have heard; one that is dismissed has been told and hears no more. */
type State = "connecting" | "connected" | "leaving" | "dismissed" | "closed";

/** What the rest of the server may do to a socket. */
export let socketControl: SocketControl<AnySocket>;

/**
 * One client in one namespace. It emits events to that client, and is an emitter of the events that the client sends.
 *
 * @example
 * io.on("connection", (socket) => {
 *   socket.join("lobby");
 *   socket.on("chat", (text, reply) => {
 *     socket.to("lobby").emit("chat", socket.id, text);
 *     reply?.("sent");
 *   });
 *   socket.on("disconnect", (reason) => console.log(`${socket.id} left: ${reason}`));
 * });
 */
export class Socket<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Untyped,
> extends EventReceiver<ListenEvents, EmitEvents, SocketReservedEventsMap, SocketData> {
  override readonly id: string;
  /** Whether the state of a former connection was restored: id, rooms, data, and what the client has missed. */
  readonly recovered: boolean;
  readonly #home: SocketHome<AnySocket, AnyNamespace>;
  readonly #connection: SocketLink<AnySocket>;
  readonly #session: Session | undefined;
  #state: State = "connecting";

  /** @internal Sockets are made by the server. */
  constructor(
    home: SocketHome<AnySocket, AnyNamespace>,
    connection: SocketLink<AnySocket>,
    auth: Record<string, unknown> | undefined,
    session: Session | undefined,
  ) {
    const { protocol, id } = connection.conn;
    super(auth, session?.data, protocol === 3 ? undefined : home.host.retryRecords?.claim(home.name, auth));
    this.#home = home;
    this.#connection = connection;
    this.#session = session;
    this.recovered = session?.state === "resuming";
    this.id = protocol === 3 ? legacySocketId(home.name, id) : (session?.sid ?? createSocketId());
  }

  /** The namespace that the socket belongs to. */
  get nsp(): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    return this.#home.namespace;
  }

  /** The server that the socket belongs to. */
  get server(): Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    return this.nsp.server;
  }

  /** The rooms of the socket's namespace: `socket.adapter.rooms`. */
  get adapter(): AdapterView {
    return this.#home.adapterView;
  }

  /** The client's connection, shared with its sockets in other namespaces. */
  get client(): Client {
    return this.#connection;
  }

  /** The engine's session below. */
  override get conn(): EngineConnection {
    return this.#connection.conn;
  }

  /**
   * Bytes that wait to be sent to the client, shared with its sockets in other namespaces. When it was read and was above 0,
   * `drain` is emitted on this socket once nothing waits any more.
   */
  get bufferedBytes(): number {
    return this.#connection.bufferedBytesFor(this);
  }

  /** Whether events still reach the client. */
  get connected(): boolean {
    return this.#state !== "connecting" && this.#state !== "closed";
  }

  /** The contrary of {@link connected}. */
  get disconnected(): boolean {
    return !this.connected;
  }

  /** Why the client did not get its former state back that it asked for; undefined if it did not ask, or got it. */
  get recoveryFailure(): RecoveryFailure | undefined {
    return this.#session?.failure;
  }

  /** The rooms that the socket is in, its own included. Not to be changed directly: see {@link join} and {@link leave}. */
  get rooms(): Set<string> {
    return this.#state === "closed" ? new Set() : this.#home.rooms.roomsOf(this);
  }

  /** Gives the next acknowledgement so many milliseconds. */
  timeout(timeout: number): Socket<ListenEvents, DecorateAcknowledgements<EmitEvents>, ServerSideEvents, SocketData> {
    this.nextFlags.timeout = timeout;
    return awaitingErrors(this);
  }

  /** Joins a room, or several; without effect once disconnected. */
  join(rooms: string | string[]): void {
    if (this.#state === "closed") return;
    for (const room of roomList(rooms)) this.#home.rooms.join(this, room);
  }

  /** Leaves a room; without effect once disconnected. */
  leave(room: string): void {
    if (this.#state !== "closed") this.#home.rooms.leave(this, room);
  }

  /**
   * Takes the client out of this namespace; with `close`, out of all, and ends the connection. Clients stay away then, unless
   * a hint tells them to come back; stock clients know no hints.
   * @throws `INVALID_OPTION`
   *
   * @example
   * socket.disconnect(false, { retryAfterMs: 60_000 });
   */
  disconnect(close = false, hint: RetryHint = {}): this {
    const retryAfterMs = retryAfterMsOf(hint);
    if (!this.connected) return this;
    if (close) this.#connection.disconnectAll(hint);
    else if (this.#state !== "dismissed") this.#dismiss(retryAfterMs);
    return this;
  }

  static {
    socketControl = {
      open: (socket) => socket.#open(),
      isConnecting: (socket) => socket.#state === "connecting",
      receive: (socket, packet) => socket.#receive(packet),
      deliver: (socket, delivery) => socket.#deliver(delivery),
      expectAck: (socket, id, ack) => socket.#expectAck(id, ack),
      isBusy: (socket) => socket.owesAcks || socket.awaitsAcks,
      linkOf: (socket) => socket.#connection,
      drained: (socket) => socket.#state === "connected" && socket.tellListeners("drain"),
      forgetAck: (socket, id) => socket.forgetAck(id),
      fault: (socket, error) => socket.tellFault(error),
      close: (socket, reason, cause) => socket.#close(reason, cause),
    };
  }

  #open(): void {
    if (this.#session !== undefined) return this.#resume(this.#session);
    this.#state = "connected";
    this.#home.rooms.enter(this);
    this.#welcome({ sid: this.id });
    publishConnect(this);
  }

  /** What the client has missed follows the packet that lets it in, so that it notes each as received on its own. */
  #resume(session: Session): void {
    const { rooms, recovery } = this.#home;
    if (!this.recovered) this.#state = "connected";
    rooms.enter(this);
    const missed = recovery?.open(session, this, rooms);
    if (missed === undefined)
      return this.#connection.abandon("transport close", codedError("HISTORY_LOST", "too much was sent meanwhile"));
    this.#state = "connected";
    this.#welcome({ sid: this.id, pid: session.pid });
    for (const message of missed) this.conn.transmit(message, true);
    publishConnect(this);
    if (this.recovered) publishRecovery(this, missed.length);
    else if (session.failure !== undefined) publishRecoveryFailure(this, session.failure);
  }

  #welcome(data: Readonly<Record<string, unknown>>): void {
    const { name: namespace } = this.#home;
    const isLegacy = this.conn.protocol === 3;
    const record = this.retryRecord;
    const answer = record === undefined ? data : { ...data, [RETRY_KEY]: record.window };
    this.#connection.send({ type: "connect", namespace, ...(!isLegacy && { data: answer }) }, false, true);
    record?.attach(this.#connection);
  }

  #receive(packet: InboundPacket): boolean {
    if (packet.type === "event") {
      if (this.#state === "connecting") return false;
      this.receiveEvent(packet);
    } else if (packet.type === "disconnect") this.#close("client namespace disconnect", undefined);
    else if (!this.settleAck(packet.id, packet.data)) {
      this.#home.host.counters.ignoredAcks++;
      publishIgnore(this.#connection.id, this.#home.name, "unknown ack");
    }
    return true;
  }

  /** @internal */
  protected override transmit(data: Untyped, id: number | undefined, flags: EmitFlags | undefined): void {
    const session = id === undefined ? this.#session : undefined;
    if (this.isMute && (session === undefined || this.#state === "dismissed")) return;
    outgoingCatchAll(this)?.notify(this, data, (thrown) => this.report(thrown, data[0]));
    const { name: namespace, recovery } = this.#home;
    if (session !== undefined)
      return recovery?.events.emit(session, flags?.volatile === true, flags?.compress !== false, data);
    this.#connection.send(
      id === undefined ? { type: "event", namespace, data } : { type: "event", namespace, data, id },
      flags?.volatile === true,
      flags?.compress !== false,
    );
  }

  #deliver({ message, data, volatile, compress, position, origin }: Delivery): boolean {
    if (this.isMute || this.#state === "connecting") return false;
    if (position > 0 && this.#session?.takes(position, origin) === false) return false;
    outgoingCatchAll(this)?.notify(this, data, (thrown) => this.report(thrown, undefined));
    if (this.#connection.sendPrepared(message, volatile, compress)) return true;
    if (position > 0 && this.#session !== undefined) this.#home.recovery?.events.dropped(this.#session, position);
    return false;
  }

  #expectAck(id: number, ack: PendingAck): boolean {
    return !this.isMute && this.#state !== "connecting" && this.awaitAck(id, ack);
  }

  /** @internal */
  protected override get home(): SocketHome<AnySocket, AnyNamespace> {
    return this.#home;
  }

  /** @internal */
  protected override get hearsEvents(): boolean {
    return this.#state === "connected";
  }

  /** @internal */
  protected override sendAck(id: number, data: readonly unknown[]): void {
    this.#connection.send({ type: "ack", namespace: this.#home.name, data, id }, false, true);
  }

  /** @internal */
  protected override get isMute(): boolean {
    return this.#state === "dismissed" || this.#state === "closed";
  }

  #dismiss(retryAfterMs: number | undefined): void {
    const isLeaving = this.#state === "leaving";
    if (retryAfterMs !== undefined) this.#connection.hintRetry(retryAfterMs);
    this.#connection.send({ type: "disconnect", namespace: this.#home.name }, false, true);
    if (isLeaving) this.#state = "dismissed";
    else this.#close("server namespace disconnect", undefined);
  }

  #close(reason: DisconnectReason, cause: unknown): void {
    if (this.#state !== "connecting" && this.#state !== "connected") return;
    const wasConnected = this.#state === "connected";
    this.#state = reason === "server namespace disconnect" ? "dismissed" : "leaving";
    if (wasConnected) this.tellListeners("disconnecting", reason, cause);
    if (this.#session !== undefined)
      this.#home.recovery?.leave(
        this.#session,
        this.#connection,
        this.#state === "dismissed" ? "server namespace disconnect" : reason,
      );
    if (this.retryRecord !== undefined) this.#home.host.retryRecords?.leave(this.retryRecord, this.#connection);
    this.#home.remove(this);
    this.#state = "closed";
    this.#connection.unseat(this, reason === "server namespace disconnect");
    this.abandonAcks();
    if (!wasConnected) return;
    publishDisconnect(this, reason);
    this.tellListeners("disconnect", reason, cause);
  }

  /** @internal */
  protected override report(thrown: unknown, event: string | symbol | number | undefined): void {
    this.#home.report(thrown, event, this);
  }
}

/** The same socket, whose acknowledgements take an error from now on. */
function awaitingErrors(socket: AnySocket): AnySocket {
  return socket;
}
