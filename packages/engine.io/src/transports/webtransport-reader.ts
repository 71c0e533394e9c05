import type { EngineMessage } from "@halyard/contracts";
import { toError } from "@halyard/core";
import type { FrameDecoder } from "@halyard/engine.io-parser";
import type { Metered, WorkMeter, WorkMeters } from "../loop-turns.ts";
import type { StreamSource } from "./webtransport-session.ts";

/** What a reader tells the transport that owns it. */
export interface StreamReaderOwner {
  onFrame(frame: EngineMessage): void;
  /** Something outside the grammar has arrived; nothing is read after it. */
  onViolation(cause: Error): void;
  /** Nothing more will arrive, and all that had arrived has been told. */
  onEnd(cause: Error | undefined): void;
}

/** Reads frames from a WebTransport stream: no more in a turn than the client's share, and nothing ahead of that but a chunk. */
export class StreamReader implements Metered {
  readonly #source: StreamSource<Uint8Array>;
  readonly #decoder: FrameDecoder;
  readonly #owner: StreamReaderOwner;
  readonly #meters: WorkMeters;
  #meter: WorkMeter | undefined;
  #isHeld = false;
  /** Frames are being processed, further up the stack. */
  #isWorking = false;
  #isReading = false;
  #isStopped = false;
  /** Nothing more will arrive, and why if something failed; what has arrived may still wait. */
  #gone: { readonly cause: Error | undefined } | undefined;

  /** The decoder may have bytes already. */
  constructor(source: StreamSource<Uint8Array>, decoder: FrameDecoder, owner: StreamReaderOwner, meters: WorkMeters) {
    this.#source = source;
    this.#decoder = decoder;
    this.#owner = owner;
    this.#meters = meters;
  }

  /** Begins to read. */
  start(): void {
    this.#work();
  }

  /** Reads no further; what has been read is kept. */
  pause(): void {
    this.#isHeld = true;
  }

  resume(): void {
    this.#isHeld = false;
    this.#work();
  }

  /** Tells nothing any more. */
  stop(): void {
    this.#isStopped = true;
  }

  /** The stream has ended, or is good for nothing. */
  onGone(cause: Error | undefined): void {
    this.#gone ??= { cause };
    if (this.#isReading) this.#end();
  }

  /** A new turn: goes on with what had to wait. */
  onTurnEnd(): void {
    this.#meter = undefined;
    this.#work();
  }

  /** Processes the frames that have been read, as many as this turn allows, then reads on. */
  #work(): void {
    if (this.#isWorking || this.#isReading) return;
    this.#isWorking = true;
    try {
      let hasMore = true;
      while (hasMore && this.#mayGoOn) {
        if (!this.#mayWork()) return;
        hasMore = this.#processNext();
      }
    } finally {
      this.#isWorking = false;
    }
    if (this.#mayGoOn) this.#readOn();
  }

  get #mayGoOn(): boolean {
    return !this.#isHeld && !this.#isStopped;
  }

  /** Counts a frame or a chunk; false once the client has had its share of the turn. */
  #mayWork(): boolean {
    return (this.#meter ??= this.#meters.begin(this)).take();
  }

  /** Processes one frame; false when there is none, or none that can be read. */
  #processNext(): boolean {
    let frame: EngineMessage | undefined;
    try {
      frame = this.#decoder.next();
    } catch (error) {
      this.#owner.onViolation(toError(error));
      return false;
    }
    if (frame === undefined) return false;
    this.#owner.onFrame(frame);
    return true;
  }

  #readOn(): void {
    if (this.#gone !== undefined) {
      this.#end();
      return;
    }
    this.#isReading = true;
    this.#source
      .read()
      .then(({ done, value }) => {
        this.#isReading = false;
        if (done || value === undefined) this.#fail(undefined);
        else {
          this.#decoder.push(value);
          this.#work();
        }
      })
      .catch((error: unknown) => this.#fail(toError(error)));
  }

  #fail(cause: Error | undefined): void {
    this.#gone ??= { cause };
    this.#end();
  }

  #end(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#owner.onEnd(this.#gone?.cause);
  }
}
