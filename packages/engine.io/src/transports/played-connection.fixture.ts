import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { EngineControlPacket, EngineMessage, TransportCloseReason } from "@halyard/contracts";
import { WebSocketHost } from "../hosts/websocket-engine.ts";
import { resolveOptions, type ServerOptions } from "../options.ts";
import { ServerContext } from "../server-context.ts";
import type { ServerTransportHandler } from "./server-transport.ts";
import type { WebSocketTransport } from "./websocket.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** What becomes of a connection, in order, and what its peer is sent. */
export interface Outcome {
  readonly events: readonly string[];
  readonly sent: string;
}

/** How a connection is played. */
interface Play {
  readonly host: PlayedHost;
  /** What the peer sends, then it ends. */
  readonly chunks: readonly Buffer[];
  /** How many of the chunks come together with the upgrade request. */
  readonly early?: number;
  /** Whether the library reads everything, as it does where others listen to the socket as well. */
  readonly isLibraryAlone?: boolean;
}

/** What a server has for all its connections. */
export class PlayedHost {
  readonly #host: WebSocketHost;

  constructor(options: ServerOptions = {}) {
    const resolved = resolveOptions({ maxTurnTime: 60_000, flushPolicy: "tick", ...options });
    const context = new ServerContext(resolved, { onLingering() {}, onGone() {} }, () => {});
    this.#host = new WebSocketHost(resolved, context.webSocket);
  }

  connect(socket: PlayedSocket, head: Buffer, onTransport: (transport: WebSocketTransport) => void): void {
    const request = Object.assign(new IncomingMessage(new Socket()), {
      method: "GET",
      url: "/",
      headers: { upgrade: "websocket", "sec-websocket-key": KEY, "sec-websocket-version": "13" },
    });
    this.#host.accept(request, socket, head, 4, onTransport);
  }
}

/** Plays a connection from its beginning to its end. */
export async function play({ host, chunks, early = 0, isLibraryAlone = false }: Play): Promise<Outcome> {
  const socket = new PlayedSocket();
  if (isLibraryAlone) socket.on("data", ignore);
  const recorder = new Recorder();
  const isGone = new Promise((resolve) => socket.once("close", resolve));
  host.connect(socket, Buffer.concat(chunks.slice(0, early)), (transport) => recorder.bindTo(transport));
  for (const chunk of chunks.slice(early)) if (!socket.destroyed) socket.push(Buffer.from(chunk));
  await new Promise((resolve) => setImmediate(resolve)); // errors take a moment, and the end should not come before
  if (!socket.destroyed) socket.push(null);
  await Promise.all([isGone, recorder.closed]);
  const answer = socket.sent.indexOf("\r\n\r\n") + 4;
  return { events: recorder.events, sent: socket.sent.slice(answer) };
}

/** A socket whose input a test decides chunk by chunk. */
class PlayedSocket extends Duplex {
  bytesWritten = 0;
  readonly bytesRead = 0;
  /** What was written, as latin1. */
  sent = "";

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.bytesWritten += chunk.length;
    this.sent += chunk.toString("latin1");
    callback();
  }
}

/** Writes down what a transport tells; some messages make it act. */
class Recorder implements ServerTransportHandler {
  readonly events: string[] = [];
  readonly closed: Promise<void>;
  #onClosed: () => void = ignore;
  #transport: WebSocketTransport | undefined;

  constructor() {
    this.closed = new Promise((resolve) => (this.#onClosed = resolve));
  }

  bindTo(transport: WebSocketTransport): void {
    this.#transport = transport;
    transport.bind(this);
  }

  onMessage(data: EngineMessage): void {
    this.events.push(typeof data === "string" ? `text ${data}` : `binary ${Buffer.from(data).toString("hex")}`);
    const transport = this.#transport;
    if (data === "close") transport?.close();
    else if (data === "abort") transport?.abort();
    else if (data === "answer") transport?.sendMessage("an answer", false);
    else if (data === "pause") {
      transport?.pauseReading();
      setImmediate(() => transport?.resumeReading());
    }
  }

  onPacket(packet: EngineControlPacket): void {
    this.events.push(`packet ${JSON.stringify(packet)}`);
  }

  onWritable(): void {}

  onClose(reason: TransportCloseReason, cause?: Error): void {
    this.events.push(`close ${reason}, ${codeOf(cause)}`);
    this.#onClosed();
  }
}

function codeOf(error: Error | undefined): string {
  if (error === undefined) return "no cause";
  const cause = error.cause instanceof Error ? ` because of ${codeOf(error.cause)}` : "";
  return ("code" in error ? String(error.code) : error.message) + cause;
}

function ignore(): void {}
