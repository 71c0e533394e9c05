import { EventEmitter } from "node:events";
import type { IncomingMessage, Server as HttpServer, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { EngineMessage, EngineServer, PreparedMessage, TransportName } from "@halyard/contracts";
import { errorMessages, errors } from "./connection-error.ts";
import { publishRefusal } from "./diagnostics.ts";
import { attachTo, type AnyHttpServer, type AttachOptions } from "./hosts/attach.ts";
import type { Middleware } from "./hosts/middleware.ts";
import { NodeHost } from "./hosts/node-host.ts";
import { createLiveOptions, type LiveOption, type VisibleOptions } from "./live-options.ts";
import type { ResolvedOptions, ServerOptions, WebSocketEngine } from "./options.ts";
import type { ServerEvents } from "./server-events.ts";
import type { Session } from "./session/session.ts";
import { SessionIds } from "./session/session-id.ts";
import { SessionManager, upgradesOf, type SessionConsumer } from "./session-manager.ts";
import type { Socket } from "./socket.ts";
import { PreparedFrames } from "./transports/prepared-frames.ts";
import type { WebTransportSession } from "./transports/webtransport-session.ts";

/**
 * Accepts Engine.IO clients over HTTP long-polling, WebSocket and WebTransport.
 *
 * @example
 * const server = new Server({ pingInterval: 10_000 });
 * server.attach(httpServer);
 * server.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
 */
export class Server extends EventEmitter<ServerEvents> implements EngineServer<IncomingMessage> {
  /** Codes with which requests are refused. */
  static readonly errors: typeof errors = errors;
  /** The text of each code. */
  static readonly errorMessages: typeof errorMessages = errorMessages;

  /**
   * The options as given, with defaults for what is not. These may be changed while the server runs, and count for what
   * follows: `allowEIO3`, `allowRequest`, `allowUpgrades`, `cookie`, `httpCompression`, `initialPacket`, `maxHttpBufferSize`,
   * `perMessageDeflate`, `pingInterval` and `pingTimeout` (of new sessions), `transports`, `upgradeTimeout`, `wsEngine`.
   */
  readonly opts: VisibleOptions;
  /** The HTTP server, when {@link listen} made it. */
  httpServer: HttpServer | undefined;
  readonly #options: ResolvedOptions;
  readonly #ids = new SessionIds();
  readonly #sessions: SessionManager;
  readonly #host: NodeHost;
  #consumer: SessionConsumer | undefined;
  #closing: Promise<void> | undefined;
  #isRefusing = false;
  /** Ends, for each HTTP server, the handshakes for other paths that nobody has answered. */
  readonly #endStrays: (() => void)[] = [];

  /** @throws `BAD_OPTION` when an option has an impossible value */
  constructor(options: ServerOptions = {}) {
    super();
    const { resolved, visible } = createLiveOptions(options, (name) => this.#onOptionChanged(name));
    this.#options = resolved;
    this.opts = visible;
    this.#sessions = this.#createSessions();
    this.#host = this.#createHost();
    onNewListener(this, (event) => {
      if (event === "flush" || event === "drain") this.#sessions.isObserved = true;
    });
  }

  /** The open sessions by id. */
  get clients(): Readonly<Record<string, Socket>> {
    return this.#sessions.clients;
  }

  /** How many sessions there are. */
  get clientsCount(): number {
    return this.#sessions.count;
  }

  /** What performs WebSocket handshakes; its `headers` event lets listeners change the 101 answer. */
  get ws(): WebSocketEngine | undefined {
    return this.#host.webSocketEngine;
  }

  bind(onConnection: SessionConsumer): void {
    this.#consumer = onConnection;
  }

  /** Makes of messages what can be sent to many sessions, and is encoded once for all of them. */
  prepare(messages: readonly EngineMessage[]): PreparedMessage {
    return new PreparedFrames(messages);
  }

  /** Adds a middleware in the style of Express; it sees HTTP requests and WebSocket handshakes. */
  use(middleware: Middleware): void {
    this.#host.use(middleware);
  }

  /** Makes the id of a new session. Replace it for ids of your own; they must not be guessable. */
  generateId(_req: IncomingMessage): string | PromiseLike<string> {
    return this.#ids.next();
  }

  /** The transports that a client may move to from the given one; it is offered those of them that `transports` lists. */
  upgrades(transport: TransportName): TransportName[] {
    return upgradesOf(transport, this.#options);
  }

  /** Answers requests on an HTTP, HTTPS or HTTP/2 server; those for other paths go to the listeners it has. */
  attach(server: AnyHttpServer, options: AttachOptions = {}): void {
    const endStrays = attachTo(server, options, {
      clock: this.#options.clock,
      acceptsUpgrades: this.#options.transports.includes("websocket"),
      handleRequest: (request, response) => this.handleRequest(request, response),
      handleUpgrade: (request, socket, head) => this.handleUpgrade(request, socket, head),
      watchOthers: (request, socket) => this.#host.watchOthers(request, socket),
      onListening: () => this.#reopen(),
      onServerClose: () => void this.close(),
    });
    this.#endStrays.push(endStrays);
  }

  /** Serves one HTTP request, which is known to be for this server. */
  handleRequest(request: IncomingMessage, response: ServerResponse): void {
    this.#host.handleRequest(request, response);
  }

  /** Serves one WebSocket handshake, which is known to be for this server. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#host.handleUpgrade(request, socket, head);
  }

  /**
   * Takes in a session of a WebTransport server, which is known to be for this server. `transports` must list `webtransport`.
   * Settles once the client has said what it wants and has been accepted or refused; never rejects for what a client does.
   */
  onWebTransportSession(session: WebTransportSession): Promise<void> {
    return this.#host.webTransports.accept(session);
  }

  /** Refuses new sessions with status 503, as {@link close} does, while those that are open go on. */
  refuseSessions(): void {
    this.#isRefusing = true;
  }

  /**
   * Refuses new sessions, flushes and closes those that are open, and ends what has not closed within `closeTimeout`.
   * The server accepts again when its HTTP server starts to listen again.
   */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    await this.#sessions.closeAll();
    this.#host.endHandshakes();
    for (const endStrays of this.#endStrays) endStrays();
  }

  #reopen(): void {
    this.#closing = undefined;
    this.#isRefusing = false;
  }

  #onOptionChanged(name: LiveOption): void {
    this.#sessions.onOptionChanged();
    this.#host.onOptionChanged(name);
  }

  #createSessions(): SessionManager {
    const pinsRequests = (): boolean => this.#pinsRequests;
    return new SessionManager(this.#options, {
      server: this,
      get pinsRequests() {
        return pinsRequests();
      },
      onSession: (session) => this.#onSession(session),
      onFlush: (session, packets) => this.#tell(() => this.emit("flush", session, packets)),
      onDrain: (session) => this.#tell(() => this.emit("drain", session)),
      report: (error, session) => this.#report(error, session),
    });
  }

  #createHost(): NodeHost {
    return new NodeHost(this.#options, this.#sessions, {
      allowRequest: () => this.opts.allowRequest,
      generateId: (request) => this.generateId(request),
      refusesSessions: () => this.#refusal,
      hasListeners: (event) => this.listenerCount(event) > 0,
      onRefused: (error) => {
        publishRefusal(error);
        this.#tell(() => this.emit("connection_error", error));
      },
      onHeaders: (headers, request, isInitial) =>
        this.#tell(() => {
          if (isInitial) this.emit("initial_headers", headers, request);
          this.emit("headers", headers, request);
        }),
      report: (error) => this.#report(error),
    });
  }

  /** Whoever has had a request in hand may have left something on it that the application will look for. */
  get #pinsRequests(): boolean {
    return (
      this.#host.hasMiddlewares ||
      this.opts.allowRequest !== undefined ||
      Object.hasOwn(this, "generateId") || // replaced, as documented, by one that sees the request
      this.listenerCount("headers") + this.listenerCount("initial_headers") > 0
    );
  }

  get #refusal(): string | undefined {
    if (this.#closing !== undefined || this.#isRefusing) return "The server is closing";
    return this.#sessions.count >= this.#options.maxSessions ? "Too many sessions" : undefined;
  }

  #onSession(session: Session): void {
    const consumer = this.#consumer;
    if (consumer !== undefined) this.#tell(() => consumer(session));
    this.#tell(() => this.emit("connection", session));
    if (consumer === undefined) session.releaseRequest();
  }

  #tell(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown, session?: Session): void {
    if (this.listenerCount("error") === 0) {
      warn(error);
      return;
    }
    try {
      if (session === undefined) this.emit("error", error);
      else this.emit("error", error, session);
    } catch (failure) {
      warn(failure); // what reports must not fail those that have to go on after it
    }
  }
}

/** A server of whatever kind: what can be done with one besides attaching it to an HTTP server. */
export type BaseServer = Omit<Server, "attach" | "handleRequest" | "handleUpgrade" | "httpServer">;

/** An emitter's events about itself are not among those it is typed for. */
function onNewListener(emitter: NodeJS.EventEmitter, listener: (event: string | symbol) => void): void {
  emitter.on("newListener", listener);
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}
