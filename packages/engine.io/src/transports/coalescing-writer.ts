import type { EngineMessage } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import { ChunkQueue } from "./chunk-queue.ts";
import type { Flushable, FlushScheduler } from "./flush-scheduler.ts";
import type { FrameWriter, FrameWriterOwner } from "./frame-writer.ts";
import { SLOW_CONSUMER } from "./server-transport.ts";
import { StallWatch, type StallContext, type StallOwner } from "./stall-watch.ts";
import type { WritableConnection } from "./writable-connection.ts";
import { textFrameOf, type PreparedFrames, type SharedFrames } from "./prepared-frames.ts";
import { messageFrameBytes, packetFrame, pongFrame } from "./websocket-frame.ts";

/** What collects beyond this leaves at once rather than at the end of the event-loop iteration. */
const FLUSH_AT_BYTES = 65_536;
/** While the socket is full, small frames are packed together at this size: a string of strings takes more memory. */
const PACK_AT_BYTES = 16_384;
/** A broadcast of more than this is written slice by slice. */
const MAX_SINGLE_WRITE_BYTES = 65_536;
/** No pong is written while this much is unsent (limit L11). */
const PONG_HOLD_BYTES = 65_536;

/** What the writers of one server share. */
export interface WriterContext extends StallContext {
  readonly scheduler: FlushScheduler;
  readonly maxQueuedBytes: number;
}

/**
 * Collects the frames of one event-loop iteration and gives them to the socket in one write, knows how much is unsent,
 * and waits while the socket is full. It writes to the connection that the HTTP server handed over, beside the WebSocket
 * library that reads from it; the owner stops using it before that library writes a close frame.
 */
export class CoalescingWriter implements FrameWriter, Flushable, StallOwner {
  flushedIn = -1;
  readonly #connection: WritableConnection;
  readonly #context: WriterContext;
  readonly #protocol: 3 | 4;
  readonly #owner: FrameWriterOwner;
  /** Frames that follow everything in `#backlog`. */
  #text = "";
  /** The only frames collected, while nothing else is. */
  #shared: SharedFrames | undefined;
  /** Frames that are too large to be put together, and what collects while the socket is full. */
  #backlog: ChunkQueue | undefined;
  #pong: Uint8Array | undefined;
  #marked = false;
  /** The answer to the handshake waits for the first packet. */
  #isAnswering: boolean;
  #waiting = false;
  /** There is none before something is unsent: most sockets take everything at once. */
  #stallWatch: StallWatch | undefined;
  #onEnded: (() => void) | undefined;
  #ended = false;

  /** `answer`, a latin1 string, is what the handshake is answered with: the first packet takes it along. */
  constructor(
    connection: WritableConnection,
    protocol: 3 | 4,
    owner: FrameWriterOwner,
    context: WriterContext,
    answer = "",
  ) {
    this.#connection = connection;
    this.#protocol = protocol;
    this.#owner = owner;
    this.#context = context;
    this.#text = answer;
    this.#isAnswering = answer !== "";
  }

  get bufferedBytes(): number {
    return this.#queuedBytes + this.#connection.writableLength;
  }

  get receivedBytes(): number {
    return this.#connection.bytesRead;
  }

