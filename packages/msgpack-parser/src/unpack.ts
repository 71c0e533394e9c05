import { codedError, hasCode } from "@halyard/core";
import { JAVASCRIPT_EXTENSION, Tag } from "./format.ts";
import { readKey } from "./key-cache.ts";
import { readUtf8 } from "./memory.ts";

/** Texts up to this long are quicker read here than by a call into the platform. */
const SHORT_TEXT = 12;

const TWO_TO_32 = 2 ** 32;

/** Bytes as they come from a transport. */
export type Bytes = ArrayBuffer | Uint8Array;

/**
 * Decodes a MessagePack value that fills all of `message`, as `notepack.io` encodes it or any other encoder. Bytes come
 * out in the kind the message came in: `Buffer`, `Uint8Array` (both sharing its memory) or `ArrayBuffer`.
 * @throws `SOCKET_PARSE` for anything else, before memory is taken for what is only announced.
 */
export function unpack(message: Bytes, maxDepth: number): unknown {
  const reader = new Reader(message);
  try {
    // the packet around the data is no level of its own
    const value = reader.value(maxDepth + 1);
    if (reader.left > 0) throw malformed("trailing bytes");
    return value;
  } catch (error) {
    throw hasCode(error, "SOCKET_PARSE") ? error : malformed("not UTF-8", error);
  }
}

class Reader {
  readonly #memory: Uint8Array;
  readonly #asArrayBuffer: boolean;
  #view: DataView | undefined;
  #at = 0;

  constructor(message: Bytes) {
    this.#asArrayBuffer = !(message instanceof Uint8Array);
    this.#memory = message instanceof Uint8Array ? message : new Uint8Array(message);
  }

  get left(): number {
    return this.#memory.length - this.#at;
  }

  value(levels: number): unknown {
    const tag = this.#memory[this.#take(1)] ?? 0;
    if (tag < Tag.FIXMAP) return tag;
    if (tag >= Tag.NEGATIVE) return tag - 0x100;
    if (tag < Tag.FIXARRAY) return this.#map(tag & 0x0f, levels);
    if (tag < Tag.FIXSTR) return this.#array(tag & 0x0f, levels);
    if (tag < Tag.NIL) return this.#text(tag & 0x1f);
    if (tag >= Tag.MAP16) return this.#map(this.#uint(2 << (tag - Tag.MAP16)), levels);
    if (tag >= Tag.ARRAY16) return this.#array(this.#uint(2 << (tag - Tag.ARRAY16)), levels);
    if (tag >= Tag.STR8) return this.#text(this.#uint(1 << (tag - Tag.STR8)));
    return this.#scalar(tag);
  }

  #scalar(tag: number): unknown {
    if (tag >= Tag.FIXEXT1) return this.#extension(1 << (tag - Tag.FIXEXT1), tag);
    if (tag === Tag.INT64) return this.#int64();
    if (tag >= Tag.INT8) return this.#int(1 << (tag - Tag.INT8));
    if (tag === Tag.UINT64) return this.#uint(4) * TWO_TO_32 + this.#uint(4);
    if (tag >= Tag.UINT8) return this.#uint(1 << (tag - Tag.UINT8));
    if (tag === Tag.FLOAT64) return this.#dataView().getFloat64(this.#take(8));
    if (tag === Tag.FLOAT32) return this.#dataView().getFloat32(this.#take(4));
    if (tag >= Tag.EXT8) return this.#extension(this.#uint(1 << (tag - Tag.EXT8)), tag);
    if (tag >= Tag.BIN8) return this.#bytes(this.#uint(1 << (tag - Tag.BIN8)));
    if (tag === Tag.NIL) return null;
    if (tag === Tag.FALSE) return false;
    if (tag === Tag.TRUE) return true;
    throw malformed("unknown tag");
  }

  #array(size: number, levels: number): unknown[] {
    this.#checkSize(size, levels);
    const array: unknown[] = [];
    for (let index = 0; index < size; index++) array.push(this.value(levels - 1));
    return array;
  }

  #map(size: number, levels: number): Record<string, unknown> {
    this.#checkSize(2 * size, levels);
    const map: Record<string, unknown> = {};
    for (let index = 0; index < size; index++) {
      map[this.#key()] = this.value(levels - 1);
    }
    return map;
  }

  #key(): string | number {
    const tag = this.#memory[this.#at] ?? 0;
    if (tag >= Tag.FIXSTR && tag < Tag.NIL) {
      const end = this.#at + 1 + (tag & 0x1f);
      const known = end > this.#memory.length ? undefined : readKey(this.#memory, this.#at + 1, end);
      if (known !== undefined) {
        this.#at = end;
        return checkKey(known);
      }
    }
    return checkKey(this.value(0));
  }

  /** Each item takes a byte at least, so an array cannot be larger than what is left, whatever it announces. */
  #checkSize(items: number, levels: number): void {
    if (levels <= 0) throw codedError("SOCKET_PARSE", "packet exceeds maxDepth");
    if (items > this.left) throw malformed("more items announced than bytes left");
  }

  #text(length: number): string {
    const start = this.#take(length);
    if (length > SHORT_TEXT) return readUtf8(this.#memory, start, this.#at);
    let text = "";
    for (let at = start; at < this.#at; at++) {
      const unit = this.#memory[at] ?? 0;
      if (unit > 0x7f) return readUtf8(this.#memory, start, this.#at);
      text += String.fromCharCode(unit);
    }
    return text;
  }

  #bytes(length: number): Bytes {
    const start = this.#take(length);
    return this.#asArrayBuffer ? this.#copy(start) : this.#memory.subarray(start, this.#at);
  }

  /** As `notepack.io` has it: unknown types come out as a pair. */
  #extension(length: number, tag: number): unknown {
    const type = this.#int(1);
    if (type !== JAVASCRIPT_EXTENSION) return [type, this.#bytes(length)];
    if (tag === Tag.FIXEXT8) return new Date(this.#int64());
    const start = this.#take(length);
    return tag === Tag.FIXEXT1 ? undefined : this.#copy(start);
  }

  #copy(start: number): ArrayBuffer {
    return new Uint8Array(this.#memory.subarray(start, this.#at)).buffer;
  }

  #int64(): number {
    return this.#int(4) * TWO_TO_32 + this.#uint(4);
  }

  #int(width: number): number {
    const shift = 32 - 8 * width;
    return (this.#uint(width) << shift) >> shift;
  }

  #uint(width: number): number {
    let value = 0;
    for (let at = this.#take(width); at < this.#at; at++) value = (value << 8) | (this.#memory[at] ?? 0);
    return value >>> 0;
  }

  /** Passes over some bytes and returns where they start. */
  #take(length: number): number {
    const start = this.#at;
    if (length > this.#memory.length - start) throw malformed("incomplete");
    this.#at = start + length;
    return start;
  }

  #dataView(): DataView {
    const { buffer, byteOffset, byteLength } = this.#memory;
    return (this.#view ??= new DataView(buffer, byteOffset, byteLength));
  }
}

function checkKey(key: unknown): string | number {
  if (key === "__proto__" || (typeof key !== "string" && typeof key !== "number")) throw malformed("key of a map");
  return key;
}

function malformed(message: string, cause?: unknown): Error {
  return codedError("SOCKET_PARSE", `invalid MessagePack: ${message}`, cause);
}
