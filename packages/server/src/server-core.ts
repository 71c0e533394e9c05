import type { AdapterFactory, Clock, EngineMessagePreparer, EngineServer, Parser, Untyped } from "@halyard/contracts";
import { DeadlineQueue } from "@halyard/core";
import type { IncomingMessage } from "node:http";
import type { AnyNamespace, AnySocket } from "./any.ts";
import type { ConnectionHost } from "./connection-host.ts";
import { Connection } from "./connection.ts";
import { DecoderPool } from "./decoder-pool.ts";
import type { EngineConnection } from "./engine-connection.ts";
import { createReport, type Report } from "./error-hook.ts";
import type { NamespaceCore } from "./namespace-core.ts";
import { NamespaceRegistry, type NamespaceRequest, type RegistryHost } from "./namespace-registry.ts";
import type { NamespaceParts } from "./namespace.ts";
import type { Limits, ResolvedOptions } from "./options.ts";
import type { SocketControl } from "./socket-control.ts";
import { Socket, socketControl } from "./socket.ts";

/** What connections and namespaces of one server share, wired together. */
export class ServerCore implements ConnectionHost, RegistryHost {
  readonly options: ResolvedOptions;
  readonly parser: Parser;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly report: Report;
  readonly control: SocketControl = socketControl;
  readonly maxPendingAcks: number;
  readonly cleanupEmptyChildNamespaces: boolean;
  readonly decoders: DecoderPool;
  readonly legacyDecoders: DecoderPool;
  readonly attachmentDeadlines: DeadlineQueue;
  readonly registry: NamespaceRegistry;
  joinDeadlines: DeadlineQueue;
  preparer: EngineMessagePreparer | undefined;
  adapterFactory: AdapterFactory;
  connectTimeoutMs: number;
  readonly #createNamespace: (parts: NamespaceParts) => AnyNamespace;

  constructor(options: ResolvedOptions, createNamespace: (parts: NamespaceParts) => AnyNamespace) {
    const { clock, parser, limits } = options;
    this.options = options;
    this.clock = clock;
    this.parser = parser;
    this.limits = limits;
    this.report = createReport(options.onError, clock);
    this.maxPendingAcks = limits.maxPendingAcks;
    this.cleanupEmptyChildNamespaces = options.cleanupEmptyChildNamespaces;
    this.adapterFactory = options.adapter;
    this.connectTimeoutMs = options.connectTimeoutMs;
    this.decoders = new DecoderPool(parser, limits.decoder);
    this.legacyDecoders = new DecoderPool(parser, {
      ...limits.decoder,
      maxNamespaceLength: limits.decoder.maxNamespaceLength + limits.maxAuthBytes,
    });
    this.joinDeadlines = new DeadlineQueue(clock, options.connectTimeoutMs);
    this.attachmentDeadlines = new DeadlineQueue(clock, limits.attachmentsTimeoutMs);
    this.#createNamespace = createNamespace;
    this.registry = new NamespaceRegistry(this);
  }

  /** Applies to connections that come from now on. */
  setConnectTimeout(timeoutMs: number): void {
    this.connectTimeoutMs = timeoutMs;
    this.joinDeadlines = new DeadlineQueue(this.clock, timeoutMs);
  }

  /** Replaces the adapters of all namespaces. */
  setAdapter(factory: AdapterFactory): void {
    this.adapterFactory = factory;
    for (const core of this.registry.all())
      core.renewAdapter().catch((thrown: unknown) => this.report(thrown, { namespace: core.namespace }));
  }

  /** Takes sessions from an engine. */
  serve(engine: EngineServer<IncomingMessage>): void {
    this.preparer = engine;
    engine.bind((conn: Untyped) => this.accept(conn)); // sessions are the public emitters too
  }

  /** Takes one session in. */
  accept(conn: EngineConnection): void {
    const connection = new Connection(this, conn);
    conn.bind(connection);
    if (conn.protocol === 3) connection.joinMain();
  }

  findNamespace(name: string): NamespaceCore | undefined {
    return this.registry.get(name);
  }

  resolveNamespace(request: NamespaceRequest): void {
    this.registry.resolve(request);
  }

  createNamespace(core: NamespaceCore): AnyNamespace {
    return this.#createNamespace({
      name: core.name,
      connected: core.connected,
      adapterView: core.adapterView,
      broadcasts: core.broadcasts,
      serverEvents: core.serverEvents,
      report: this.report,
      use: (middleware) => core.use(middleware),
    });
  }

  createParentNamespace(parts: NamespaceParts): AnyNamespace {
    return this.#createNamespace(parts);
  }

  createSocket(core: NamespaceCore, connection: Connection, auth: Record<string, unknown> | undefined): AnySocket {
    return new Socket(core, connection, auth);
  }
}
