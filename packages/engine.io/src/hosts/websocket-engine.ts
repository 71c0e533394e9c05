import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { codecOf } from "../codecs.ts";
import type { EngineWebSocketLike, ResolvedOptions, WebSocketEngine } from "../options.ts";
import { ForeignConnection } from "./foreign-connection.ts";
import { PeerWebSocket } from "./peer-websocket.ts";
import { CoalescingWriter } from "../transports/coalescing-writer.ts";
import { FrameReader } from "../transports/frame-reader.ts";
import type { WritableConnection } from "../transports/writable-connection.ts";
import { LibraryWriter, type LibraryWriterContext } from "../transports/library-writer.ts";
import { WebSocketTransport, type WebSocketContext } from "../transports/websocket.ts";

/** Performs WebSocket handshakes and makes transports of the connections. */
export class WebSocketHost {
  readonly engine: WebSocketEngine;
  readonly #context: WebSocketContext & LibraryWriterContext;
  readonly #isForeign: boolean;
  readonly #reader: FrameReader;
  readonly #mayCompress: boolean;

  constructor(options: ResolvedOptions, context: WebSocketContext & LibraryWriterContext) {
    this.#context = context;
    this.#isForeign = options.wsEngine !== undefined;
    this.#reader = new FrameReader(options.maxPayloadBytes);
    this.#mayCompress = options.perMessageDeflate !== false;
    const engineOptions = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: options.perMessageDeflate,
      maxPayload: options.maxPayloadBytes,
    };
    this.engine =
      options.wsEngine === undefined ? createBuiltInEngine(engineOptions) : new options.wsEngine(engineOptions);
  }

  /** Answers with status 101 and makes the transport, or answers with an error. */
  accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    protocol: 3 | 4,
    onTransport: (transport: WebSocketTransport) => void,
  ): void {
    if (this.#isForeign) keepAddress(request);
    else if (!this.#mayCompress && isConnection(socket)) socket.cork(); // the first packet takes the answer along
    try {
      this.engine.handleUpgrade(request, socket, head, (connection) => {
        onTransport(this.#createTransport(connection, socket, protocol));
      });
    } finally {
      if (socket.writableCorked > 0) socket.uncork();
    }
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

function createBuiltInEngine(options: object): WebSocketEngine {
  return new WebSocketServer({
    ...options,
    autoPong: false, // the transport answers pings, within limits
    allowSynchronousEvents: true,
    skipUTF8Validation: false,
    WebSocket: PeerWebSocket,
  });
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