  /** Before the application hears of the session: nothing that it does can take the answer back. */
  start(): void {
    if (!this.#isAnswering) return;
    this.#isAnswering = false;
    if (this.#connection.writable) this.#writeCollected();
  }

  writeMessage(message: EngineMessage): void {
    const frame = textFrameOf(message, this.#protocol);
    if (frame === undefined) this.#appendBytes(messageFrameBytes(message, this.#protocol));
    else this.#appendText(frame);
  }

  writePrepared(prepared: PreparedFrames): void {
    const frames = prepared.frames(this.#protocol);
    if (this.#text === "" && this.#shared === undefined && this.#backlog === undefined) {
      if (!this.#mayCollect()) return;
      this.#shared = frames;
      this.#collected();
    } else this.#appendShared(frames);
  }

  writePacket(encoded: string): void {
    this.#appendText(packetFrame(encoded));
  }

  writePong(data: Uint8Array): void {
    if (this.#ended) return;
    this.#pong = Uint8Array.from(data); // the original is a view of the whole chunk that was read
    if (!this.#waiting) this.#mark();
  }

  end(onEnded: () => void): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#pong = undefined;
    this.#onEnded = onEnded;
    this.#write();
  }

  /** An encrypted connection says goodbye by itself, which takes a while. */
  finish(frame: string): boolean {
    const connection = this.#connection;
    if (this.#ended || !connection.writable) return false;
    if (!this.#waiting) this.#writeCollected();
    this.#backlog?.writeHead(connection);
    if (connection.encrypted === true || connection.writableLength > 0) return false;
    this.discard();
    connection.write(frame, "latin1");
    return true;
  }

  discard(): void {
    this.#ended = true;
    this.#onEnded = undefined;
    this.#drop();
    this.#stallWatch?.stop();
  }

  flush(): void {
    this.#marked = false;
    this.#write();
  }

  onStalled(): void {
    this.#giveUp("the client has read nothing for the time that stallTimeout allows");
  }

  get #queuedBytes(): number {
    return (
      (this.#backlog?.byteLength ?? 0) + this.#text.length + (this.#shared === undefined ? 0 : this.#shared.byteLength)
    );
  }

  #appendText(frame: string): void {
    if (!this.#mayCollect()) return;
    if (this.#shared !== undefined) this.#spillShared();
    this.#text += frame;
    this.#collected();
  }

  #appendShared(frames: SharedFrames): void {
    if (frames.text === undefined) this.#appendBytes(frames.bytes);
    else this.#appendText(frames.text);
  }

  #appendBytes(frame: Uint8Array): void {
    if (!this.#mayCollect()) return;
    if (this.#shared !== undefined) this.#spillShared();
    this.#packText();
    this.#pushChunk(frame);
    this.#collected();
  }

  /** While the socket is full, no more than the limit may queue up behind the message being written. */
  #mayCollect(): boolean {
    if (this.#ended) return false;
    if (!this.#waiting) return true;
    const behind = this.#queuedBytes - (this.#backlog?.headBytes ?? 0);
    if (behind <= this.#context.maxQueuedBytes) return true;
    this.#giveUp(`the client left ${behind} bytes unread, more than maxQueuedBytes allows`);
    return false;
  }

  #collected(): void {
    if (this.#waiting) {
      if (this.#text.length >= PACK_AT_BYTES) this.#packText();
    } else if (this.#queuedBytes >= FLUSH_AT_BYTES) this.#write();
    else {
      if (this.#isAnswering) this.start();
      this.#mark();
    }
  }

  #mark(): void {
    if (this.#marked) return;
    this.#marked = true;
    this.#context.scheduler.mark(this);
  }

  #spillShared(): void {
    const frames = this.#shared;
    this.#shared = undefined;
    if (frames === undefined) return;
    if (frames.text === undefined) this.#pushChunk(frames.bytes);
    else this.#text += frames.text;
  }

  #packText(): void {
    if (this.#text === "") return;
    this.#pushChunk(Buffer.from(this.#text, "latin1"));
    this.#text = "";
  }

  #pushChunk(chunk: Uint8Array): void {
    (this.#backlog ??= new ChunkQueue()).add(chunk);
  }

  #write(afterWait = false): void {
    if (this.#waiting) return;
    if (this.#connection.writable && this.#owner.acceptsFrames) this.#writeCollected();
    else this.#drop();
    this.#settle(afterWait);
  }

  #writeCollected(): void {
    this.#addPong();
    if (this.#backlog !== undefined) this.#writeBacklog(this.#backlog);
    else if (this.#shared !== undefined) this.#writeShared(this.#shared);
    else if (this.#text !== "") {
      const text = this.#text;
      this.#text = "";
      this.#connection.write(text, "latin1");
    }
  }

  #writeShared(frames: SharedFrames): void {
    this.#shared = undefined;
    if (frames.byteLength <= MAX_SINGLE_WRITE_BYTES) {
      this.#connection.write(frames.bytes);
      return;
    }
    this.#pushChunk(frames.bytes);
    if (this.#backlog !== undefined) this.#writeBacklog(this.#backlog);
  }

  #addPong(): void {
    if (this.#pong === undefined || this.bufferedBytes >= PONG_HOLD_BYTES) return;
    if (this.#shared !== undefined) this.#spillShared();
    this.#text += pongFrame(this.#pong);
    this.#pong = undefined;
  }

  #writeBacklog(backlog: ChunkQueue): void {
    this.#packText();
    backlog.writeTo(this.#connection);
    if (backlog.isEmpty) this.#backlog = undefined;
  }

  /** After writing: waits for the socket, or tells that everything is out. */
  #settle(afterWait: boolean): void {
    if (this.#connection.writableLength > 0 && this.#connection.writable) {
      (this.#stallWatch ??= new StallWatch(this.#connection, this.#context, this)).start();
      if (this.#connection.writableNeedDrain) {
        this.#waiting = true;
        this.#connection.once("drain", () => this.#onDrain());
        return;
      }
    }
    const onEnded = this.#onEnded;
    this.#onEnded = undefined;
    this.#owner.onFlushed(afterWait);
    onEnded?.();
  }

  #onDrain(): void {
    this.#waiting = false;
    this.#stallWatch?.stop();
    this.#write(true);
  }

  #giveUp(message: string): void {
    this.discard();
    this.#owner.onSlowConsumer(codedError(SLOW_CONSUMER, message));
  }

  #drop(): void {
    this.#text = "";
    this.#shared = undefined;
    this.#backlog = undefined;
    this.#pong = undefined;
  }
}
