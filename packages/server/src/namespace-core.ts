import type { EventEmitter } from "node:events";
import type { Adapter, Untyped } from "@halyard/contracts";
import type { ConnectRefusal } from "@halyard/diagnostics";
import type { AnyAdapterFactory } from "./bridge/incumbent-adapter.ts";
import { createAdapter } from "./adapter-host.ts";
import { NamespaceBroadcasts, type BroadcastHost, type Recipient } from "./broadcast/namespace-broadcasts.ts";
import type { Counters } from "./counters.ts";
import type { RetryRecords } from "./delivery/retry-records.ts";
import { isDelay } from "./delivery/retry-hint.ts";
import type { Entrance, Entrant, Refusal } from "./entrance.ts";
import type { Report } from "./error-hook.ts";
import { runMiddlewares, type Middleware, type MiddlewareOutcome } from "./middleware.ts";
import type { NamespaceRecovery } from "./recovery/namespace-recovery.ts";
import type { ServerRecovery } from "./recovery/server-recovery.ts";
import type { Session } from "./recovery/session.ts";
import { isThenable } from "./rejections.ts";
import { AdapterView } from "./rooms/adapter-view.ts";
import { RoomIndex } from "./rooms/room-index.ts";
import { ServerEvents } from "./server-events.ts";
import type { SocketControl } from "./socket-control.ts";
import type { DisconnectReason } from "./socket-events.ts";
import { emitLocally } from "./typed-events.ts";

/** What all namespaces of a server share. */
export interface NamespaceHost<Member extends Recipient, Nsp extends EventEmitter> extends BroadcastHost<Member> {
  readonly report: Report<Member, Nsp>;
  readonly control: SocketControl<Member>;
  readonly maxPendingAcks: number;
  readonly counters: Counters;
  readonly adapterFactory: AnyAdapterFactory;
  /** Absent where connection state recovery is off. */
  readonly recovery: ServerRecovery | undefined;
  /** Absent where no records are kept of events that may come again. */
  readonly retryRecords: RetryRecords | undefined;
  createNamespace(core: NamespaceCore<Member, Nsp>): Nsp;
  createSocket(
    core: NamespaceCore<Member, Nsp>,
    entrant: Entrant<Member>,
    auth: Record<string, unknown> | undefined,
    session: Session | undefined,
  ): Member;
}

/**
 * The working part of one namespace: its sockets, their rooms, and how sockets come and go. What the public sockets and
 * namespaces are is the server's matter.
 */
export class NamespaceCore<Member extends Recipient, Nsp extends EventEmitter> implements Entrance<Member> {
  readonly name: string;
  /** The namespace as applications see it. */
  readonly namespace: Nsp;
  /** Connected sockets by id. */
  readonly connected: Map<string, Member> = new Map();
  readonly rooms: RoomIndex<Member>;
  readonly adapterView: AdapterView<Nsp>;
  readonly broadcasts: NamespaceBroadcasts<Member>;
  readonly serverEvents: ServerEvents;
  readonly host: NamespaceHost<Member, Nsp>;
  readonly recovery: NamespaceRecovery | undefined;
  readonly #onEmpty: ((core: NamespaceCore<Member, Nsp>) => void) | undefined;
  #adapter: Adapter;
  #middlewares: readonly Middleware<Member>[] = [];
  #connectingCount = 0;
  #lastAckId = 0;

  /** With `onEmpty`, hears of every moment when the last socket has left. */
  constructor(host: NamespaceHost<Member, Nsp>, name: string, onEmpty?: (core: NamespaceCore<Member, Nsp>) => void) {
    this.host = host;
    this.name = name;
    this.#onEmpty = onEmpty;
    this.rooms = new RoomIndex(this.connected, {
      created: (room) => this.#onRoomChange("create-room", room, "created"),
      deleted: (room) => this.#onRoomChange("delete-room", room, "deleted"),
      joined: (room, id) => this.#onMemberChange("join-room", room, id),
      left: (room, id) => this.#onMemberChange("leave-room", room, id),
    });
    this.recovery = host.recovery?.open(name, () => this.#checkEmpty());
    this.broadcasts = new NamespaceBroadcasts(this);
    this.serverEvents = new ServerEvents(this, host.clock);
    this.adapterView = new AdapterView(this);
    this.namespace = host.createNamespace(this);
    this.#adapter = this.#startAdapter();
  }

  get adapter(): Adapter {
    return this.#adapter;
  }

  /** Replaces the adapter by one of the factory that is set now. */
  renewAdapter(): void {
    const former = this.#adapter;
    this.#adapter = this.#startAdapter();
    for (const room of this.rooms.names()) this.#adapter.roomChanged?.(room, "created");
    former.close().catch((thrown: unknown) => this.report(thrown));
  }

  /** Ends every socket, then the adapter. */
  async close(reason: DisconnectReason): Promise<void> {
    for (const socket of this.connected.values()) this.host.control.close(socket, reason);
    this.recovery?.close();
    await this.#adapter.close();
  }

  use(middleware: Middleware<Member>): void {
    this.#middlewares = [...this.#middlewares, middleware];
  }

  /** Ids are the namespace's, so that all recipients of one broadcast can share one. */
  nextAckId(): number {
    return this.#lastAckId++;
  }

  /** Lets a client in, once the middlewares agree. */
  admit(entrant: Entrant<Member>, auth: Record<string, unknown> | undefined): void {
    const { recovery } = this;
    if (recovery === undefined || entrant.conn.protocol === 3) return this.#seat(entrant, auth, undefined);
    const session = recovery.admit(auth, entrant);
    if (!isThenable(session)) return this.#seat(entrant, auth, session);
    this.#seatLater(entrant, auth, session, recovery).catch((thrown: unknown) => this.report(thrown));
  }

  async #seatLater(
    entrant: Entrant<Member>,
    auth: Record<string, unknown> | undefined,
    found: PromiseLike<Session>,
    recovery: NamespaceRecovery,
  ): Promise<void> {
    const giveUpPlace = entrant.reserve(this.name);
    this.#connectingCount++;
    const session = await found;
    this.#connectingCount--;
    if (giveUpPlace()) return this.#seat(entrant, auth, session);
    recovery.leave(session, entrant, "transport close");
    this.#checkEmpty();
  }

