import type { DefaultEventsMap, EventsMap, Untyped } from "@halyard/contracts";
import type { AnyAdapterFactory } from "./bridge/incumbent-adapter.ts";
import { codedError } from "@halyard/core";
import { Server as Engine } from "@halyard/engine.io";
import { Attachments } from "./attachments.ts";
import type { ServerStats } from "./counters.ts";
import { retryAfterMsOf } from "./delivery/retry-hint.ts";
import { publishDrainEnd, publishDrainStart } from "./diagnostics.ts";
import { Drain, drainDuration, type DrainOptions } from "./drain.ts";
import type { EngineConnection } from "./engine-connection.ts";
import { createReport, type Failure } from "./error-hook.ts";
import { HttpHost, isHttpServer, type NodeHttpServer } from "./http-host.ts";
import { MainNamespaceFacade } from "./main-namespace-facade.ts";
import { Namespace, type AnyNamespace } from "./namespace.ts";
import { resolveOptions, trimPath, type ServerSettings } from "./options.ts";
import { listenOn } from "./own-http-server.ts";
import type { NamespaceMatcher } from "./parent-namespace.ts";
import { serveClientFiles } from "./serve-client.ts";
import { ServerCore } from "./server-core.ts";
import { Socket, socketControl, type AnySocket } from "./socket.ts";

/** Where an application's own code failed. */
export interface HandlerFailure extends Failure<AnySocket, AnyNamespace> {}

/** Hears of every handler, middleware or acknowledgement that threw or rejected. */
export type ErrorHook = (error: Error, failure: HandlerFailure) => void;

/** Options of a server; the engine's are among them. */
export interface ServerOptions extends ServerSettings {
  /** Hears of handlers that throw or reject. Without it each is a process warning with code `HANDLER_FAILED`. */
  onError?: ErrorHook;
}

/**
 * A Socket.IO server.
 *
 * @example
 * import { Server } from "@halyard/server";
 *
 * const io = new Server(3000);
 * io.on("connection", (socket) => {
 *   socket.on("hello", (name, reply) => reply(`hello ${name}`));
 * });
 */
