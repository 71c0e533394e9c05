import type {
  EngineCodec,
  EngineMessage,
  EnginePacket,
  PreparedMessage,
  TransportCloseReason,
} from "@halyard/contracts";
import { codedError, hasCode, toError } from "@halyard/core";
import type { Metered, WorkMeter, WorkMeters } from "../loop-turns.ts";
import { BaseTransport } from "./base-transport.ts";
import { encodeControl } from "./control-packet.ts";
import { FrameInbox } from "./frame-inbox.ts";
import type { FrameTaker } from "./frame-reader.ts";
import type { FrameWriter, FrameWriterOwner } from "./frame-writer.ts";
import type { LibraryPart } from "./library-part.ts";
import { closeFrame } from "./websocket-frame.ts";
import { PreparedFrames } from "./prepared-frames.ts";
import type { MessageStream, QueuedPacket, ServerTransport, ServerTransportHandler } from "./server-transport.ts";

/** The byte of the packet type "message", `4`. */
const MESSAGE_TYPE = 0x34;
const GOING_AWAY = 1001;
const OPEN = 1;
/** What may have been read already when reading is paused: two chunks of the socket, and then some. */
const READ_AHEAD_BYTES = 262_144;

/** The part of a WebSocket library's connection that the transport needs; the library does the opening and closing. */
export interface WebSocketConnection {
  /** 1 while open; more once either end has begun to close. */
  readonly readyState: number;
  /** Begins the closing handshake. */
  sayGoodbye(code?: number): void;
  /** Cuts the connection off. */
  terminate(): void;
  /** Reads no more. */
  pause(): void;
  /** Reads on. */
  resume(): void;
  /** Has the library take part, where it does not from the beginning. Returns false if the connection is over. */
  callLibrary(): boolean;
}

/** What the WebSocket transports of one server share. */
export interface WebSocketContext {
  readonly meters: WorkMeters;
  readonly maxPayloadBytes: number;
  /** A connection has said goodbye and waits for the peer to do so. */
  readonly onLingering: (connection: WebSocketConnection) => void;
  /** A connection has ended. */
  readonly onGone: (connection: WebSocketConnection) => void;
}

