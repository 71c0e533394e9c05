import type { IncomingMessage } from "node:http";
import type { Socket as TcpSocket } from "node:net";
import type { EngineMessage, EnginePacket } from "@halyard/contracts";
import { toError } from "@halyard/core";
import { decodeFrame, encodeFrame } from "@halyard/engine.io-parser";
import { WebSocket as Ws, type ClientOptions } from "ws";
import type { SocketOptions } from "../../options.ts";
import { connectionOptions } from "../node-options.node.ts";
import { Transport, type OutgoingPacket } from "../transport.ts";
import { readInFront, type FrameTaker } from "./frame-reader.node.ts";
import { FrameWriter, LONGEST_FRAME } from "./frame-writer.node.ts";

const DEFAULT_THRESHOLD_BYTES = 1024;
const UNCOMPRESSED = { compress: false };
const COMPRESSED = { compress: true };

/**
 * A `ws` connection that tells its transport what happens by a direct call. With listeners, every idle connection would keep
 * a table of them.
 */
class OwnedSocket extends Ws {
  owner: NodeWebSocket | undefined;

  override emit(event: string | symbol, first?: unknown, second?: unknown): boolean {
    return this.owner?.onEvent(event, first, second) || super.emit(event, first, second);
  }
}

/** WebSocket by the `ws` package: Node.js. What is sent in one task leaves in one write. */
export class NodeWebSocket extends Transport implements FrameTaker {
  /** @internal */
  libraryBytes = 0;
  #socket: OwnedSocket | undefined;
  /** There is none while messages may be compressed, which only `ws` can do. */
  #writer: FrameWriter | undefined;
  #drainDue = false;
  /** From this length on messages are compressed. `ws` itself would compress the shortest. */
  #thresholdBytes = Infinity;

  /** What servers and options call it. */
  get name(): "websocket" {
    return "websocket";
  }

  get bufferedBytes(): number {
    return (this.#socket?.bufferedAmount ?? 0) + (this.#writer?.bytes ?? 0);
  }

  open(): void {
    const { protocols, timestampRequests } = this.options;
    try {
      this.#socket = new OwnedSocket(this.url("ws", timestampRequests === true), protocols, this.#clientOptions());
      this.#socket.owner = this;
      // Bun has a WebSocket of its own for `ws`, which tells only what is listened to
      if (process.versions["bun"] !== undefined) listen(this.#socket, this);
    } catch (error) {
      queueMicrotask(() => this.fail("websocket error", error));
    }
  }

  /** Sends one message. */
  sendMessage(message: EngineMessage, compress: boolean): void {
    if (typeof message === "string") this.#write("4" + message, compress);
    else this.#write(this.#encode({ type: "message", data: message }), compress);
  }

  send(packets: readonly OutgoingPacket[]): void {
    for (const packet of packets) this.#write(this.#encode(packet), packet.options?.compress === true);
  }

  close(): void {
    if (this.state === "closing" || this.state === "closed") return;
    this.state = "closing";
    this.#writer?.flush();
    this.#socket?.close();
  }

  override abort(cause?: Error): void {
    this.#socket?.terminate();
    super.abort(cause);
  }

  protected release(): void {
    // without effect if the socket has ended by itself
    this.#socket?.close();
  }

  /** @internal Takes an event of the library's socket; false if it is for others. */
  onEvent(event: string | symbol, first: unknown, second: unknown): boolean {
    switch (event) {
      case "upgrade":
        if (isResponse(first)) this.#onUpgrade(first);
        return true;
      case "open":
        this.#onOpen();
        return true;
      case "message":
        this.libraryBytes = 0;
        if (!Buffer.isBuffer(first)) return true;
        if (second === true) this.onBinary(first);
        else this.onText(first, 0, first.length, false);
        return true;
      case "error": {
        const error = toError(first);
        this.fail("websocket error", { type: event, message: error.message, error });
        return true;
      }
      case "close":
        this.leave("websocket connection closed", { type: event, code: first, reason: String(second) });
        return true;
      default:
        return false;
    }
  }

  /** @internal */
  onText(chunk: Buffer, start: number, end: number, isAscii: boolean): void {
    // the hot path of the protocol's type "4", message
    if (chunk[start] === 0x34) this.handler.onMessage(chunk.toString(isAscii ? "latin1" : "utf8", start + 1, end));
    else this.receive(() => [decodeFrame(chunk.toString("utf8", start, end))]);
  }

  /** @internal */
  onBinary(data: Buffer): void {
    this.handler.onMessage(data);
  }

  #onUpgrade({ headers, socket }: IncomingMessage): void {
    const connection: TcpSocket | null = socket; // Bun shows none
    const isPlain = headers["sec-websocket-extensions"] === undefined;
    if (isPlain && connection !== null) this.#writer = new FrameWriter(connection);
    if (this.options.autoUnref) connection?.unref();
    this.options.cookieJar?.store(headers["set-cookie"]);
  }

  #onOpen(): void {
    if (this.state !== "opening") return;
    this.state = "open";
    if (this.#socket?.extensions) this.#thresholdBytes = threshold(this.options);
    // a limit, if there is any, is the library's to keep
    else if (this.#writer && this.options.maxPayload === undefined) readInFront(this.#writer.socket, this);
    this.handler.onWritable();
  }

  #encode(packet: EnginePacket): EngineMessage {
    return encodeFrame(packet, !this.options.forceBase64);
  }

  #clientOptions(): ClientOptions {
    const { cookieJar, extraHeaders, maxPayload, origin, protocolVersion } = this.options;
    const { perMessageDeflate = { threshold: DEFAULT_THRESHOLD_BYTES } } = this.options;
    const cookie = cookieJar?.header();
    return {
      ...connectionOptions(this.options),
      ...(maxPayload !== undefined && { maxPayload }),
      ...(origin !== undefined && { origin }),
      ...(protocolVersion !== undefined && { protocolVersion }),
      perMessageDeflate,
      headers: { ...(cookie !== undefined && { cookie }), ...extraHeaders },
    };
  }

  #write(frame: EngineMessage, compress: boolean): void {
    if (this.state !== "open") return;
    if (!this.#drainDue) {
      this.#drainDue = true;
      process.nextTick(NodeWebSocket.#onTickEnd, this);
    }
    const writer = this.#writer;
    if (writer !== undefined && frame.length <= LONGEST_FRAME) return writer.push(frame);
    writer?.flush();
    this.#socket?.send(frame, compress && this.#isLong(frame) ? COMPRESSED : UNCOMPRESSED);
  }

  #isLong(frame: EngineMessage): boolean {
    return this.#thresholdBytes !== Infinity && Buffer.byteLength(frame) >= this.#thresholdBytes;
  }

  static readonly #onTickEnd: (transport: NodeWebSocket) => void = (transport) => {
    transport.#drainDue = false;
    if (transport.state !== "open") return;
    transport.#writer?.flush();
    transport.handler.onWritable();
  };
}

function threshold({ perMessageDeflate }: SocketOptions): number {
  return (typeof perMessageDeflate === "object" ? perMessageDeflate.threshold : undefined) ?? DEFAULT_THRESHOLD_BYTES;
}

function listen(socket: OwnedSocket, owner: NodeWebSocket): void {
  for (const event of ["upgrade", "open", "message", "error", "close"])
    socket.on(event, (first: unknown, second: unknown) => owner.onEvent(event, first, second));
}

function isResponse(value: unknown): value is IncomingMessage {
  return typeof value === "object" && value !== null && "headers" in value;
}
