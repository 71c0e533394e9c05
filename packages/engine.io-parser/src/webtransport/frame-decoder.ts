import type { EngineMessage } from "@halyard/contracts";
import { toError } from "@halyard/core";
import { parseError } from "../parse-error.ts";
import { decodeUtf8 } from "../utf8.ts";
import { BINARY, LENGTH_16, LENGTH_64 } from "./frame-header.ts";

/**
 * Cuts the bytes of a WebTransport stream into frames, whatever the chunks they arrive in. The length that a header
 * announces is checked before anything is kept, and memory grows with what has arrived, not with what is announced.
 *
 * @example
 * decoder.push(chunk);
 * for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) handle(codec.decodePacket(frame));
 */
export class FrameDecoder {
  readonly #maxPayloadBytes: number;
  readonly #header = new Uint8Array(9);
  #headerBytes = 0;
  /** What has arrived of a payload that is spread over several chunks. */
  #payload: Uint8Array = NOTHING;
  #payloadBytes = 0;
  #chunk: Uint8Array = NOTHING;
  #violation: Error | undefined;

  constructor(maxPayloadBytes: number) {
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  /** Takes the next chunk. It is kept until {@link next} has come to its end. */
  push(chunk: Uint8Array): void {
    if (this.#violation !== undefined) return;
    this.#chunk = this.#chunk.length === 0 ? chunk : join(this.#chunk, chunk);
  }

  /**
   * Returns the next frame that is complete: text, or bytes that may share the memory of a chunk.
   * @throws `ENGINE_PARSE`, then and ever after, for a length above the limit and for text that is not UTF-8.
   */
  next(): EngineMessage | undefined {
    if (this.#violation !== undefined) throw this.#violation;
    try {
      const length = this.#readHeader();
      const payload = length === undefined ? undefined : this.#readPayload(length);
      if (payload === undefined) return undefined;
      this.#headerBytes = 0;
      return isBinary(this.#header) ? payload : decodeUtf8(payload);
    } catch (error) {
      this.#violation = toError(error);
      this.#chunk = this.#payload = NOTHING;
      throw error;
    }
  }

  /** The length of the payload, once its header is complete. */
  #readHeader(): number | undefined {
    const chunk = this.#chunk;
    let read = 0;
    while (this.#headerBytes < headerSize(this.#header, this.#headerBytes)) {
      const byte = chunk[read];
      if (byte === undefined) break;
      this.#header[this.#headerBytes++] = byte;
      read++;
    }
    this.#take(read);
    if (this.#headerBytes < headerSize(this.#header, this.#headerBytes)) return undefined;
    const length = payloadLength(this.#header);
    if (length > this.#maxPayloadBytes) throw parseError(`a frame above the limit of ${this.#maxPayloadBytes} bytes`);
    return length;
  }

  #readPayload(length: number): Uint8Array | undefined {
    const part = this.#take(length - this.#payloadBytes);
    if (part.length === length) return part;
    this.#append(part, length);
    if (this.#payloadBytes < length) return undefined;
    const payload = this.#payload;
    this.#payload = NOTHING;
    this.#payloadBytes = 0;
    return payload;
  }

  /** Cuts up to `count` bytes off the chunk, and lets go of a chunk that is used up. */
  #take(count: number): Uint8Array {
    const part = this.#chunk.subarray(0, count);
    this.#chunk = part.length === this.#chunk.length ? NOTHING : this.#chunk.subarray(part.length);
    return part;
  }

  /** Room doubles, so that a payload that comes in single bytes is not copied for each. */
  #append(part: Uint8Array, length: number): void {
    const bytes = this.#payloadBytes + part.length;
    if (bytes > this.#payload.length) {
      const larger = new Uint8Array(Math.min(length, 2 * bytes));
      larger.set(this.#payload);
      this.#payload = larger;
    }
    this.#payload.set(part, this.#payloadBytes);
    this.#payloadBytes = bytes;
  }
}

const NOTHING = /* @__PURE__ */ new Uint8Array(0);

/** How many bytes the header has, as far as those that are there tell. */
function headerSize(header: Uint8Array, bytes: number): number {
  const short = shortLength(header);
  return bytes === 0 || short < LENGTH_16 ? 1 : short === LENGTH_16 ? 3 : 9;
}

/** Lengths above 2^53 lose their last digits; they are above any limit just the same. */
function payloadLength(header: Uint8Array): number {
  const view = new DataView(header.buffer);
  const short = shortLength(header);
  if (short < LENGTH_16) return short;
  return short === LENGTH_16 ? view.getUint16(1) : Number(view.getBigUint64(1));
}

function shortLength(header: Uint8Array): number {
  return (header[0] ?? 0) & LENGTH_64;
}

function isBinary(header: Uint8Array): boolean {
  return ((header[0] ?? 0) & BINARY) !== 0;
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
