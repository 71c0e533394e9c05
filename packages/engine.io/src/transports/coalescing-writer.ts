import type { EngineMessage } from "@halyard/contracts";
import { codedError, type DeadlineEntry, type DeadlineQueue } from "@halyard/core";
import type { Flushable, FlushScheduler } from "./flush-scheduler.ts";
import type { FrameWriter, FrameWriterOwner } from "./frame-writer.ts";
import { SLOW_CONSUMER } from "./server-transport.ts";
import { textFrameOf, type PreparedFrames, type SharedFrames } from "./prepared-frames.ts";
import { messageFrameBytes, packetFrame, pongFrame } from "./websocket-frame.ts";

/** What collects beyond this leaves at once rather than at the end of the event-loop iteration. */
const FLUSH_AT_BYTES = 65_536;
/** Bytes given to the socket at a time, so that its progress with a large message can be seen. */
const SLICE_BYTES = 65_536;
/** While the socket is full, small frames are packed together at this size: a string of strings takes more memory. */
const PACK_AT_BYTES = 16_384;
/** No pong is written while this much is unsent (limit L11). */
const PONG_HOLD_BYTES = 65_536;

/** The part of a `net.Socket` that writing needs. */
export interface WritableConnection {
  readonly writable: boolean;
  readonly writableLength: number;
  readonly writableNeedDrain: boolean;
  readonly bytesWritten: number;
  write(chunk: string | Uint8Array, encoding?: "latin1"): boolean;
  cork(): void;
  uncork(): void;
  once(event: "drain", listener: () => void): unknown;
}

/** What the writers of one server share. */
export interface WriterContext {
  readonly scheduler: FlushScheduler;
  /** Its delay is how long a socket may take nothing. */
  readonly stalls: DeadlineQueue;
  /** Calls back once pending input and output have been seen to. */
  readonly afterInput: (callback: () => void) => void;
  readonly maxQueuedBytes: number;
}

/**
 * Collects the frames of one event-loop iteration and gives them to the socket in one write, knows how much is unsent,
 * and waits while the socket is full. It writes to the connection that the HTTP server handed over, beside the WebSocket
 * library that reads from it; the owner stops using it before that library writes a close frame.
 */
export class CoalescingWriter implements FrameWriter, Flushable, DeadlineEntry {
  readonly #connection: WritableConnection;
  readonly #context: WriterContext;
  readonly #protocol: 3 | 4;
  readonly #owner: FrameWriterOwner;
  /** Frames that follow everything in `#chunks`. */
  #text = "";
  /** The only frames collected, while nothing else is. */
  #shared: SharedFrames | undefined;
  #chunks: Uint8Array[] | undefined;
  #chunkBytes = 0;
  /** What remains of a message of which a part has been written. */
  #headBytes = 0;
  #pong: Uint8Array | undefined;
  #marked = false;
  #waiting = false;
  #watching = false;
  /** Bytes the socket had given to the operating system when the watch began. */
  #drainedAtWatch = 0;
  #onEnded: (() => void) | undefined;
  #ended = false;

  constructor(connection: WritableConnection, protocol: 3 | 4, owner: FrameWriterOwner, context: WriterContext) {
    this.#connection = connection;
    this.#protocol = protocol;
    this.#owner = owner;
    this.#context = context;
  }

  get bufferedBytes(): number {
    return this.#queuedBytes + this.#connection.writableLength;
  }

