import type { IncomingMessage } from "node:http";
import type {
  EngineCloseReason,
  EnginePacket,
  HttpExchange,
  ServerEngineSocket,
  TransportName,
} from "@halyard/contracts";
import { pollingCodecOf } from "./codecs.ts";
import { publishClose, publishOpen } from "./diagnostics.ts";
import type { ResolvedOptions } from "./options.ts";
import { viewAsRecord } from "./record-view.ts";
import { ServerContext, type LingeringOwner } from "./server-context.ts";
import type { ServerTransport } from "./transports/server-transport.ts";
import { KeptRequest, type EngineRequest } from "./session/handshake-record.ts";
import { HeaderStore } from "./session/header-store.ts";
import { Session } from "./session/session.ts";
import type { SessionContext } from "./session/session-context.ts";
import { protocolOf } from "./handshake.ts";
import { PollingTransport } from "./transports/polling.ts";
import type { WebSocketConnection } from "./transports/websocket.ts";

/** What the server does with what its sessions tell. */
export interface SessionManagerOwner {
  /** Whether requests are kept for the life of their sessions. */
  readonly pinsRequests: boolean;
  readonly server: { upgrades(transport: TransportName): TransportName[] };
  onSession(session: Session): void;
  onFlush(session: Session, packets: readonly EnginePacket[]): void;
  onDrain(session: Session): void;
  report(error: unknown, session?: Session): void;
}

/** A connection that has said goodbye. */
type LingeringConnection = Pick<WebSocketConnection, "terminate">;

/** Opens the sessions of one server, finds them by id, and closes them all. */
export class SessionManager implements SessionContext<Session>, LingeringOwner {
  /** The open sessions by id, for applications. */
  readonly clients: Readonly<Record<string, Session>>;
  readonly shared: ServerContext;
  readonly headerStore: HeaderStore = new HeaderStore();
  /** Whether somebody listens to `flush` or `drain` of the server; a field, because it is looked at for every packet. */
  isObserved = false;
  readonly #sessions = new Map<string, Session>();
  readonly #options: ResolvedOptions;
  readonly #owner: SessionManagerOwner;
  /** Connections whose closing handshake is under way. */
  readonly #lingering = new Set<LingeringConnection>();
  /** The part of the handshake that is the same for all sessions, by transport. */
  readonly #handshakeTails = new Map<string, string>();
  #onEmpty: (() => void) | undefined;

  constructor(options: ResolvedOptions, owner: SessionManagerOwner) {
    this.#options = options;
    this.#owner = owner;
    this.clients = viewAsRecord(this.#sessions);
    this.shared = new ServerContext(options, this, (error) => owner.report(error));
  }

  get count(): number {
    return this.#sessions.size;
  }

  get server(): unknown {
    return this.#owner.server;
  }

  get heartbeat(): SessionContext<Session>["heartbeat"] {
    return this.shared.heartbeat;
  }

  get upgrade(): SessionContext<Session>["upgrade"] {
    return this.shared.upgrade;
  }

  get stalls(): SessionContext<Session>["stalls"] {
    return this.shared.webSocket.stalls;
  }

  get maxWritableBytes(): number {
    return this.#options.maxWritableBytes;
  }

  get maxQueuedBytes(): number {
    return this.#options.maxQueuedBytes;
  }

  get closeTimeoutMs(): number {
    return this.#options.closeTimeoutMs;
  }

  get pollCloseTimeoutMs(): number {
    return this.#options.pollCloseTimeoutMs;
  }

  /** What is made of options is made anew. */
  onOptionChanged(): void {
    this.shared.renew();
    this.#handshakeTails.clear();
  }

  find(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  /** Opens a session whose first poll is the given exchange. */
  openPolling(id: string, request: EngineRequest, exchange: HttpExchange): void {
    const { _query: query } = request;
    const transport = new PollingTransport(pollingCodecOf(query), !query["b64"], this.shared.polling);
    const session = this.#open(id, request, transport);
    transport.onRequest(exchange); // which takes the handshake along
    this.#announce(session);
  }

  /** Opens a session on a connection. */
  openStream(id: string, request: EngineRequest, transport: ServerTransport): void {
    this.#announce(this.#open(id, request, transport));
  }

  onClosed(session: Session, reason: EngineCloseReason, cause: Error | undefined): void {
    this.#sessions.delete(session.id);
    publishClose(session, reason, cause, this.#options.clock.now());
    this.#checkEmpty();
  }

  onLingering(connection: LingeringConnection): void {
    this.#lingering.add(connection);
  }

  onGone(connection: LingeringConnection): void {
    if (this.#lingering.delete(connection)) this.#checkEmpty();
  }

  onFlush(session: Session, packets: readonly EnginePacket[]): void {
    this.#owner.onFlush(session, packets);
  }

  onDrain(session: Session): void {
    this.#owner.onDrain(session);
  }

  report(error: unknown, session?: Session): void {
    this.#owner.report(error, session);
  }

  /** Closes all sessions and settles when none is left, nor any connection; what takes too long is ended. */
  async closeAll(): Promise<void> {
    for (const session of this.#sessions.values()) session.shutDown("server shutting down");
    await this.#untilEmpty();
    for (const session of this.#sessions.values()) session.close(true);
    for (const connection of this.#lingering) connection.terminate();
    this.#lingering.clear();
  }

  #open(id: string, request: EngineRequest, transport: ServerTransport): Session {
    const { clock, initialPacket } = this.#options;
    const remoteAddress = request.socket.remoteAddress ?? "";
    const record = new KeptRequest(request, clock.now(), this.#owner.pinsRequests);
    const protocol = protocolOf(request._query);
    const session = new Session({ id, protocol, remoteAddress, record }, transport, this);
    this.#sessions.set(id, session);
    publishOpen(session);
    session.open(`{"sid":${JSON.stringify(id)},${this.#handshakeTail(transport.name)}`, initialPacket);
    return session;
  }

  #announce(session: Session): void {
    if (session.readyState === "open") this.#owner.onSession(session);
  }

  #handshakeTail(transport: string): string {
    // the application may add to the list of transports
    const key = `${transport} ${this.#options.transports.length}`;
    let tail = this.#handshakeTails.get(key);
    if (tail === undefined) {
      const { pingIntervalMs, pingTimeoutMs, maxPayloadBytes, transports } = this.#options;
      const fields = {
        upgrades: this.#owner.server.upgrades(transport).filter((name) => transports.includes(name)),
        pingInterval: pingIntervalMs,
        pingTimeout: pingTimeoutMs,
        maxPayload: maxPayloadBytes,
      };
      tail = JSON.stringify(fields).slice(1);
      this.#handshakeTails.set(key, tail);
    }
    return tail;
  }

  #untilEmpty(): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.schedule(() => this.#onEmpty?.(), this.#options.closeTimeoutMs);
      this.#onEmpty = () => {
        this.#onEmpty = undefined;
        timer.cancel();
        resolve();
      };
      this.#checkEmpty();
    });
  }

  #checkEmpty(): void {
    if (this.#sessions.size === 0 && this.#lingering.size === 0) this.#onEmpty?.();
  }
}

/** The transports that a session may move to from the given one, whether or not they are in use. */
export function upgradesOf(transport: string, { allowUpgrades }: ResolvedOptions): string[] {
  return allowUpgrades && transport === "polling" ? ["websocket", "webtransport"] : [];
}

/** The consumer of sessions that `bind` sets. */
export type SessionConsumer = (socket: ServerEngineSocket<IncomingMessage>) => void;
