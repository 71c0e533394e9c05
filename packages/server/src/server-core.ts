import type { IncomingMessage } from "node:http";
import type { Clock, EngineMessagePreparer, EngineServer, Parser, Untyped } from "@halyard/contracts";
import type { AnyAdapterFactory } from "./bridge/incumbent-adapter.ts";
import { DeadlineQueue } from "@halyard/core";
import type { Recipient } from "./broadcast/namespace-broadcasts.ts";
import { DrainWatch } from "./backpressure/drain-watch.ts";
import { Counters } from "./counters.ts";
import type { ConnectionHost, Seated } from "./connection-host.ts";
import { Connection } from "./connection.ts";
import { DecoderPool } from "./decoder-pool.ts";
import { publishError } from "./diagnostics.ts";
import { RetryRecords } from "./delivery/retry-records.ts";
import type { EngineConnection } from "./engine-connection.ts";
import type { Entrance, EntranceRequest, Entrant, SocketLink } from "./entrance.ts";
import type { Report } from "./error-hook.ts";
import type { NamespaceCore } from "./namespace-core.ts";
import { NamespaceRegistry, type RegistryHost } from "./namespace-registry.ts";
import type { ParentCore, ParentEmitter } from "./parent-namespace.ts";
import type { Limits, ResolvedOptions } from "./resolved-options.ts";
import { ServerRecovery } from "./recovery/server-recovery.ts";
import type { Session } from "./recovery/session.ts";
import type { SocketControl } from "./socket-control.ts";

/** A socket as the inside of the server knows it. */
export type ServerMember = Recipient & Seated;

/** Makes and moves the public objects, whose classes the inside of the server does not know. */
export interface PublicObjects<Member extends ServerMember, Nsp extends ParentEmitter> {
  readonly report: Report<Member, Nsp>;
  readonly control: SocketControl<Member>;
  createNamespace(core: NamespaceCore<Member, Nsp> | ParentCore<Member, Nsp>): Nsp;
  createSocket(
    core: NamespaceCore<Member, Nsp>,
    entrant: Entrant<Member>,
    auth: Record<string, unknown> | undefined,
    session: Session | undefined,
  ): Member;
}

/** What connections and namespaces of one server share, wired together. */
export class ServerCore<Member extends ServerMember, Nsp extends ParentEmitter>
  implements ConnectionHost<Member>, RegistryHost<Member, Nsp>
{
  readonly options: ResolvedOptions;
  readonly parser: Parser;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly report: Report<Member, Nsp>;
  readonly control: SocketControl<Member>;
  readonly counters: Counters = new Counters();
  readonly dropsOnOverflow: boolean;
  readonly drains: DrainWatch<Member>;
  readonly maxPendingAcks: number;
  readonly cleanupEmptyChildNamespaces: boolean;
  readonly decoders: DecoderPool;
  readonly legacyDecoders: DecoderPool;
  readonly attachmentDeadlines: DeadlineQueue;
  /** Absent where connection state recovery is off. */
  readonly recovery: ServerRecovery | undefined;
  readonly retryRecords: RetryRecords | undefined;
  readonly registry: NamespaceRegistry<Member, Nsp>;
  joinDeadlines: DeadlineQueue;
  preparer: EngineMessagePreparer | undefined;
  adapterFactory: AnyAdapterFactory;
  connectTimeoutMs: number;
  readonly #objects: PublicObjects<Member, Nsp>;

  constructor(options: ResolvedOptions, objects: PublicObjects<Member, Nsp>) {
    const { clock, parser, limits } = options;
    this.options = options;
    this.clock = clock;
    this.parser = parser;
    this.limits = limits;
    this.report = (thrown, failure) => {
      this.counters.failures++;
      publishError(thrown, failure);
      objects.report(thrown, failure);
    };
    this.control = objects.control;
    this.dropsOnOverflow = options.overflow === "drop";
    this.drains = new DrainWatch(clock, (socket) => objects.control.drained(socket));
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
    this.recovery = options.recovery && new ServerRecovery(options.recovery, clock, parser);
    this.retryRecords = options.retryRecords && new RetryRecords(clock, options.retryRecords);
    this.#objects = objects;
    this.registry = new NamespaceRegistry(this);
  }

  /** Applies to connections that come from now on. */
  setConnectTimeout(timeoutMs: number): void {
    this.connectTimeoutMs = timeoutMs;
    this.joinDeadlines = new DeadlineQueue(this.clock, timeoutMs);
  }

  /** Replaces the adapters of all namespaces. */
  setAdapter(factory: AnyAdapterFactory): void {
    this.adapterFactory = factory;
    for (const core of this.registry.all()) core.renewAdapter();
  }

  /** The connections that have a socket in some namespace. */
  connections(): Set<SocketLink<Member>> {
    const links = new Set<SocketLink<Member>>();
    for (const { connected } of this.registry.all())
      for (const socket of connected.values()) links.add(this.control.linkOf(socket));
    return links;
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

  findNamespace(name: string): Entrance<Member> | undefined {
    return this.registry.get(name);
  }

  resolveNamespace(request: EntranceRequest<Member>): void {
    this.registry.resolve(request);
  }

  createNamespace(core: NamespaceCore<Member, Nsp>): Nsp {
    return this.#objects.createNamespace(core);
  }

  createParentNamespace(core: ParentCore<Member, Nsp>): Nsp {
    return this.#objects.createNamespace(core);
  }

  createSocket(
    core: NamespaceCore<Member, Nsp>,
    entrant: Entrant<Member>,
    auth: Record<string, unknown> | undefined,
    session: Session | undefined,
  ): Member {
    return this.#objects.createSocket(core, entrant, auth, session);
  }
}
