import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import type { FrameReader } from "../transports/frame-reader.ts";
import type { WebSocketTransport } from "../transports/websocket.ts";
import { PeerWebSocket } from "./peer-websocket.ts";
import { createAnsweredRequest } from "./plain-handshake.ts";

const NOTHING = Buffer.alloc(0);

/** The library's server, as we have it make connections. */
export function createLibraryServer(options: object): WebSocketServer {
  return new WebSocketServer({
    ...options,
    noServer: true,
    clientTracking: false,
    autoPong: false, // the transport answers pings, within limits
    allowSynchronousEvents: true,
    skipUTF8Validation: false,
    WebSocket: PeerWebSocket,
  });
}

/** Has the WebSocket library go on with connections whose handshakes were answered without it. */
export class LibraryCaller {
  readonly #server: WebSocketServer;
  readonly #reader: FrameReader;
  readonly #request: IncomingMessage = createAnsweredRequest();

  constructor(reader: FrameReader, maxPayloadBytes: number) {
    this.#server = createLibraryServer({ perMessageDeflate: false, maxPayload: maxPayloadBytes });
    this.#reader = reader;
  }

  /** Returns nothing if the connection is over. */
  call(socket: Duplex, transport: WebSocketTransport): PeerWebSocket | undefined {
    let called: WebSocket | undefined;
    const restore = swallowWrites(socket);
    try {
      this.#server.handleUpgrade(this.#request, socket, NOTHING, (connection) => (called = connection));
    } finally {
      restore();
    }
    if (!(called instanceof PeerWebSocket)) return undefined;
    called.peer = transport;
    this.#reader.attach(socket, transport);
    return called;
  }
}

/** The library answers the handshake at once, before it makes the connection; the client has had that answer already. */
function swallowWrites(socket: Duplex): () => void {
  const write: unknown = Reflect.get(socket, "write");
  socket.write = () => true;
  return () => void Object.assign(socket, { write });
}