  #seat(entrant: Entrant<Member>, auth: Record<string, unknown> | undefined, session: Session | undefined): void {
    const socket = this.host.createSocket(this, entrant, auth, session);
    entrant.seat(socket);
    this.#connectingCount++;
    const isResumed = session?.state === "resuming";
    if (isResumed) this.recovery?.restoreRooms(session, socket, this.rooms);
    const skips = isResumed && this.recovery?.skipMiddlewares === true;
    const letIn = (): void => this.#letIn(socket, entrant, session);
    if (skips || this.#middlewares.length === 0) letIn();
    else
      runMiddlewares(this.#middlewares, socket, (outcome) => {
        if (this.host.control.isConnecting(socket)) this.#conclude(socket, entrant, outcome, letIn);
      });
  }

  /** The client of a session that it shall find on other servers waits until they know of it. */
  #letIn(socket: Member, entrant: Entrant<Member>, session: Session | undefined): void {
    const known = session && this.recovery?.announce(session);
    if (known === undefined) return this.#open(socket, entrant);
    const open = (): void => {
      if (this.host.control.isConnecting(socket)) this.#open(socket, entrant);
    };
    known.then(open, open);
  }

  /** Forgets a socket that is about to be closed. */
  remove(socket: Member): void {
    this.rooms.leaveAll(socket);
    if (!this.connected.delete(socket.id)) this.#connectingCount--;
    this.#checkEmpty();
  }

  /** Reports a failure of the application's own code in this namespace. */
  report(thrown: unknown, event?: string | symbol | number, socket?: Member): void {
    const { namespace } = this;
    this.host.report(thrown, { namespace, ...(socket && { socket }), ...(event !== undefined && { event }) });
  }

  #conclude(socket: Member, entrant: Entrant<Member>, outcome: MiddlewareOutcome, letIn: () => void): void {
    if (entrant.conn.readyState !== "open") return this.host.control.close(socket, "transport close");
    if (outcome.name === "accepted") return letIn();
    if (outcome.name === "failed") this.report(outcome.thrown, undefined, socket);
    const error: RefusalError = outcome.name === "refused" ? outcome.error : new Error("internal error");
    this.host.control.close(socket, "server namespace disconnect");
    this.#refuse(socket, entrant, error, outcome.name === "refused" ? "middleware" : "middleware failed");
  }

  /** Tells the client why it may not come in; without the error's data if that cannot be encoded. */
  #refuse(socket: Member, entrant: Entrant<Member>, error: RefusalError, reason: ConnectRefusal): void {
    const isLegacy = entrant.conn.protocol === 3;
    try {
      entrant.refuse(this.name, isLegacy ? legacyRefusal(error) : refusalOf(error), reason);
    } catch (thrown) {
      this.report(thrown, undefined, socket);
      const message = String(error.message);
      entrant.refuse(this.name, isLegacy ? message : { message }, reason);
    }
  }

  #open(socket: Member, entrant: Entrant<Member>): void {
    this.#connectingCount--;
    this.connected.set(socket.id, socket);
    this.host.control.open(socket);
    if (!socket.connected) return; // what it has missed became too much
    entrant.onJoined(socket);
    this.#tell(this.namespace, "connect", socket);
    this.#tell(this.namespace, "connection", socket);
    entrant.conn.releaseRequest();
  }

  #tell(emitter: EventEmitter, event: string, ...args: readonly unknown[]): void {
    try {
      emitLocally(emitter, [event, ...args]);
    } catch (thrown) {
      this.report(thrown, event);
    }
  }

  #onMemberChange(event: "join-room" | "leave-room", room: string, id: string): void {
    if (event === "join-room") this.recovery?.joined(room, id);
    else this.recovery?.left(room, id);
    this.#tell(this.adapterView, event, room, id);
  }

  /** Tells when nobody is here and nobody can come back. */
  #checkEmpty(): void {
    if (this.connected.size + this.#connectingCount === 0 && this.recovery?.isIdle !== false) this.#onEmpty?.(this);
  }

  #onRoomChange(event: string, room: string, change: "created" | "deleted"): void {
    this.#tell(this.adapterView, event, room);
    this.#adapter.roomChanged?.(room, change);
  }

  #startAdapter(): Adapter {
    const adapter = createAdapter(this.host.adapterFactory, this);
    const started = adapter.start();
    started.catch((thrown: unknown) => this.report(thrown));
    this.recovery?.joinOthers(started);
    return adapter;
  }
}

/** An error of a middleware; what its `data` holds is sent to the client. */
interface RefusalError extends Error {
  readonly data?: unknown;
  /** Milliseconds after which clients should ask again that know hints. */
  readonly retryAfterMs?: unknown;
}

function refusalOf({ message, data, retryAfterMs }: RefusalError): Refusal {
  return isDelay(retryAfterMs) ? { message, data, retryAfterMs } : { message, data };
}

/** Clients of protocol revision 4 get the bare data, else the message. */
function legacyRefusal(error: RefusalError): Untyped {
  return error.data || error.message;
}
