import type {
  EngineCodec,
  EngineControlPacket,
  EngineMessage,
  EnginePacket,
  PreparedMessage,
  TransportCloseReason,
} from "@halyard/contracts";
import { codedError, toError, type DeadlineEntry, type DeadlineQueue } from "@halyard/core";
import type { FrameDecoder } from "@halyard/engine.io-parser";
import type { Metered, WorkMeter, WorkMeters } from "../loop-turns.ts";
import { BaseTransport } from "./base-transport.ts";
import type { WriterContext } from "./coalescing-writer.ts";
import { PreparedFrames } from "./prepared-frames.ts";
import type { MessageStream, QueuedPacket, ServerTransport, ServerTransportHandler } from "./server-transport.ts";
import { streamMessageFrame, streamPacketFrame } from "./webtransport-frame.ts";
import type { StreamSource, WebTransportCloseInfo } from "./webtransport-session.ts";
import {
  StreamWriter,
  type StreamSink,
  type StreamWriterContext,
  type StreamWriterOwner,
} from "./webtransport-writer.ts";

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
  implements ServerTransport, MessageStream, StreamWriterOwner, Metered, DeadlineEntry
{
  readonly #connection: WebTransportConnection;
  readonly #context: WebTransportContext;
  readonly #writer: StreamWriter;
  #meter: WorkMeter | undefined;
  #handler: ServerTransportHandler | undefined;
  #state: "open" | "closing" | "closed" = "open";
  /** What the session is closed with in the end. */
  #closeInfo: WebTransportCloseInfo | undefined;
  #hasSentMessages = false;
  /** Pings that the client has not answered. */
  #pongsDue = 0;
  #isHeld = false;
  /** Packets are being processed, further up the stack. */
  #isWorking = false;
  #isReading = false;
  /** Why the client was given up. */
  #failure: Error | undefined;
  /** The session is over, and why if it failed; what it brought may still wait to be processed. */
  #gone: { readonly cause: Error | undefined } | undefined;

  /** Nothing is read before {@link start}. */
  constructor(connection: WebTransportConnection, context: WebTransportContext) {
    super();
    this.#connection = connection;
    this.#context = context;
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

  get bufferedBytes(): number {
    return this.#writer.bufferedBytes;
  }

  bind(handler: ServerTransportHandler): void {
    this.#handler = handler;
  }

  /** Begins to read; called once, when the handler is bound and ready. */
  start(): void {
    const { closed } = this.#connection;
    closed.then(() => this.#onGone()).catch((error: unknown) => this.#onGone(toError(error)));
    this.#work();
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
    this.#isHeld = true;
  }

  resumeReading(): void {
    this.#isHeld = false;
    this.#work();
  }

  /** A new turn: goes on with what had to wait. */
  onTurnEnd(): void {
    this.#meter = undefined;
    this.#work();
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
    this.#onGone(cause);
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

  /** Processes the packets that have been read, as many as this turn allows, then reads on. */
  #work(): void {
    if (this.#isWorking || this.#isReading) return;
    this.#isWorking = true;
    try {
      let hasMore = true;
      while (hasMore && !this.#isHeld && this.#state !== "closed") {
        if (!this.#mayWork()) return;
        hasMore = this.#processNext();
      }
    } finally {
      this.#isWorking = false;
    }
    if (!this.#isHeld && this.#state !== "closed") this.#readOn();
  }

  /** Counts a packet or a chunk; false once the connection has had its share of the turn. */
  #mayWork(): boolean {
    return (this.#meter ??= this.#context.meters.begin(this)).take();
  }

  /** Processes one packet; false when there is none, or none that can be read. */
  #processNext(): boolean {
    let packet: EnginePacket;
    try {
      const frame = this.#connection.decoder.next();
      if (frame === undefined) return false;
      if (typeof frame === "string" && frame.charCodeAt(0) === MESSAGE_TYPE) {
        packet = { type: "message", data: frame.slice(1) };
      } else packet = this.#context.codec.decodePacket(typeof frame === "string" ? frame : asBuffer(frame));
    } catch (error) {
      this.#endSession("parse error", PROTOCOL_ERROR, toError(error));
      return false;
    }
    if (packet.type === "message") this.#handler?.onMessage(packet.data);
    else this.#onPacket(packet);
    return true;
  }

  #onPacket(packet: EngineControlPacket): void {
    if (packet.type === "pong" && this.#pongsDue > 0) this.#pongsDue--;
    if (this.#state === "closing" && this.#pongsDue === 0) this.#endSession("transport close", this.#closeInfo);
    else this.#handler?.onPacket(packet);
  }

  #readOn(): void {
    if (this.#gone !== undefined) {
      this.#endSession("transport close", undefined, this.#gone.cause);
      return;
    }
    this.#isReading = true;
    this.#connection.source
      .read()
      .then(({ done, value }) => {
        this.#isReading = false;
        if (done || value === undefined) this.#endSession("transport close");
        else {
          this.#connection.decoder.push(value);
          this.#work();
        }
      })
      .catch((error: unknown) => this.#endSession("transport close", undefined, toError(error)));
  }

  /** The session is over, or good for nothing. Packets that were read before are still processed. */
  #onGone(cause?: Error): void {
    this.#gone ??= { cause };
    if (this.#isReading) this.#endSession("transport close", undefined, cause);
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
    this.#writer.discard();
    this.#context.goodbyes.stop(this);
    this.#context.onGone(this);
    if (this.#failure === undefined) this.#handler?.onClose(reason, cause);
    else this.#handler?.onClose("transport error", this.#failure);
  }
}

function encodeControl(codec: EngineCodec, packet: EngineControlPacket): string {
  const encoded = codec.encodePacket(packet);
  if (typeof encoded === "string") return encoded;
  throw codedError("ENGINE_ENCODE", `a ${packet.type} packet was encoded as binary`);
}

/** Binary data is a `Buffer` on every transport. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
