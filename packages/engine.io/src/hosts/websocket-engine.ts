import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { codedError } from "@halyard/core";
import type { WebSocketServer } from "ws";
import { codecOf } from "../codecs.ts";
import type { EngineWebSocketLike, ResolvedOptions, WebSocketEngine } from "../options.ts";
import { ForeignConnection } from "./foreign-connection.ts";
import { createLibraryServer, LibraryCaller } from "./library-caller.ts";
import { PeerWebSocket } from "./peer-websocket.ts";
import { PlainConnection } from "./plain-connection.ts";
import { answerLines, joinLines, plainKey } from "./plain-handshake.ts";
import { CoalescingWriter } from "../transports/coalescing-writer.ts";
import { FrameReader } from "../transports/frame-reader.ts";
import type { WritableConnection } from "../transports/writable-connection.ts";
import { LibraryWriter, type LibraryWriterContext } from "../transports/library-writer.ts";
import { WebSocketTransport, type WebSocketContext } from "../transports/websocket.ts";

/** Performs WebSocket handshakes and makes transports of the connections. */
export class WebSocketHost {
  readonly engine: WebSocketEngine;
  readonly #context: WebSocketContext & LibraryWriterContext;
  /** The engine, unless it is one of the application's choice. */
  readonly #builtIn: WebSocketServer | undefined;
  readonly #reader: FrameReader;
  readonly #caller: LibraryCaller;
  readonly #mayCompress: boolean;
  #isClosed = false;

  constructor(options: ResolvedOptions, context: WebSocketContext & LibraryWriterContext) {
    const { wsEngine, perMessageDeflate, maxPayloadBytes } = options;
    this.#context = context;
    this.#reader = new FrameReader(maxPayloadBytes);
    this.#caller = new LibraryCaller(this.#reader, maxPayloadBytes);
    this.#mayCompress = perMessageDeflate !== false;
    const engineOptions = { noServer: true, clientTracking: false, perMessageDeflate, maxPayload: maxPayloadBytes };
    if (wsEngine === undefined) {
      this.engine = this.#builtIn = createLibraryServer(engineOptions).on("close", () => (this.#isClosed = true));
    } else this.engine = new wsEngine(engineOptions);
  }

  /** Answers with status 101 and makes the transport, or answers with an error. The connection must not be a WebSocket yet. */
  accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    protocol: 3 | 4,
    onTransport: (transport: WebSocketTransport) => void,
  ): void {
    const answer = isConnection(socket) ? this.#answerTo(request, socket) : undefined;
    if (answer !== undefined && isConnection(socket)) {
      const transport = this.#createPlainTransport(socket, head, protocol, answer);
      onTransport(transport);
      if (socket.writable) transport.start();
      else giveUp(socket, transport);
      return;
    }
    if (this.#builtIn === undefined) keepAddress(request);
    this.engine.handleUpgrade(request, socket, head, (connection) => {
      onTransport(this.#createTransport(connection, socket, protocol));
    });
  }

  /** The answer to a handshake which there is nothing to negotiate in; any other is the library's, or the engine's. */
  #answerTo(request: IncomingMessage, socket: Duplex): string | undefined {
    // where others listen as well, as a tool that counts bytes may, the library reads alone
    const isFree = socket.readable && socket.writable && socket.listenerCount("data") === 0;
    if (this.#builtIn === undefined || this.#isClosed || !isFree) return undefined;
    const key = plainKey(request, this.#mayCompress);
    if (key === undefined) return undefined;
    const lines = answerLines(key);
    this.#builtIn.emit("headers", lines, request);
    return joinLines(lines);
  }

  /** Begins a connection without the library; the first packet takes the answer along. */
  #createPlainTransport(
    socket: Duplex & WritableConnection,
    head: Buffer,
    protocol: 3 | 4,
    answer: string,
  ): WebSocketTransport {
    const connection = new PlainConnection(socket, this.#caller);
    const transport = new WebSocketTransport(
      connection,
      codecOf(protocol),
      this.#context,
      (owner) => new CoalescingWriter(socket, protocol, owner, this.#context, answer),
    );
    connection.peer = transport;
    if (socket instanceof Socket) socket.setTimeout(0).setNoDelay();
    if (head.length > 0 && socket.writable) socket.unshift(head);
    this.#reader.begin(socket, transport);
    return transport;
  }

  #createTransport(connection: EngineWebSocketLike, socket: Duplex, protocol: 3 | 4): WebSocketTransport {
    const isPlain = connection instanceof PeerWebSocket && !connection.extensions && isConnection(socket);
    const peer = connection instanceof PeerWebSocket ? connection : new ForeignConnection(connection);
    const transport = new WebSocketTransport(peer, codecOf(protocol), this.#context, (owner) =>
      isPlain
        ? new CoalescingWriter(socket, protocol, owner, this.#context)
        : new LibraryWriter(peer, protocol, owner, this.#context),
    );
    if (peer instanceof PeerWebSocket) peer.peer = transport;
    else peer.tell(transport);
    if (isPlain) this.#reader.attach(socket, transport);
    return transport;
  }
}

/** A listener for `headers` has ended the connection: the client gets what it was told by that, and is heard no more. */
function giveUp(socket: Duplex, transport: WebSocketTransport): void {
  transport.onError(codedError("CONNECTION_ENDED", "the connection was ended during the handshake"));
  if (socket.writableFinished) socket.destroy();
  else socket.once("finish", () => socket.destroy());
}

/** The stream of an HTTP/1.1 server is a `net.Socket` or a `tls.TLSSocket`; others may not count what they wrote. */
function isConnection(socket: Duplex): socket is Duplex & WritableConnection {
  return "bytesWritten" in socket && typeof socket.bytesWritten === "number";
}

/** Engines may take the connection out of the hands of Node.js, which forgets whose it was. */
function keepAddress({ socket }: IncomingMessage): void {
  const { remoteAddress } = socket;
  Object.defineProperty(socket, "remoteAddress", { value: remoteAddress, configurable: true });
}