/** Engine.IO over one WebSocket connection: a packet is a frame. */
export class WebSocketTransport
  extends BaseTransport
  implements ServerTransport, MessageStream, FrameTaker, FrameWriterOwner, Metered
{
  libraryPart: LibraryPart | undefined = undefined;
  readonly #connection: WebSocketConnection;
  readonly #codec: EngineCodec;
  readonly #context: WebSocketContext;
  readonly #writer: FrameWriter;
  #meter: WorkMeter | undefined;
  #handler: ServerTransportHandler | undefined;
  #state: "open" | "closing" | "closed" = "open";
  /** Frames that were read but have to wait for the next turn, or for `resumeReading`. */
  #inbox: FrameInbox | undefined;
  #isHeld = false;
  #failure: Error | undefined;
  /** The connection has ended; what it brought may still wait to be processed. */
  #isGone = false;

  /** @internal */
  constructor(
    connection: WebSocketConnection,
    codec: EngineCodec,
    context: WebSocketContext,
    createWriter: (owner: FrameWriterOwner) => FrameWriter,
  ) {
    super();
    this.#connection = connection;
    this.#codec = codec;
    this.#context = context;
    this.#writer = createWriter(this);
  }

  get name(): "websocket" {
    return "websocket";
  }

  get stream(): MessageStream {
    return this;
  }

  get writable(): boolean {
    return this.#state === "open";
  }

  get acceptsFrames(): boolean {
    return this.#connection.readyState === OPEN;
  }

  get bufferedBytes(): number {
    return this.#writer.bufferedBytes;
  }

  get receivedBytes(): number {
    return this.#writer.receivedBytes;
  }

  bind(handler: ServerTransportHandler): void {
    this.#handler = handler;
  }

  send(packets: readonly EnginePacket[]): void {
    for (const packet of packets) this.#sendPacket(packet, true);
  }

  sendQueued(queue: readonly QueuedPacket[]): void {
    for (const { packet, compress } of queue) this.#sendPacket(packet, compress);
  }

  sendMessage(message: EngineMessage, compress: boolean): void {
    if (this.#state === "open") this.#writer.writeMessage(message, compress);
  }

  sendPrepared(message: PreparedMessage, compress: boolean): void {
    if (this.#state !== "open") return;
    if (message instanceof PreparedFrames) this.#writer.writePrepared(message, compress);
    else for (const part of message.messages) this.#writer.writeMessage(part, compress);
  }

  /** Called once the session knows of the transport. */
  start(): void {
    this.#writer.start();
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
    if (this.#state === "closed") return;
    this.#connection.terminate();
    this.#end("transport close", cause);
  }

  pauseReading(): void {
    this.#isHeld = true;
    this.#connection.pause();
  }

  resumeReading(): void {
    this.#isHeld = false;
    this.#readInbox();
  }

  callLibrary(): boolean {
    return this.#connection.callLibrary();
  }

  onText(chunk: Buffer, start: number, end: number, isAscii: boolean): void {
    const handler = this.#handler;
    if (this.#inbox !== undefined || this.#isHeld || !this.#mayWork()) this.#defer(chunk.subarray(start, end), false);
    else if (start === end || chunk[start] !== MESSAGE_TYPE) this.#read(chunk.subarray(start, end), false);
    else if (this.#state !== "closed" && handler !== undefined)
      handler.onMessage(chunk.toString(isAscii ? "latin1" : "utf8", start + 1, end));
  }

  /** A message has arrived. */
  onFrame(data: Buffer, isBinary: boolean): void {
    if (this.#inbox !== undefined || this.#isHeld || !this.#mayWork()) this.#defer(data, isBinary);
    else this.#read(data, isBinary);
  }

  onPing(data: Buffer): void {
    if (!this.#mayWork()) this.#connection.pause();
    if (this.#state === "open") this.#writer.writePong(data);
  }

  /** A pong nobody asked for (RFC 6455, section 5.5.3, permits them): costs its sender a share of its turn. */
  onPong(): void {
    if (!this.#mayWork()) this.#connection.pause();
  }

  /**
   * The peer's close frame has arrived: answers it as it is and ends the connection, which is the server's part (RFC 6455,
   * section 7.1.1). Returns false if the library has to do that.
   */
  onGoodbye(code: number | undefined, reason: Uint8Array | undefined): boolean {
    if (!this.#writer.finish(closeFrame(code, reason))) return false;
    this.#connection.terminate();
    return true;
  }

  /** The connection is gone. */
  onEnd(): void {
    this.#isGone = true;
    this.#context.onGone(this.#connection);
    if (this.#inbox === undefined || this.#failure !== undefined)
      this.#end(this.#failure === undefined ? "transport close" : "transport error", this.#failure);
  }

  /** The connection failed; the library closes it. */
  onError(error: Error): void {
    this.#linger();
    this.#end("transport error", explained(error));
  }

  onFlushed(afterWait: boolean): void {
    if (this.#state !== "open") return;
    this.#handler?.onFlushed?.(afterWait);
    if (afterWait) this.#handler?.onWritable();
  }

  onSlowConsumer(cause: Error): void {
    this.#giveUp(cause);
  }

  /** A new turn: what had to wait is processed, then reading goes on. */
  onTurnEnd(): void {
    this.#meter = undefined;
    if (!this.#isHeld) this.#readInbox();
  }

  #sendPacket(packet: EnginePacket, compress: boolean): void {
    if (this.#state !== "open") return;
    if (packet.type === "message") this.#writer.writeMessage(packet.data, compress);
    else this.#writer.writePacket(encodeControl(this.#codec, packet));
  }

  /** Counts a frame; false once the connection has had its share of the turn. */
  #mayWork(): boolean {
    return (this.#meter ??= this.#context.meters.begin(this)).take();
  }

  #defer(data: Buffer, isBinary: boolean): void {
    if (this.#state === "closed" || this.#failure !== undefined) return;
    if (this.#inbox === undefined) {
      this.#inbox = new FrameInbox();
      this.#connection.pause();
    }
    this.#inbox.add({ data, isBinary });
    // what had been read when reading was paused is little, unless it was compressed
    if (this.#inbox.byteLength > this.#context.maxPayloadBytes + READ_AHEAD_BYTES) {
      this.#giveUp(codedError("INBOX_FULL", "the client sent more at once than maxHttpBufferSize allows to keep"));
    }
  }

  /** Processes what waits, as far as this turn's share goes; then reading goes on. */
  #readInbox(): void {
    const inbox = this.#inbox;
    if (inbox !== undefined) {
      if (inbox.isBeingRead) return;
      inbox.isBeingRead = true;
      while (this.#inbox === inbox && !inbox.isEmpty && !this.#isHeld && this.#mayWork()) this.#readFrom(inbox);
      inbox.isBeingRead = false;
      if (this.#inbox === inbox) {
        if (!inbox.isEmpty) return;
        this.#inbox = undefined;
        if (this.#isGone) this.#end("transport close");
      }
    }
    if (!this.#isHeld) this.#connection.resume();
  }

  #readFrom(inbox: FrameInbox): void {
    const frame = inbox.take();
    if (frame !== undefined) this.#read(frame.data, frame.isBinary);
  }

  #read(data: Buffer, isBinary: boolean): void {
    const handler = this.#handler;
    if (this.#state === "closed" || handler === undefined) return;
    if (!isBinary && data[0] === MESSAGE_TYPE) {
      handler.onMessage(data.toString("utf8", 1));
      return;
    }
    let packet: EnginePacket;
    try {
      packet = this.#codec.decodePacket(isBinary ? data : data.toString("utf8"));
    } catch (error) {
      this.#reject(toError(error));
      return;
    }
    if (packet.type === "message") handler.onMessage(packet.data);
    else handler.onPacket(packet);
  }

  /** Ends the connection; its end is reported later, because the caller may be in the middle of sending, perhaps to many. */
  #giveUp(cause: Error): void {
    if (this.#state === "closed" || this.#failure !== undefined) return;
    this.#state = "closing";
    this.#failure = cause;
    this.#inbox = undefined;
    if (this.#isGone) process.nextTick(() => this.#end("transport error", cause));
    else this.#connection.terminate();
  }

  #sayGoodbye(code?: number): void {
    if (this.#isGone) return;
    this.#connection.sayGoodbye(code);
    this.#linger();
  }

  /** The library waits for the peer to close; the server may not want to wait as long. */
  #linger(): void {
    if (!this.#isGone) this.#context.onLingering(this.#connection);
  }

  #reject(error: Error): void {
    this.#sayGoodbye();
    this.#end("parse error", error);
  }

  #closeWith(code: number | undefined): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#writer.end(() => {
      if (this.#state === "closed") return;
      this.#sayGoodbye(code);
      this.#end("transport close");
    });
  }

  #end(reason: TransportCloseReason, cause?: Error): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#inbox = undefined;
    this.#writer.discard();
    if (this.#isHeld) this.#connection.resume(); // the library must read on to see the peer's close frame
    this.#handler?.onClose(reason, cause);
  }
}

/** The library does not know how its limit is called here. */
function explained(error: Error): Error {
  if (!hasCode(error, "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH")) return error;
  return codedError("MESSAGE_TOO_LARGE", "the client sent a message larger than maxHttpBufferSize allows", error);
}
