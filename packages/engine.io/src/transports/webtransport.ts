import type {
  EngineCodec,
  EngineControlPacket,
  EngineMessage,
  EnginePacket,
  PreparedMessage,
  TransportCloseReason,
} from "@halyard/contracts";
import { toError, type DeadlineEntry, type DeadlineQueue } from "@halyard/core";
import type { FrameDecoder } from "@halyard/engine.io-parser";
import type { WorkMeters } from "../loop-turns.ts";
import { BaseTransport } from "./base-transport.ts";
import { encodeControl } from "./control-packet.ts";
import type { WriterContext } from "./coalescing-writer.ts";
import { PreparedFrames } from "./prepared-frames.ts";
import type { MessageStream, QueuedPacket, ServerTransport, ServerTransportHandler } from "./server-transport.ts";
import { streamMessageFrame, streamPacketFrame } from "./webtransport-frame.ts";
import { StreamReader, type StreamReaderOwner } from "./webtransport-reader.ts";
import type { StreamSource, WebTransportCloseInfo } from "./webtransport-session.ts";
import { StreamWriter, type StreamSink, type StreamWriterOwner } from "./webtransport-writer.ts";

/** The character of the packet type "message", `4`. */
const MESSAGE_TYPE = 0x34;

/** What the session says of its end: the codes are those of WebSocket (RFC 6455, section 7.4.1). */
const GOING_AWAY: WebTransportCloseInfo = { closeCode: 1001, reason: "server shutting down" };
const PROTOCOL_ERROR: WebTransportCloseInfo = { closeCode: 1002, reason: "parse error" };
const SLOW: WebTransportCloseInfo = { closeCode: 1008, reason: "slow consumer" };

/** One WebTransport session whose client has opened its stream. */
export interface WebTransportConnection {
  readonly source: StreamSource<Uint8Array>;
  readonly sink: StreamSink;
  /** Has the bytes that were read already. */
  readonly decoder: FrameDecoder;
  /** Settles when the session is over, whoever ended it. */
  readonly closed: Promise<unknown>;
  /** Ends the session at once; idempotent. */
  close(info?: WebTransportCloseInfo): void;
}

/** What the WebTransport transports of one server share. */
export interface WebTransportContext extends WriterContext {
  readonly codec: EngineCodec;
  readonly meters: WorkMeters;
  /** Waits for clients to confirm that they have everything. */
  readonly goodbyes: DeadlineQueue;
  /** A transport has begun to close, and may outlive its session. */
  onLingering(transport: WebTransportTransport): void;
  /** A transport has ended. */
  onGone(transport: WebTransportTransport): void;
}

