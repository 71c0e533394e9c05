/** A WebSocket frame as it was read. */
export interface Frame {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** Frames taken from the front are forgotten together, so that taking one does not move all the others. */
const COMPACT_AT = 256;

/** Frames that were read from a connection and wait to be processed, in order. */
export class FrameInbox {
  /** What is processed may end a wait that others began: who reads already goes on by itself. */
  isBeingRead = false;
  readonly #frames: Frame[] = [];
  #taken = 0;
  #byteLength = 0;

  get isEmpty(): boolean {
    return this.#taken === this.#frames.length;
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  add(frame: Frame): void {
    this.#frames.push(frame);
    this.#byteLength += frame.data.byteLength;
  }

  /** Removes the oldest frame. */
  take(): Frame | undefined {
    const frame = this.#frames[this.#taken];
    if (frame === undefined) return undefined;
    this.#byteLength -= frame.data.byteLength;
    if (++this.#taken >= COMPACT_AT) {
      this.#frames.splice(0, this.#taken);
      this.#taken = 0;
    }
    return frame;
  }
}
