import type { EventEmitter } from "node:events";
import type { Adapter, AdapterFactory, Clock, EngineMessagePreparer, Parser, Untyped } from "@halyard/contracts";
import { createAdapterHost } from "./adapter-host.ts";
import type { AnyNamespace, AnySocket } from "./any.ts";
import { NamespaceBroadcasts } from "./broadcast/namespace-broadcasts.ts";
import type { Connection } from "./connection.ts";
import type { Report } from "./error-hook.ts";
import { runMiddlewares, type Middleware, type MiddlewareOutcome } from "./middleware.ts";
import { AdapterView } from "./rooms/adapter-view.ts";
import { RoomIndex } from "./rooms/room-index.ts";
import { ServerEvents } from "./server-events.ts";
import type { SocketControl } from "./socket-control.ts";
import type { DisconnectReason } from "./socket-events.ts";
import { emitLocally } from "./typed-events.ts";

/** What all namespaces of a server share. */
export interface NamespaceHost {
  readonly clock: Clock;
  readonly parser: Parser;
  readonly report: Report;
  readonly control: SocketControl;
  readonly maxPendingAcks: number;
  /** Encodes for the engine; there is none before the server is attached. */
  readonly preparer: EngineMessagePreparer | undefined;
  readonly adapterFactory: AdapterFactory;
  createNamespace(core: NamespaceCore): AnyNamespace;
  createSocket(core: NamespaceCore, connection: Connection, auth: Record<string, unknown> | undefined): AnySocket;
}

/** The working part of one namespace: its sockets, their rooms, and how sockets come and go. */
export class NamespaceCore {
  readonly name: string;
  /** The namespace as applications see it. */
  readonly namespace: AnyNamespace;
  /** Connected sockets by id. */
  readonly connected: Map<string, AnySocket> = new Map();
  readonly rooms: RoomIndex<AnySocket>;
  readonly adapterView: AdapterView;
  readonly broadcasts: NamespaceBroadcasts;
  readonly serverEvents: ServerEvents;
  readonly host: NamespaceHost;
  readonly report: Report;
  readonly #onEmpty: ((core: NamespaceCore) => void) | undefined;
  #adapter: Adapter;
  #middlewares: readonly Middleware<AnySocket>[] = [];
  #connectingCount = 0;
  #lastAckId = 0;

  /** With `onEmpty`, hears of every moment when the last socket has left. */
  constructor(host: NamespaceHost, name: string, onEmpty?: (core: NamespaceCore) => void) {
    this.host = host;
    this.report = host.report;
    this.name = name;
    this.#onEmpty = onEmpty;
    this.rooms = new RoomIndex(this.connected, {
      created: (room) => this.#onRoomChange("create-room", room, "created"),
      deleted: (room) => this.#onRoomChange("delete-room", room, "deleted"),
      joined: (room, id) => this.#tell(this.adapterView, "join-room", room, id),
      left: (room, id) => this.#tell(this.adapterView, "leave-room", room, id),
    });
    this.broadcasts = new NamespaceBroadcasts(this);
    this.serverEvents = new ServerEvents(this);
    this.adapterView = new AdapterView(this);
    this.namespace = host.createNamespace(this);
    this.#adapter = this.#startAdapter();
  }

  get adapter(): Adapter {
    return this.#adapter;
  }

  /** Replaces the adapter by one of the factory that is set now. */
  async renewAdapter(): Promise<void> {
    const former = this.#adapter;
    this.#adapter = this.#startAdapter();
    await former.close();
  }

  /** Ends every socket, then the adapter. */
  async close(reason: DisconnectReason): Promise<void> {
    for (const socket of this.connected.values()) this.host.control.close(socket, reason);
    await this.#adapter.close();
  }

  use(middleware: Middleware<AnySocket>): void {
    this.#middlewares = [...this.#middlewares, middleware];
  }

  /** Ids are the namespace's, so that all recipients of one broadcast can share one. */
  nextAckId(): number {
    return this.#lastAckId++;
  }

  /** Lets a client in, once the middlewares agree. */
  admit(connection: Connection, auth: Record<string, unknown> | undefined): void {
    const socket = this.host.createSocket(this, connection, auth);
    connection.seat(socket);
    this.#connectingCount++;
    if (this.#middlewares.length === 0) this.#open(socket, connection);
    else
      runMiddlewares(this.#middlewares, socket, (outcome) => {
        if (this.host.control.isConnecting(socket)) this.#conclude(socket, connection, outcome);
      });
  }

  /** Forgets a socket that is about to be closed. */
  remove(socket: AnySocket): void {
    this.rooms.leaveAll(socket);
    if (!this.connected.delete(socket.id)) this.#connectingCount--;
    if (this.connected.size + this.#connectingCount === 0) this.#onEmpty?.(this);
  }

  #conclude(socket: AnySocket, connection: Connection, outcome: MiddlewareOutcome): void {
    if (connection.conn.readyState !== "open") return this.host.control.close(socket, "transport close");
    if (outcome.name === "accepted") return this.#open(socket, connection);
    if (outcome.name === "failed") this.report(outcome.thrown, { socket, namespace: this.namespace });
    const error: RefusalError = outcome.name === "refused" ? outcome.error : new Error("internal error");
    this.host.control.close(socket, "server namespace disconnect");
    this.#refuse(socket, connection, error);
  }

  /** Tells the client why it may not come in; without the error's data if that cannot be encoded. */
  #refuse(socket: AnySocket, connection: Connection, error: RefusalError): void {
    const isLegacy = connection.conn.protocol === 3;
    try {
      connection.refuse(this.name, isLegacy ? legacyRefusal(error) : { message: error.message, data: error.data });
    } catch (thrown) {
      this.report(thrown, { socket, namespace: this.namespace });
      const message = String(error.message);
      connection.refuse(this.name, isLegacy ? message : { message });
    }
  }

  #open(socket: AnySocket, connection: Connection): void {
    this.#connectingCount--;
    this.connected.set(socket.id, socket);
    this.host.control.open(socket);
    connection.onJoined();
    this.#tell(this.namespace, "connect", socket);
    this.#tell(this.namespace, "connection", socket);
    connection.conn.releaseRequest();
  }

  #tell(emitter: EventEmitter, event: string, ...args: readonly unknown[]): void {
    try {
      emitLocally(emitter, [event, ...args]);
    } catch (thrown) {
      this.report(thrown, { namespace: this.namespace, event });
    }
  }

  #onRoomChange(event: string, room: string, change: "created" | "deleted"): void {
    this.#tell(this.adapterView, event, room);
    this.#adapter.roomChanged?.(room, change);
  }

  #startAdapter(): Adapter {
    const adapter = this.host.adapterFactory(createAdapterHost(this));
    adapter.start().catch((thrown: unknown) => this.report(thrown, { namespace: this.namespace }));
    return adapter;
  }
}

/** An error of a middleware; what its `data` holds is sent to the client. */
interface RefusalError extends Error {
  readonly data?: unknown;
}

/** Clients of protocol revision 4 get the bare data, else the message. */
function legacyRefusal(error: RefusalError): Untyped {
  return error.data || error.message;
}
