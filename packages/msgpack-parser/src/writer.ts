import { Tag } from "./format.ts";
import { allocate, writeUtf8 } from "./memory.ts";

/** Memory is taken in pieces of this size, which messages share until they are let go, as Node.js does with buffers. */
const CHUNK_BYTES = 8_192;
/** What must be left in a chunk for another message to begin there. */
const LEAST_BYTES = 1_024;
/** Texts up to this long are quicker written here than by a call into the platform. */
const SHORT_TEXT = 32;

/** Appends MessagePack to memory that grows. */
export class Writer {
  #memory: Uint8Array = allocate(CHUNK_BYTES);
  #view: DataView | undefined;
  /** Where the message begins. */
  #start = 0;
  #at = 0;

  /** Ends the message and returns it; what follows is another. */
  take(): Uint8Array {
    const message = this.#memory.subarray(this.#start, this.#at);
    if (this.#memory.length > CHUNK_BYTES) {
      this.#replace(CHUNK_BYTES);
      // growth has left up to half of the memory unused
      const copy = allocate(message.length);
      copy.set(message);
      return copy;
    }
    if (CHUNK_BYTES - this.#at < LEAST_BYTES) this.#replace(CHUNK_BYTES);
    else this.#start = this.#at;
    return message;
  }

  /** Drops a message that could not be finished. */
  discard(): void {
    this.#at = this.#start;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#memory[this.#at++] = value;
  }

  /** An integer of 1, 2 or 4 bytes behind its tag. */
  number(tag: number, value: number, width: 1 | 2 | 4): void {
    this.#reserve(5);
    this.#memory[this.#at++] = tag;
    if (width === 4) {
      this.#memory[this.#at++] = value >> 24;
      this.#memory[this.#at++] = value >> 16;
    }
    if (width > 1) this.#memory[this.#at++] = value >> 8;
    this.#memory[this.#at++] = value;
  }

  /** An unsigned integer in the least of the three widths whose tags follow each other from `tag`. */
  sized(tag: number, value: number): void {
    if (value < 0x100) this.number(tag, value, 1);
    else if (value < 0x1_0000) this.number(tag + 1, value, 2);
    else this.number(tag + 2, value, 4);
  }

  /** The size of an array or a map. */
  header(shortTag: number, tag: number, size: number): void {
    if (size < 0x10) this.byte(shortTag | size);
    else if (size < 0x1_0000) this.number(tag, size, 2);
    else this.number(tag + 1, size, 4);
  }

  float(value: number): void {
    this.#reserve(9);
    this.#memory[this.#at] = Tag.FLOAT64;
    this.#dataView().setFloat64(this.#at + 1, value);
    this.#at += 9;
  }

  /** Eight bytes of an integer, in two's complement. */
  int64(value: number): void {
    this.#reserve(8);
    this.#dataView().setUint32(this.#at, Math.floor(value / 2 ** 32));
    this.#dataView().setUint32(this.#at + 4, value >>> 0);
    this.#at += 8;
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#memory.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  text(text: string): void {
    if (text.length >= SHORT_TEXT || !this.#ascii(text)) this.#utf8(text);
  }

  /** Writes a short text if it is ASCII. */
  #ascii(text: string): boolean {
    this.#reserve(text.length + 1);
    const memory = this.#memory;
    let at = this.#at;
    memory[at++] = Tag.FIXSTR | text.length;
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      if (unit > 0x7f) return false;
      memory[at++] = unit;
    }
    this.#at = at;
    return true;
  }

  #utf8(text: string): void {
    this.#reserve(text.length * 3 + 5);
    const start = this.#at;
    // the header's width depends on the number of bytes: most likely that of characters
    const guess = textHeaderBytes(text.length);
    const length = writeUtf8(text, this.#memory, start + guess);
    const actual = textHeaderBytes(length);
    if (actual !== guess) this.#memory.copyWithin(start + actual, start + guess, start + guess + length);
    if (actual === 1) this.byte(Tag.FIXSTR | length);
    else this.sized(Tag.STR8, length);
    this.#at += length;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#memory.length) return;
    const written = this.#memory.subarray(this.#start, this.#at);
    this.#replace(Math.max(CHUNK_BYTES, (written.length + bytes) * 2));
    this.#memory.set(written);
    this.#at = written.length;
  }

  #replace(bytes: number): void {
    this.#memory = allocate(bytes);
    this.#view = undefined;
    this.#start = this.#at = 0;
  }

  #dataView(): DataView {
    const { buffer, byteOffset, byteLength } = this.#memory;
    return (this.#view ??= new DataView(buffer, byteOffset, byteLength));
  }
}

function textHeaderBytes(length: number): number {
  if (length < 0x20) return 1;
  if (length < 0x100) return 2;
  return length < 0x1_0000 ? 3 : 5;
}
