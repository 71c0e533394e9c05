import type { EventEmitter } from "node:events";
import { Agent, createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { codedError } from "@halyard/core";
import { createAddress, removeAddress } from "./address.ts";
import { forwardConnection, forwardRequest, headOf } from "./forward.ts";
import { SessionFinder } from "./session-finder.ts";
import { readPrimaryNotice, seal, type WorkerNotice } from "./sticky-message.ts";
import { Transfers } from "./transfers.ts";

/** A session of an engine. */
interface StickySession {
  readonly id: string;
  once(event: "close", listener: () => void): unknown;
}

/** What {@link setupWorker} needs of a server. */
export interface StickyServer {
  /** A server of `node:http`, `https` or `http2`. */
  readonly httpServer: EventEmitter;
  readonly engine: {
    readonly clients: Readonly<Record<string, unknown>>;
    /** Calls the listener with each session that opens. */
    on(event: "connection", listener: (session: StickySession) => void): unknown;
  };
  /** Where the server takes requests. */
  path(): string;
}

/**
 * Lets a server that listens in several workers of `node:cluster` be reached by any of them: requests of a session that another
 * worker has are passed on to it, WebSocket connections with their handle. To be called in each worker, once the server is
 * attached; the primary process has called `setupPrimary()`. Settles when the worker can be reached by the others.
 * @throws `NOT_A_WORKER`
 *
 * @example
 * const io = new Server(3000, { adapter: createAdapter() });
 * await setupWorker(io);
 */
export async function setupWorker(io: StickyServer): Promise<void> {
  if (process.send === undefined) throw codedError("NOT_A_WORKER", "setupWorker() is for the workers of node:cluster");
  await new StickyWorker(io).start();
}

/** How long a connection between workers may be idle. */
const IDLE_MS = 120_000;

type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;
type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

class StickyWorker {
  readonly #io: StickyServer;
  readonly #agent = new Agent({ keepAlive: true, timeout: IDLE_MS });
  readonly #finder = new SessionFinder(tell);
  readonly #transfers = new Transfers(tell, (socket, head) => this.#onArrival(socket, head));
  readonly #address = createAddress();
  readonly #answer: RequestListener;
  readonly #upgrade: UpgradeListener;

  constructor(io: StickyServer) {
    this.#io = io;
    this.#answer = takeListeners(io.httpServer, "request");
    this.#upgrade = takeListeners(io.httpServer, "upgrade");
  }

  async start(): Promise<void> {
    const { httpServer, engine } = this.#io;
    engine.on("connection", (session) => this.#onSession(session));
    httpServer.on("request", (request: IncomingMessage, response: ServerResponse) =>
      this.#onRequest(request, response),
    );
    httpServer.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#onUpgrade(request, socket, head),
    );
    process.on("message", (message, handle) => this.#onMessage(message, handle));
    process.once("exit", () => removeAddress(this.#address));
    process.once("disconnect", () => this.#finder.giveUp());
    await this.#listen();
    tell(seal({ kind: "ready", address: this.#address }));
  }

  /** Takes what other workers pass on; not through the primary process, so that it is for this worker alone. */
  #listen(): Promise<void> {
    const inner = createServer(this.#answer).on("upgrade", this.#upgrade);
    inner.keepAliveTimeout = 0; // the other workers end connections, or a request might meet the end of its connection
    this.#io.httpServer.once("close", () => {
      inner.close();
      inner.closeAllConnections();
      this.#agent.destroy();
    });
    return new Promise((resolve, reject) => {
      inner.once("error", reject);
      inner.listen({ path: this.#address, exclusive: true }, resolve);
      inner.unref();
    });
  }

  #onSession(session: StickySession): void {
    const { id: sid } = session;
    tell(seal({ kind: "opened", sid }));
    session.once("close", () => tell(seal({ kind: "closed", sid })));
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    this.#locate(request, (address, sid) => {
      if (address === undefined) return this.#answer(request, response);
      if (response.destroyed) return; // the client has gone meanwhile
      forwardRequest(request, response, { address, agent: this.#agent }, (how) => {
        this.#finder.forget(sid);
        if (how === "unreachable") refuse(response);
        else fail(response);
      });
    });
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", ignore); // until somebody else listens
    this.#locate(request, (address, sid) => {
      socket.off("error", ignore);
      if (socket.destroyed) return;
      if (address === undefined) return this.#upgrade(request, socket, head);
      this.#finder.forget(sid); // there is one upgrade
      const start = headOf(request, head);
      socket.on("error", ignore);
      if (!(socket instanceof Socket) || socket instanceof TLSSocket) return forwardConnection(socket, start, address);
      this.#transfers.give(socket, sid, start);
    });
  }

  /** Finds the worker that has the request's session; no address if that is this one, or none. */
  #locate({ url = "" }: IncomingMessage, done: (address: string | undefined, sid: string) => void): void {
    const sid = url.startsWith(this.#io.path()) ? readSid(url) : undefined;
    if (sid === undefined || Object.hasOwn(this.#io.engine.clients, sid)) return done(undefined, "");
    this.#finder.find(sid, (address) => done(address === this.#address ? undefined : address, sid));
  }

  #onMessage(message: unknown, handle: unknown): void {
    const notice = readPrimaryNotice(message);
    switch (notice?.kind) {
      case undefined:
        return;
      case "found":
        return this.#finder.onFound(notice.question, notice.address);
      case "takeOver":
        tell(seal({ kind: "taken", transfer: notice.transfer }));
        if (!(handle instanceof Socket)) return; // the client has gone meanwhile
        return this.#transfers.take(notice.transfer, handle, Buffer.from(notice.head, "base64"));
      case "released":
        return this.#transfers.onReleased(notice.transfer);
    }
  }

  #onArrival(socket: Socket, head: Buffer): void {
    this.#io.httpServer.emit("connection", socket);
    socket.unshift(head);
  }
}

function tell(notice: WorkerNotice, socket?: Socket): void {
  process.send?.(notice, socket, {}, () => {}); // without a primary process there is nobody to find
}

/** Takes an event's listeners off a server; returns what calls them. */
function takeListeners(server: EventEmitter, event: "request" | "upgrade"): (...args: unknown[]) => void {
  const listeners = server.listeners(event);
  server.removeAllListeners(event);
  return (...args) => {
    for (const listener of listeners) listener.apply(server, args);
  };
}

function readSid(url: string): string | undefined {
  const query = url.slice(url.indexOf("?") + 1);
  return query.includes("sid=") ? (new URLSearchParams(query).get("sid") ?? undefined) : undefined;
}

function ignore(): void {}

/** What engines say of a session that nobody knows. */
function refuse(response: ServerResponse): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(400, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ code: 1, message: "Session ID unknown" }));
}

/** Nobody knows whether the session's worker has heard of the request. */
function fail(response: ServerResponse): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(502);
  response.end();
}
