import type { DeadlineEntry, DeadlineQueue } from "@halyard/core";
import type { WritableConnection } from "./writable-connection.ts";

/** What the watches of one server share. */
export interface StallContext {
  /** Its delay is how long a socket may take nothing. */
  readonly stalls: DeadlineQueue;
  /** Calls back once pending input and output have been seen to. */
  readonly afterInput: (callback: () => void) => void;
}

/** Whose socket is watched. */
export interface StallOwner {
  /** The socket has taken nothing for the stall delay, though there was something for it. */
  onStalled(): void;
}

/** Not watching whether the socket takes anything. */
const NOT_WATCHING = -1;

/** Watches whether a socket takes what is unsent. */
export class StallWatch implements DeadlineEntry {
  readonly #connection: WritableConnection;
  readonly #context: StallContext;
  readonly #owner: StallOwner;
  /** Bytes the socket had given to the operating system when the watch over it began. */
  #drainedBefore = NOT_WATCHING;

  constructor(connection: WritableConnection, context: StallContext, owner: StallOwner) {
    this.#connection = connection;
    this.#context = context;
    this.#owner = owner;
  }

  /** Something is unsent. Without effect while watching. */
  start(): void {
    if (this.#drainedBefore !== NOT_WATCHING) return;
    this.#drainedBefore = this.#drainedBytes;
    this.#context.stalls.start(this);
  }

  /** Nothing is unsent any more, or nobody cares. */
  stop(): void {
    if (this.#drainedBefore === NOT_WATCHING) return;
    this.#drainedBefore = NOT_WATCHING;
    this.#context.stalls.stop(this);
  }

  /** The socket has been unsent for the stall delay: looks again once pending output has been seen to, then decides. */
  onDeadline(): void {
    const drainedBefore = this.#drainedBefore;
    this.#drainedBefore = NOT_WATCHING;
    this.#context.afterInput(() => this.#decide(drainedBefore));
  }

  get #drainedBytes(): number {
    return this.#connection.bytesWritten - this.#connection.writableLength;
  }

  #decide(drainedBefore: number): void {
    const { writable, writableLength } = this.#connection;
    if (this.#drainedBefore !== NOT_WATCHING || writableLength === 0 || !writable) return;
    if (this.#drainedBytes > drainedBefore) this.start();
    else this.#owner.onStalled();
  }
}