/** Engine.IO over one bidirectional stream of a WebTransport session: a packet is a frame with a header of its own. */
export class WebTransportTransport
  extends BaseTransport
  implements ServerTransport, MessageStream, StreamReaderOwner, StreamWriterOwner, DeadlineEntry
{
  readonly #connection: WebTransportConnection;
  readonly #context: WebTransportContext;
  readonly #reader: StreamReader;
  readonly #writer: StreamWriter;
  #handler: ServerTransportHandler | undefined;
  #state: "open" | "closing" | "closed" = "open";
  /** What the session is closed with in the end. */
  #closeInfo: WebTransportCloseInfo | undefined;
  #hasSentMessages = false;
  /** Pings that the client has not answered. */
  #pongsDue = 0;
  /** Why the client was given up. */
  #failure: Error | undefined;

  /** @internal Nothing is read before {@link start}. */
  constructor(connection: WebTransportConnection, context: WebTransportContext) {
    super();
    this.#connection = connection;
    this.#context = context;
    this.#reader = new StreamReader(connection.source, connection.decoder, this, context.meters);
    this.#writer = new StreamWriter(connection.sink, this, context);
  }

  get name(): "webtransport" {
    return "webtransport";
  }

  get stream(): MessageStream {
    return this;
  }

  get writable(): boolean {
    return this.#state === "open";
  }

  /** Messages of this transport are read in pieces that are not counted. */
  get receivedBytes(): number {
    return 0;
  }

  get bufferedBytes(): number {
    return this.#writer.bufferedBytes;
  }

  bind(handler: ServerTransportHandler): void {
    this.#handler = handler;
  }

  /** Begins to read; called once, when the handler is bound and ready. */
  start(): void {
    const onGone = (cause?: Error): void => this.#reader.onGone(cause);
    this.#connection.closed.then(() => onGone()).catch((error: unknown) => onGone(toError(error)));
    this.#reader.start();
  }

  send(packets: readonly EnginePacket[]): void {
    for (const packet of packets) this.#sendPacket(packet);
  }

  sendQueued(queue: readonly QueuedPacket[]): void {
    for (const { packet } of queue) this.#sendPacket(packet);
  }

  sendMessage(message: EngineMessage): void {
    if (this.#state === "open") this.#writeMessages(streamMessageFrame(message));
  }

  sendPrepared(message: PreparedMessage): void {
    if (this.#state !== "open") return;
    if (message instanceof PreparedFrames) this.#writeMessages(message.streamFrames());
    else for (const part of message.messages) this.sendMessage(part);
  }

  requestWritable(): void {
    this.#handler?.onWritable();
  }

  close(): void {
    this.#closeWith(undefined);
  }

  shutDown(): void {
    this.#closeWith(GOING_AWAY);
  }

  abort(cause?: Error): void {
    this.#endSession("transport close", undefined, cause);
  }

  /** The same as {@link abort}, for those who wait for the transport to end. */
  terminate(): void {
    this.abort();
  }

  pauseReading(): void {
    this.#reader.pause();
  }

  resumeReading(): void {
    this.#reader.resume();
  }

  /** A packet has arrived. */
  onFrame(frame: EngineMessage): void {
    if (typeof frame === "string" && frame.charCodeAt(0) === MESSAGE_TYPE) {
      this.#handler?.onMessage(frame.slice(1));
      return;
    }
    let packet: EnginePacket;
    try {
      packet = this.#context.codec.decodePacket(typeof frame === "string" ? frame : asBuffer(frame));
    } catch (error) {
      this.onViolation(toError(error));
      return;
    }
    if (packet.type === "message") this.#handler?.onMessage(packet.data);
    else this.#onPacket(packet);
  }

  onViolation(cause: Error): void {
    this.#endSession("parse error", PROTOCOL_ERROR, cause);
  }

  /** The client has ended the stream or the session, or the connection has failed. */
  onEnd(cause: Error | undefined): void {
    this.#endSession("transport close", undefined, cause);
  }

  onFlushed(afterWait: boolean): void {
    if (this.#state !== "open") return;
    this.#handler?.onFlushed?.(afterWait);
    if (afterWait) this.#handler?.onWritable();
  }

  /** Its end is reported later, because the caller may be in the middle of sending, perhaps to many. */
  onSlowConsumer(cause: Error): void {
    if (this.#state === "closed") return;
    this.#state = "closing";
    this.#failure = cause;
    this.#connection.close(SLOW);
    process.nextTick(() => this.#end("transport error"));
  }

  onBroken(cause: Error): void {
    this.#reader.onGone(cause);
  }

  /** The client has not confirmed in time that it has everything. */
  onDeadline(): void {
    this.#endSession("transport close", this.#closeInfo);
  }

  #sendPacket(packet: EnginePacket): void {
    if (this.#state !== "open") return;
    if (packet.type === "message") this.#writeMessages(streamMessageFrame(packet.data));
    else this.#writePacket(packet);
  }

  #writeMessages(frames: Uint8Array): void {
    this.#hasSentMessages = true;
    this.#writer.write(frames);
  }

  #writePacket(packet: EngineControlPacket): void {
    if (packet.type === "ping") this.#pongsDue++;
    this.#writer.write(streamPacketFrame(encodeControl(this.#context.codec, packet)));
  }

  #onPacket(packet: EngineControlPacket): void {
    const isAnswer = packet.type === "pong" && this.#pongsDue > 0;
    if (isAnswer) this.#pongsDue--;
    if (isAnswer && this.#pongsDue === 0 && this.#state === "closing") {
      this.#endSession("transport close", this.#closeInfo);
    } else this.#handler?.onPacket(packet);
  }

  /**
   * The end of a session overtakes what is under way on its stream. So the client is pinged after the last message, and its
   * answer is awaited: it has come so far then. Many clients end the session themselves before.
   */
  #closeWith(info: WebTransportCloseInfo | undefined): void {
    if (this.#state !== "open") return;
    const isOwed = this.#hasSentMessages;
    if (isOwed) this.#writePacket({ type: "ping" });
    this.#state = "closing";
    this.#closeInfo = info;
    this.#context.onLingering(this);
    this.#writer.end(() => {
      if (isOwed) this.#context.goodbyes.start(this);
      else this.#endSession("transport close", info);
    });
  }

  #endSession(reason: TransportCloseReason, info?: WebTransportCloseInfo, cause?: Error): void {
    if (this.#state === "closed") return;
    this.#connection.close(info);
    this.#end(reason, cause);
  }

  #end(reason: TransportCloseReason, cause?: Error): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#reader.stop();
    this.#writer.discard();
    this.#context.goodbyes.stop(this);
    this.#context.onGone(this);
    if (this.#failure === undefined) this.#handler?.onClose(reason, cause);
    else this.#handler?.onClose("transport error", this.#failure);
  }
}

/** Binary data is a `Buffer` on every transport. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
