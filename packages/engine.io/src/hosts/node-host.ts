import { validateHeaderName, validateHeaderValue, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { serialize } from "cookie";
import { DeadlineQueue } from "@halyard/core";
import cors from "cors";
import { admit, type AdmissionContext, type Applicant } from "../admission.ts";
import { errors, type Refusal } from "../connection-error.ts";
import { protocolOf } from "../handshake.ts";
import type { LiveOption } from "../live-options.ts";
import type { AllowRequest, ResolvedOptions, WebSocketEngine } from "../options.ts";
import { parseQuery } from "../request-query.ts";
import type { ResponseHeaders } from "./response-headers.ts";
import type { EngineRequest } from "../session/handshake-record.ts";
import type { SessionManager } from "../session-manager.ts";
import { assignId, describeRefusal, type OpeningContext, type OpeningOwner } from "../session-opening.ts";
import { PollingTransport } from "../transports/polling.ts";
import type { WebSocketTransport } from "../transports/websocket.ts";
import { isTaken, takenError, watchOtherListeners } from "./connection-claim.ts";
import type { Middleware } from "./middleware.ts";
import { NodeExchange, type HeaderDecorator, type NodeExchangeContext } from "./node-exchange.ts";
import { refuseRequest, refuseUpgrade } from "./refuse.ts";
import { UpgradeResponse } from "./upgrade-response.ts";
import { WebSocketHost } from "./websocket-engine.ts";
import { WebTransportHost } from "./webtransport-host.ts";

/** What the host asks of, and tells, the server. */
export interface NodeHostOwner extends OpeningOwner {
  allowRequest(): AllowRequest | undefined;
  hasListeners(event: "headers" | "initial_headers"): boolean;
  onHeaders(headers: ResponseHeaders, request: IncomingMessage, isInitial: boolean): void;
  report(error: unknown): void;
}

/** Brings the requests of a Node.js HTTP server to the sessions. */
export class NodeHost {
  readonly #options: ResolvedOptions;
  readonly #sessions: SessionManager;
  readonly #owner: NodeHostOwner;
  readonly #opening: OpeningContext;
  readonly #middlewares: Middleware[] = [];
  readonly #ownMiddlewares: number;
  readonly #admission: AdmissionContext;
  readonly #exchanges: NodeExchangeContext;
  #webSockets: WebSocketHost | undefined;
  /** Takes sessions from the application's own WebTransport server. */
  readonly webTransports: WebTransportHost;
  /** Connections whose WebSocket handshake has not been decided, with what removes them when they end. */
  readonly #handshakes = new Map<Duplex, () => void>();
  /** What middlewares answered to the handshakes under way. */
  readonly #responses = new WeakMap<IncomingMessage, UpgradeResponse>();

  constructor(options: ResolvedOptions, sessions: SessionManager, owner: NodeHostOwner) {
    this.#options = options;
    this.#sessions = sessions;
    this.#owner = owner;
    this.#opening = { owner, sessions };
    if (options.cors !== undefined) this.#middlewares.push(cors(options.cors));
    this.#ownMiddlewares = this.#middlewares.length;
    this.#admission = {
      get transports() {
        return options.transports;
      },
      get allowEIO3() {
        return options.allowEIO3;
      },
      findSession: (sid) => sessions.find(sid),
      middlewares: this.#middlewares,
      get allowRequest() {
        return owner.allowRequest();
      },
      checksOrigin: options.cors !== undefined,
      refusesSessions: () => owner.refusesSessions(),
      report: (error) => owner.report(error),
    };
    this.webTransports = new WebTransportHost(options, sessions, this.#opening, this.#admission);
    const { stalls, afterInput } = sessions.shared.webSocket;
    this.#exchanges = {
      clock: options.clock,
      bodies: new DeadlineQueue(options.clock, options.requestTimeoutMs, true),
      stalls,
      afterInput,
      report: (error) => owner.report(error),
    };
    this.#createWebSockets();
  }

  get webSocketEngine(): WebSocketEngine | undefined {
    return this.#webSockets?.engine;
  }

  /** Whether the application has added middlewares. */
  get hasMiddlewares(): boolean {
    return this.#middlewares.length > this.#ownMiddlewares;
  }

  use(middleware: Middleware): void {
    this.#middlewares.push(middleware);
  }

  onOptionChanged(name: LiveOption): void {
    if (isOfWebSockets(name)) this.#createWebSockets();
  }

  handleRequest(message: IncomingMessage, response: ServerResponse): void {
    const request = withQuery(message);
    const applicant: Applicant = { request, response, kind: "http" };
    admit(applicant, this.#admission, (refusal) => {
      if (refusal === undefined) this.#serve(request, response);
      else {
        this.#tellRefused(request, refusal);
        refuseRequest(response, refusal);
      }
    });
  }

  handleUpgrade(message: IncomingMessage, socket: Duplex, head: Buffer): void {
    const request = withQuery(message);
    const response = this.#createUpgradeResponse(request, socket);
    let isDecided = false;
    admit({ request, response, kind: "websocket" }, this.#admission, (refusal) => {
      isDecided = true;
      if (refusal === undefined) this.#accept(request, socket, head);
      else this.#refuse(request, socket, refusal);
    });
    if (!isDecided) this.#await(socket);
  }

  /** Other listeners of `upgrade` come after this one: none of them may answer the handshake, too. */
  watchOthers(request: IncomingMessage, socket: Duplex): void {
    if (!socket.destroyed) watchOtherListeners(socket, () => this.#refuseTaken(withQuery(request), socket));
  }

  /** Ends the connections and sessions whose handshake is still being decided. */
  endHandshakes(): void {
    for (const socket of this.#handshakes.keys()) socket.destroy();
    this.#handshakes.clear();
    this.webTransports.endHandshakes();
  }

  /** Makes what performs WebSocket handshakes; connections that exist are not affected. */
  #createWebSockets(): void {
    if (!this.#options.transports.includes("websocket")) return;
    this.#webSockets = new WebSocketHost(this.#options, this.#sessions.shared.webSocket);
    this.#webSockets.engine.on?.("headers", (headers, request) => this.#addHeaders(headers, request));
  }

  #serve(request: EngineRequest, response: ServerResponse): void {
    const { sid } = request._query;
    if (!sid) {
      assignId(request, this.#opening, {
        onId: (id) => {
          const exchange = this.#createExchange(request, response, id);
          if (!exchange.ended) this.#sessions.openPolling(id, request, exchange);
        },
        onRefusal: (refusal) => refuseRequest(response, refusal),
        onWait: () => {},
      });
      return;
    }
    // middlewares and allowRequest may have taken their time: the session may have gone, or changed its transport
    const transport = this.#sessions.find(sid)?.transport;
    if (transport instanceof PollingTransport) transport.onRequest(this.#createExchange(request, response, undefined));
    else refuseRequest(response, { code: errors.UNKNOWN_SID, context: { sid } });
  }

  #accept(request: EngineRequest, socket: Duplex, head: Buffer): void {
    const { sid } = request._query;
    if (sid) this.#acceptUpgrade(sid, request, socket, head);
    else {
      assignId(request, this.#opening, {
        onId: (id) => {
          this.#shakeHands(request, socket, head, (transport) => this.#sessions.openStream(id, request, transport));
        },
        onRefusal: (refusal) => this.#refuse(request, socket, refusal, false),
        onWait: () => this.#await(socket),
      });
    }
  }

  #acceptUpgrade(sid: string, request: EngineRequest, socket: Duplex, head: Buffer): void {
    const session = this.#sessions.find(sid);
    if (session === undefined || !session.canUpgrade) {
      this.#refuse(request, socket, { code: errors.UNKNOWN_SID, context: { sid } });
      return;
    }
    this.#shakeHands(request, socket, head, (transport) => session.beginUpgrade(transport));
  }

  /** Watches over a connection whose handshake takes time to decide. */
  #await(socket: Duplex): void {
    if (socket.destroyed || this.#handshakes.has(socket)) return;
    const onClose = (): void => void this.#handshakes.delete(socket);
    this.#handshakes.set(socket, onClose);
    socket.on("error", ignore).once("close", onClose);
  }

  /** The handshake has been decided. */
  #settle(socket: Duplex): void {
    const onClose = this.#handshakes.get(socket);
    if (onClose === undefined) return;
    this.#handshakes.delete(socket);
    socket.off("close", onClose);
  }

  #shakeHands(
    request: EngineRequest,
    socket: Duplex,
    head: Buffer,
    onTransport: (transport: WebSocketTransport) => void,
  ): void {
    if (isTaken(socket)) return this.#refuseTaken(request, socket);
    this.#settle(socket);
    if (this.#webSockets === undefined) this.#createWebSockets(); // the transport has been added to the list
    this.#webSockets?.accept(request, socket, head, protocolOf(request._query), onTransport);
  }

  #refuse(request: EngineRequest, socket: Duplex, refusal: Refusal, tells = true): void {
    if (isTaken(socket)) return this.#refuseTaken(request, socket);
    this.#settle(socket);
    if (tells) this.#tellRefused(request, refusal);
    refuseUpgrade(socket, refusal);
  }

  /** Two take the connection for theirs: neither can use it, and no answer can be read in the middle of a WebSocket. */
  #refuseTaken(request: EngineRequest, socket: Duplex): void {
    this.#settle(socket);
    if (socket.destroyed) return; // told of already, or gone
    const error = takenError();
    socket.on("error", ignore).destroy();
    this.#tellRefused(request, { code: errors.BAD_REQUEST, context: { name: "CONNECTION_TAKEN", error } });
    this.#owner.report(error);
  }

  #tellRefused(request: EngineRequest, refusal: Refusal): void {
    this.#owner.onRefused(describeRefusal(request, refusal));
  }

  #createExchange(request: EngineRequest, response: ServerResponse, newId: string | undefined): NodeExchange {
    return new NodeExchange(request, response, this.#exchanges, this.#decoratorFor(request, newId));
  }

  #decoratorFor(request: EngineRequest, newId: string | undefined): HeaderDecorator | undefined {
    const { cookie } = this.#options;
    const setsCookie = newId !== undefined && cookie !== undefined;
    const isInternetExplorer = /;MSIE|Trident\//.test(request.headers["user-agent"] ?? "");
    if (!setsCookie && !isInternetExplorer && !this.#hasHeaderListeners) return undefined;
    return (headers) => {
      // keeps these browsers from taking the answer for a script of the page
      if (isInternetExplorer) headers["X-XSS-Protection"] = "0";
      if (setsCookie) headers["Set-Cookie"] = [serialize(cookie.name, newId, cookie.attributes)];
      this.#owner.onHeaders(headers, request, newId !== undefined);
    };
  }

  get #hasHeaderListeners(): boolean {
    return this.#owner.hasListeners("headers") || this.#owner.hasListeners("initial_headers");
  }

  #createUpgradeResponse(request: IncomingMessage, socket: Duplex): UpgradeResponse | undefined {
    if (this.#middlewares.length === 0) return undefined;
    const response = new UpgradeResponse(request, socket);
    this.#responses.set(request, response);
    return response;
  }

  /** Over HTTP, Node.js refuses what could be taken for another header; so it is here. */
  #isHeader(name: string, value: string): boolean {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
      return true;
    } catch (error) {
      this.#owner.report(error);
      return false;
    }
  }

  /** Adds to the 101 answer what middlewares and listeners want in it. */
  #addHeaders(lines: string[], request: IncomingMessage): void {
    const response = this.#responses.get(request);
    if (response === undefined && !this.#hasHeaderListeners) return;
    response?.writeHead(); // middlewares like express-session wait for this call to set their headers
    const headers: ResponseHeaders = response?.rawHeaders() ?? {};
    const isInitial = !parseQuery(request.url ?? "")["sid"];
    this.#owner.onHeaders(headers, request, isInitial);
    for (const [name, value] of Object.entries(headers)) {
      for (const line of typeof value === "object" ? value : [value]) {
        if (line !== undefined && this.#isHeader(name, line)) lines.push(`${name}: ${line}`);
      }
    }
  }
}

function isOfWebSockets(name: LiveOption): boolean {
  return ["maxHttpBufferSize", "perMessageDeflate", "transports", "wsEngine"].includes(name);
}

function ignore(): void {
  // an error during the handshake is followed by `close`
}

function withQuery(message: IncomingMessage): EngineRequest {
  addQuery(message);
  return message;
}

/** Others, as Express, may have left a query of theirs. */
function addQuery(message: IncomingMessage & { _query?: unknown }): asserts message is EngineRequest {
  const hasQuery = typeof message._query === "object" && message._query !== null;
  if (!hasQuery) message._query = parseQuery(message.url ?? "");
}
