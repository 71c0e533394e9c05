import type { IncomingMessage } from "node:http";
import type { Socket as TcpSocket } from "node:net";
import type { EngineMessage, EnginePacket } from "@halyard/contracts";
import { decodeFrame, encodeFrame } from "@halyard/engine.io-parser";
import { WebSocket as Ws, type ClientOptions, type RawData } from "ws";
import type { SocketOptions } from "../../options.ts";
import { connectionOptions } from "../node-options.node.ts";
import { Transport, type OutgoingPacket } from "../transport.ts";
import { FrameWriter, LONGEST_FRAME } from "./frame-writer.node.ts";

const DEFAULT_THRESHOLD_BYTES = 1024;
const UNCOMPRESSED = { compress: false };
const COMPRESSED = { compress: true };

/** A socket that knows its transport, so that all can share their listeners: closures would cost memory per connection. */
type OwnedSocket = Ws & { readonly owner: NodeWebSocket };

interface Listeners {
  readonly upgrade: (this: OwnedSocket, response: IncomingMessage) => void;
  readonly open: (this: OwnedSocket) => void;
  readonly message: (this: OwnedSocket, data: RawData, isBinary: boolean) => void;
  readonly error: (this: OwnedSocket, error: Error) => void;
  readonly close: (this: OwnedSocket, code: number, reason: Buffer) => void;
}

/** WebSocket by the `ws` package: Node.js. What is sent in one task leaves in one write. */
export class NodeWebSocket extends Transport {
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
      const socket = new Ws(this.url("ws", timestampRequests === true), protocols, this.#clientOptions());
      this.#socket = listen(Object.assign(socket, { owner: this }), NodeWebSocket.#listeners);
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

  static readonly #listeners: Listeners = {
    upgrade(response) {
      const { owner } = this;
      const connection: TcpSocket | null = response.socket; // Bun, which has a WebSocket of its own for `ws`, shows none
      const isPlain = response.headers["sec-websocket-extensions"] === undefined;
      if (isPlain && connection !== null) owner.#writer = new FrameWriter(connection);
      if (owner.options.autoUnref) connection?.unref();
      owner.options.cookieJar?.store(response.headers["set-cookie"]);
    },
    open() {
      const { owner } = this;
      if (owner.state !== "opening") return;
      owner.state = "open";
      if (this.extensions !== "") owner.#thresholdBytes = threshold(owner.options);
      owner.handler.onWritable();
    },
    message(data, isBinary) {
      const { owner } = this;
      if (!Buffer.isBuffer(data)) return;
      if (isBinary) owner.handler.onMessage(data);
      // the hot path of the protocol's type "4", message
      else if (data[0] === 0x34) owner.handler.onMessage(data.toString("utf8", 1));
      else owner.receive(() => [decodeFrame(data.toString())]);
    },
    error(error) {
      this.owner.fail("websocket error", { type: "error", message: error.message, error });
    },
    close(code, reason) {
      this.owner.leave("websocket connection closed", { type: "close", code, reason: reason.toString() });
    },
  };
}

function threshold({ perMessageDeflate }: SocketOptions): number {
  return (typeof perMessageDeflate === "object" ? perMessageDeflate.threshold : undefined) ?? DEFAULT_THRESHOLD_BYTES;
}

function listen(socket: OwnedSocket, listeners: Listeners): OwnedSocket {
  for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener);
  return socket;
}