export class Server<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Untyped,
> extends MainNamespaceFacade<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
  readonly sockets: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  /** The options as they were given. To be read only. */
  readonly opts: Partial<ServerOptions>;
  readonly #core: ServerCore<AnySocket, AnyNamespace>;
  #path: string;
  #serveClient: boolean;
  readonly #attachments = new Attachments();
  #closing: Promise<Error | undefined> | undefined;
  #draining: Promise<void> | undefined;
  #drain: Drain | undefined;

  /**
   * Starts on an HTTP server or on a port; with options alone, {@link attach} or {@link listen} starts it later.
   * @throws `INVALID_OPTION`
   */
  constructor(options?: Partial<ServerOptions>);
  constructor(server?: NodeHttpServer | number, options?: Partial<ServerOptions>);
  constructor(server: undefined | Partial<ServerOptions> | NodeHttpServer | number, options?: Partial<ServerOptions>);
  constructor(server?: Partial<ServerOptions> | NodeHttpServer | number, options: Partial<ServerOptions> = {}) {
    super();
    const given = isOptions(server) ? server : options;
    const resolved = resolveOptions(given);
    this.opts = { ...given, cleanupEmptyChildNamespaces: resolved.cleanupEmptyChildNamespaces };
    this.#path = resolved.path;
    this.#serveClient = resolved.serveClient;
    this.#core = new ServerCore<AnySocket, AnyNamespace>(resolved, {
      report: createReport(given.onError, resolved.clock),
      control: socketControl,
      createNamespace: (parts) => new Namespace(this, parts),
      createSocket: (home, connection, auth, session) => new Socket(home, connection, auth, session),
    });
    this.sockets = this.of("/");
    if (server !== undefined && server !== null && !isOptions(server)) this.attach(server);
  }

  /**
   * The engine below: `io.engine.clientsCount`, `io.engine.use()`. There is one once the server is attached; with several, it
   * is the last.
   */
  get engine(): Engine {
    const engine: Untyped = this.#attachments.engine;
    return engine;
  }

  /** The same under the name that applications in plain JavaScript know it by; others use {@link engine}. */
  get eio(): Engine {
    return this.engine;
  }

  /** The HTTP server that this one is attached to. */
  get httpServer(): NodeHttpServer {
    const server: Untyped = this.#attachments.httpServer;
    return server;
  }

  /** The same as {@link opts}, for neighbours of the incumbent. */
  get _opts(): Partial<ServerOptions> {
    return this.opts;
  }

  /** The namespaces by name, for neighbours of the incumbent such as its admin UI; applications use {@link of}. */
  get _nsps(): Map<string, Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>> {
    return new Map(this.#core.registry.all().map(({ name, namespace }) => [name, namespace]));
  }

  /** Whether the browser client is served. To be set before the server is attached. */
  serveClient(): boolean;
  serveClient(value: boolean): this;
  serveClient(value?: boolean): this | boolean {
    if (value === undefined) return this.#serveClient;
    this.#serveClient = value;
    return this;
  }

  /** Where requests are taken. To be set before the server is attached. */
  path(): string;
  path(value: string): this;
  path(value?: string): this | string {
    if (value === undefined) return this.#path;
    this.#path = trimPath(value);
    return this;
  }

  /** Milliseconds that a client may spend in no namespace. */
  connectTimeout(): number;
  connectTimeout(value: number): this;
  connectTimeout(value?: number): this | number {
    if (value === undefined) return this.#core.connectTimeoutMs;
    this.#core.setConnectTimeout(value);
    return this;
  }

  /**
   * What makes the adapter of each namespace; setting it replaces the adapters that there are.
   * @throws `INVALID_OPTION` for what makes no adapter
   */
  adapter(): AnyAdapterFactory;
  adapter(value: AnyAdapterFactory): this;
  adapter(value?: AnyAdapterFactory): this | AnyAdapterFactory {
    if (value === undefined) return this.#core.adapterFactory;
    this.#core.setAdapter(value);
    return this;
  }

  /** Starts on an HTTP server or a port, as {@link attach} does. */
  listen(server: NodeHttpServer | number | string, options: Partial<ServerOptions> = {}): this {
    return this.attach(server, options);
  }

  /**
   * Starts on an HTTP server, or on a port with an HTTP server of its own.
   * @throws `INVALID_OPTION` for anything else, such as an Express application.
   */
  attach(server: NodeHttpServer | number | string, options: Partial<ServerOptions> = {}): this {
    const merged = { ...options, ...this.opts };
    const attachOptions = { ...merged, path: merged.path ?? this.#path };
    const engine = new Engine(attachOptions); // before anything listens, as it may refuse the options
    const httpServer = isHttpServer(server) ? server : listenOn(server, merged);
    engine.attach(httpServer, attachOptions);
    if (this.#serveClient) serveClientFiles(httpServer, this.#path, { cors: attachOptions.cors ?? false });
    this.#attachments.addHost(new HttpHost(httpServer));
    return this.bind(engine);
  }

  /**
   * Would start on an app of uWebSockets.js, which this server does not run on.
   * @throws `UNSUPPORTED`
   */
  attachApp(_app: unknown, _options: Partial<ServerOptions> = {}): never {
    throw codedError("UNSUPPORTED", "uWebSockets.js is not supported; pass a server of Node.js to attach() instead");
  }

  /**
   * Takes sessions from an engine that is attached elsewhere.
   * @throws `INVALID_OPTION` for an engine of another library
   */
  bind(engine: Engine): this {
    if (typeof engine.bind !== "function")
      throw codedError("INVALID_OPTION", "bind() takes an engine of @halyard/engine.io");
    this.#attachments.addEngine(engine);
    this.#core.serve(engine);
    return this;
  }

  /** Takes in one session, as if the engine had announced it. */
  onconnection(conn: EngineConnection): this {
    this.#core.accept(conn);
    return this;
  }

  /**
   * Returns a namespace, made if need be. With a regular expression or a function it is a parent: namespaces that clients ask
   * for are made from it if it allows them.
   *
   * @example
   * io.of(/^\/room-\d+$/).on("connection", (socket) => socket.nsp.emit("joined", socket.id));
   */
  of(
    name: string | RegExp | NamespaceMatcher,
    onConnection?: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => void,
  ): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    const { registry } = this.#core;
    const { namespace } =
      typeof name === "function" || name instanceof RegExp
        ? registry.addParent(name)
        : registry.ensure(withSlash(String(name)));
    if (onConnection !== undefined) namespace.on("connect", onConnection);
    return namespace;
  }

  /** Counts what the server has refused, ignored and dropped since it was made. */
  stats(): ServerStats {
    return this.#core.counters.read();
  }

  /**
   * Takes the server out of service: refuses new sessions with status 503, disconnects the clients evenly over the duration,
   * and closes, as {@link close} does. Clients whose acknowledgements are owed, by either side, go last. Stock clients
   * reconnect by themselves, and by then a load balancer should lead them to another server. Idempotent; {@link close} cuts it
   * short.
   * @throws `INVALID_OPTION`
   *
   * @example
   * process.once("SIGTERM", () => void io.drain({ duration: 20_000 }));
   */
  drain(options: DrainOptions = {}): Promise<void> {
    this.#draining ??= this.#disconnectEvenly(options).finally(() => (this.#draining = undefined));
    return this.#draining;
  }

  async #disconnectEvenly(options: DrainOptions): Promise<void> {
    const durationMs = drainDuration(options);
    const retryAfterMs = retryAfterMsOf(options);
    if (this.#closing === undefined) {
      this.#attachments.refuseSessions();
      const { clock, options: resolved } = this.#core;
      const times = { durationMs, graceMs: resolved.closeTimeoutMs, retryAfterMs };
      const connections = this.#core.connections();
      const startMs = clock.monotonic();
      publishDrainStart(connections.size, durationMs);
      this.#drain = new Drain(clock, times, connections);
      await this.#drain.run();
      this.#drain = undefined;
      publishDrainEnd(this.#core.connections().size, clock.monotonic() - startMs);
    }
    await this.close();
  }

  /**
   * Disconnects every client and closes the engine and the HTTP server. Settles once nothing is left, at the latest after the
   * option `closeTimeout`. Idempotent.
   */
  close(done?: (error?: Error) => void): Promise<void> {
    this.#closing ??= this.#close().finally(() => (this.#closing = undefined));
    return this.#closing.then((error) => done?.(error));
  }

  async #close(): Promise<Error | undefined> {
    this.#drain?.callOff();
    const { registry, clock, options } = this.#core;
    const namespaces = registry.all().map((core) => core.close("server shutting down"));
    const error = await this.#attachments.close(namespaces, clock, options.closeTimeoutMs);
    this.#core.recovery?.close();
    this.#core.retryRecords?.close();
    return error;
  }
}

function isOptions(value: unknown): value is Partial<ServerOptions> {
  return typeof value === "object" && value !== null && !isHttpServer(value);
}

function withSlash(name: string): string {
  return name.startsWith("/") ? name : `/${name}`;
}
