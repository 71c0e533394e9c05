/** Frames in a run of small ones that are packed into one piece: so many objects would take more memory than their bytes. */
const PACK_AT_FRAMES = 64;
/** Bytes given to the stream at a time, so that its progress with a large message can be seen. */
const SLICE_BYTES = 65_536;
/** A larger frame is a piece of its own. */
const MAX_SMALL_BYTES = 16_384;

/** Frames that wait to be written to a stream, in order. */
export class StreamQueue {
  /** The first of them may have been taken in part. */
  readonly #pieces: Uint8Array[] = [];
  /** Small frames that follow the pieces. */
  #small: Uint8Array[] = [];
  #smallBytes = 0;
  #byteLength = 0;
  #headBytes = 0;

  get byteLength(): number {
    return this.#byteLength;
  }

  /** What remains of a piece of which a part has been taken. */
  get headBytes(): number {
    return this.#headBytes;
  }

  add(frame: Uint8Array): void {
    this.#byteLength += frame.byteLength;
    if (frame.byteLength > MAX_SMALL_BYTES) {
      this.#pack();
      this.#pieces.push(frame);
      return;
    }
    this.#small.push(frame);
    this.#smallBytes += frame.byteLength;
    if (this.#small.length >= PACK_AT_FRAMES || this.#smallBytes >= MAX_SMALL_BYTES) this.#pack();
  }

  /** Removes the bytes for the next write and returns them in one piece; nothing when the queue is empty. */
  take(): Uint8Array | undefined {
    this.#pack();
    let count = 0;
    let room = SLICE_BYTES;
    const taken: Uint8Array[] = [];
    for (let piece = this.#pieces[count]; piece !== undefined && room > 0; piece = this.#pieces[count]) {
      const part = piece.byteLength <= room ? piece : piece.subarray(0, room);
      taken.push(part);
      room -= part.byteLength;
      this.#headBytes = piece.byteLength - part.byteLength;
      if (this.#headBytes === 0) count++;
      else this.#pieces[count] = piece.subarray(part.byteLength);
    }
    this.#pieces.splice(0, count);
    this.#byteLength -= SLICE_BYTES - room;
    return taken.length > 1 ? Buffer.concat(taken) : taken[0];
  }

  #pack(): void {
    const small = this.#small;
    const [first] = small;
    if (first === undefined) return;
    this.#pieces.push(small.length === 1 ? first : Buffer.concat(small, this.#smallBytes));
    this.#small = [];
    this.#smallBytes = 0;
  }
}
