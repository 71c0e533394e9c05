/** The longest start of a frame that tells how long the frame is (RFC 6455, section 5.2): 2 bytes and a length of 8. */
const MAX_PREFIX_BYTES = 10;
const MASK_BYTES = 4;
const FIN = 0x80;
const CLOSE = 0x08;
/** Opcodes from here on are those of control frames, which may come between the fragments of a message. */
const FIRST_CONTROL = 0x08;

/**
 * The part of a connection's input that the WebSocket library reads: a frame, or a message in fragments. Follows the frames
 * in it, so as to know where it ends.
 */
export class LibraryPart {
  /** The library has told of a message, a ping or a pong since this frame began. */
  #hasTold = false;
  /** It has everything from here on: it has not told what it should have, or the peer has said goodbye. */
  #isForever = false;
  #isInFragments = false;
  /** The first byte of the present frame. */
  #first = 0;
  /** Bytes of the present frame that have not come yet. */
  #missing = 0;
  /** The start of a frame of which too little has come to tell its length. */
  #prefix: Uint8Array | undefined;

  /** The library tells of a message, a ping or a pong. */
  onTold(): void {
    this.#hasTold = true;
  }

  /** Where in the chunk the library's next bytes end, which begin at `at`: at the end of a frame, or of the chunk. */
  follow(chunk: Buffer, at: number): number {
    if (this.#isForever) return chunk.length;
    if (this.#missing === 0 && !this.#begin(chunk, at)) return chunk.length;
    const end = Math.min(at + this.#missing, chunk.length);
    this.#missing -= end - at;
    return end;
  }

  /** Asked when the library has had the bytes that `follow` gave it: whether it is between two messages again. */
  isOver(): boolean {
    if (this.#isForever || this.#missing > 0 || this.#prefix !== undefined) return false;
    const isControl = (this.#first & 0x0f) >= FIRST_CONTROL;
    if (!isControl) this.#isInFragments = (this.#first & FIN) === 0;
    // a fragment is told of with its message; all else at once, unless the library refuses it or takes its time
    const mustHaveTold = isControl || !this.#isInFragments;
    if (mustHaveTold && !this.#hasTold) this.#isForever = true;
    return !this.#isForever && !this.#isInFragments;
  }

  /** Reads the start of a frame; false if the rest of the chunk is the library's, whatever the frame's length. */
  #begin(chunk: Buffer, at: number): boolean {
    const known = this.#prefix?.length ?? 0;
    const begun = chunk.subarray(at, at + MAX_PREFIX_BYTES);
    const prefix = this.#prefix === undefined ? begun : Buffer.concat([this.#prefix, begun]);
    const length = frameLength(prefix);
    if (length === undefined) {
      this.#prefix = new Uint8Array(prefix); // a copy: nothing large is kept for a few bytes
      return false;
    }
    this.#prefix = undefined;
    this.#hasTold = false;
    this.#first = prefix.readUInt8(0);
    this.#missing = length - known;
    // the library lets what follows a goodbye pass, provided that it gets both together
    this.#isForever = (this.#first & 0x0f) === CLOSE;
    return !this.#isForever;
  }
}

/** The length of the frame that begins so; undefined if that cannot be told yet. */
function frameLength(prefix: Buffer): number | undefined {
  if (prefix.length < 2) return undefined;
  const second = prefix.readUInt8(1);
  const mask = second >= 0x80 ? MASK_BYTES : 0;
  const length = second & 0x7f;
  if (length < 126) return 2 + mask + length;
  if (length === 126) return prefix.length < 4 ? undefined : 4 + mask + prefix.readUInt16BE(2);
  return prefix.length < 10 ? undefined : 10 + mask + prefix.readUInt32BE(2) * 2 ** 32 + prefix.readUInt32BE(6);
}
