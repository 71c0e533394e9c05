import { codedError, toError, type DeadlineEntry } from "@halyard/core";
import type { WriterContext } from "./coalescing-writer.ts";
import type { Flushable } from "./flush-scheduler.ts";
import { SLOW_CONSUMER } from "./server-transport.ts";
import { StreamQueue } from "./webtransport-queue.ts";

/** What collects beyond this leaves at once rather than at the end of the event-loop iteration. */
const FLUSH_AT_BYTES = 65_536;

/** The part of a `WritableStreamDefaultWriter` that writing needs. */
export interface StreamSink {
  readonly desiredSize: number | null;
  readonly closed: Promise<unknown>;
  write(chunk: Uint8Array): Promise<unknown>;
}

/** What a writer tells the transport that owns it. */
export interface StreamWriterOwner {
  /** The stream has taken everything; `afterWait` tells whether something had to wait for it. */
  onFlushed(afterWait: boolean): void;
  /** More is queued than the limit allows, or the stream took nothing for too long. */
  onSlowConsumer(cause: Error): void;
  /** The stream takes nothing any more. */
  onBroken(cause: Error): void;
}

type State =
  | { readonly name: "open" }
  /** Takes no more frames; those that it has are on their way. */
  | { readonly name: "ending"; readonly onEnded: () => void }
  | { readonly name: "ended" };

const OPEN: State = { name: "open" };
const ENDED: State = { name: "ended" };

/**
 * Collects the frames of one event-loop iteration and gives them to a WebTransport stream in one write, knows how much the
 * stream has not taken, and waits while it is full.
 */
export class StreamWriter implements Flushable, DeadlineEntry {
  flushedIn = -1;
  readonly #sink: StreamSink;
  readonly #owner: StreamWriterOwner;
  readonly #context: WriterContext;
  #state: State = OPEN;
  #queue = new StreamQueue();
  #isMarked = false;
  #isWatching = false;
  /** Something had to wait for the stream since it was last idle. */
  #hasWaited = false;
  #writes = 0;
  #unsettledBytes = 0;

  constructor(sink: StreamSink, owner: StreamWriterOwner, context: WriterContext) {
    this.#sink = sink;
    this.#owner = owner;
    this.#context = context;
    sink.closed.catch((error: unknown) => this.#onFailure(error));
  }

  /** Bytes that the stream has not taken. */
  get bufferedBytes(): number {
    return this.#queue.byteLength + this.#unsettledBytes;
  }

  write(frame: Uint8Array): void {
    if (this.#state.name !== "open" || !this.#mayCollect()) return;
    this.#queue.add(frame);
    if (!this.#hasRoom) this.#hasWaited = true;
    else if (this.#queue.byteLength >= FLUSH_AT_BYTES) this.#pump();
    else if (!this.#isMarked) {
      this.#isMarked = true;
      this.#context.scheduler.mark(this);
    }
  }

  flush(): void {
    this.#isMarked = false;
    this.#pump();
  }

  /** Hands over what is collected, takes no more, and calls back once the stream has taken everything. */
  end(onEnded: () => void): void {
    if (this.#state.name !== "open") return;
    this.#state = { name: "ending", onEnded };
    this.#pump();
    this.#endIfIdle();
  }

  /** Drops what is queued, and every obligation. */
  discard(): void {
    this.#state = ENDED;
    this.#queue = new StreamQueue();
    this.#unsettledBytes = 0;
    this.#unwatch();
  }

  /** The stream has taken nothing for the stall delay: looks again once pending input has been seen to, then decides. */
  onDeadline(): void {
    this.#isWatching = false;
    this.#context.afterInput(() => {
      const hasMoved = this.#isWatching || this.#writes === 0;
      if (this.#state.name === "ended" || hasMoved) return;
      this.#giveUp("the client has read nothing for the time that stallTimeout allows");
    });
  }

  get #hasRoom(): boolean {
    return (this.#sink.desiredSize ?? 0) > 0;
  }

  /** While the stream is full, no more than the limit may queue up behind the message being written. */
  #mayCollect(): boolean {
    const behind = this.#queue.byteLength - this.#queue.headBytes;
    if (this.#writes === 0 || behind <= this.#context.maxQueuedBytes) return true;
    this.#giveUp(`the client left ${behind} bytes unread, more than maxQueuedBytes allows`);
    return false;
  }

  #pump(): void {
    while (this.#hasRoom) {
      const chunk = this.#queue.take();
      if (chunk === undefined) return;
      this.#writes++;
      this.#unsettledBytes += chunk.byteLength;
      this.#watch();
      this.#sink
        .write(chunk)
        .then(() => this.#onWritten(chunk.byteLength))
        .catch((error: unknown) => this.#onFailure(error));
    }
    if (this.#queue.byteLength > 0) this.#hasWaited = true;
  }

  #onWritten(byteLength: number): void {
    if (this.#state.name === "ended") return;
    this.#writes--;
    this.#unsettledBytes -= byteLength;
    this.#unwatch();
    this.#pump();
    if (this.#writes > 0) this.#watch();
    else this.#onIdle();
  }

  #onIdle(): void {
    const hasWaited = this.#hasWaited;
    this.#hasWaited = false;
    this.#owner.onFlushed(hasWaited);
    this.#endIfIdle();
  }

  #endIfIdle(): void {
    if (this.#state.name !== "ending" || this.#writes > 0 || this.#queue.byteLength > 0) return;
    const { onEnded } = this.#state;
    this.discard();
    onEnded();
  }

  #onFailure(error: unknown): void {
    if (this.#state.name === "ended") return;
    this.discard();
    this.#owner.onBroken(toError(error));
  }

  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#context.stalls.start(this);
  }

  #unwatch(): void {
    if (!this.#isWatching) return;
    this.#isWatching = false;
    this.#context.stalls.stop(this);
  }

  #giveUp(message: string): void {
    this.discard();
    this.#owner.onSlowConsumer(codedError(SLOW_CONSUMER, message));
  }
}