  writeMessage(message: EngineMessage): void {
    const frame = textFrameOf(message, this.#protocol);
    if (frame === undefined) this.#appendBytes(messageFrameBytes(message, this.#protocol));
    else this.#appendText(frame);
  }

  writePrepared(prepared: PreparedFrames): void {
    const frames = prepared.frames(this.#protocol);
    if (this.#text === "" && this.#shared === undefined && this.#chunks === undefined) {
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

  discard(): void {
    this.#ended = true;
    this.#onEnded = undefined;
    this.#drop();
    this.#unwatch();
  }

  flush(): void {
    this.#marked = false;
    this.#write();
  }

  /** The socket has been unsent for the stall delay: looks again once pending output has been seen to, then decides. */
  onDeadline(): void {
    this.#watching = false;
    this.#context.afterInput(() => this.#checkProgress());
  }

  get #queuedBytes(): number {
    return this.#chunkBytes + this.#text.length + (this.#shared === undefined ? 0 : this.#shared.byteLength);
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
    const behind = this.#queuedBytes - this.#headBytes;
    if (behind <= this.#context.maxQueuedBytes) return true;
    this.#giveUp(`the client left ${behind} bytes unread, more than maxQueuedBytes allows`);
    return false;
  }

  #collected(): void {
    if (this.#waiting) {
      if (this.#text.length >= PACK_AT_BYTES) this.#packText();
    } else if (this.#queuedBytes >= FLUSH_AT_BYTES) this.#write();
    else if (!this.#marked) this.#mark();
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
    (this.#chunks ??= []).push(chunk);
    this.#chunkBytes += chunk.byteLength;
  }

  #write(afterWait = false): void {
    if (this.#waiting) return;
    if (this.#connection.writable && this.#owner.acceptsFrames) this.#writeCollected();
    else this.#drop();
    this.#settle(afterWait);
  }

  #writeCollected(): void {
    this.#addPong();
    if (this.#chunks !== undefined) this.#writeChunks(this.#chunks);
    else if (this.#shared !== undefined) this.#writeShared(this.#shared);
    else if (this.#text !== "") {
      const text = this.#text;
      this.#text = "";
      this.#connection.write(text, "latin1");
    }
  }

  #writeShared(frames: SharedFrames): void {
    this.#shared = undefined;
    if (frames.byteLength <= SLICE_BYTES) {
      this.#connection.write(frames.bytes);
      return;
    }
    this.#pushChunk(frames.bytes);
    if (this.#chunks !== undefined) this.#writeChunks(this.#chunks);
  }

  #addPong(): void {
    if (this.#pong === undefined || this.bufferedBytes >= PONG_HOLD_BYTES) return;
    if (this.#shared !== undefined) this.#spillShared();
    this.#text += pongFrame(this.#pong);
    this.#pong = undefined;
  }

  /** Writes slice by slice until everything is out or the socket is full. */
  #writeChunks(chunks: Uint8Array[]): void {
    this.#packText();
    let next = 0;
    do {
      this.#connection.cork();
      let room = SLICE_BYTES;
      for (let chunk = chunks[next]; chunk !== undefined && room > 0; chunk = chunks[next]) {
        const slice = chunk.byteLength <= room ? chunk : chunk.subarray(0, room);
        this.#connection.write(slice);
        room -= slice.byteLength;
        this.#chunkBytes -= slice.byteLength;
        this.#headBytes = chunk.byteLength - slice.byteLength;
        if (this.#headBytes === 0) next++;
        else chunks[next] = chunk.subarray(slice.byteLength);
      }
      this.#connection.uncork();
    } while (next < chunks.length && !this.#isFull());
    if (next === chunks.length) this.#chunks = undefined;
    else chunks.splice(0, next);
  }

  /** A large write sets `writableNeedDrain` even when the operating system took all of it at once. */
  #isFull(): boolean {
    return this.#connection.writableLength > 0 && this.#connection.writableNeedDrain;
  }

  /** After writing: waits for the socket, or tells that everything is out. */
  #settle(afterWait: boolean): void {
    if (this.#connection.writableLength > 0 && this.#connection.writable) {
      this.#watch();
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
    this.#unwatch();
    this.#write(true);
  }

  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    this.#drainedAtWatch = this.#drainedBytes;
    this.#context.stalls.start(this);
  }

  #unwatch(): void {
    if (!this.#watching) return;
    this.#watching = false;
    this.#context.stalls.stop(this);
  }

  get #drainedBytes(): number {
    return this.#connection.bytesWritten - this.#connection.writableLength;
  }

  #checkProgress(): void {
    if (this.#watching || this.#connection.writableLength === 0 || !this.#connection.writable) return;
    if (this.#drainedBytes > this.#drainedAtWatch) {
      this.#watch();
      return;
    }
    this.#giveUp("the client has read nothing for the time that stallTimeout allows");
  }

  #giveUp(message: string): void {
    this.discard();
    this.#owner.onSlowConsumer(codedError(SLOW_CONSUMER, message));
  }

  #drop(): void {
    this.#text = "";
    this.#shared = undefined;
    this.#chunks = undefined;
    this.#chunkBytes = 0;
    this.#headBytes = 0;
    this.#pong = undefined;
  }
}
