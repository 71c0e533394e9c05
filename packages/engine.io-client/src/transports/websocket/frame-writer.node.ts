import { randomFillSync } from "node:crypto";
import type { Socket as TcpSocket } from "node:net";
import type { EngineMessage } from "@halyard/contracts";

/** Longer messages are for others to write: a copy costs more than it saves. Below, 16 bits hold the length of any frame. */
export const LONGEST_FRAME: number = 16 * 1024;

/**
 * Collects the frames of one task and writes them to the connection at once, in one buffer (RFC 6455, section 5.2). Whoever
 * else writes frames to the same connection must flush it first.
 */
export class FrameWriter {
  #payloads: EngineMessage[] = [];
  #bytes = 0;
  readonly socket: TcpSocket;

  constructor(socket: TcpSocket) {
    this.socket = socket;
  }

  /** Bytes that wait for the flush. */
  get bytes(): number {
    return this.#bytes;
  }

  push(payload: EngineMessage): void {
    // bytes are copied, so that their owner may reuse them at once
    this.#payloads.push(typeof payload === "string" ? payload : Buffer.from(payload));
    const length = lengthOf(payload);
    this.#bytes += length + headerLength(length);
  }

  flush(): void {
    if (this.#bytes === 0) return;
    const target = Buffer.allocUnsafe(this.#bytes);
    let end = 0;
    for (const payload of this.#payloads) end = writeFrame(target, end, payload);
    this.#payloads.length = 0;
    this.#bytes = 0;
    this.socket.write(target);
  }
}

/** Writes a whole masked frame and returns where it ends. */
function writeFrame(target: Buffer, start: number, payload: EngineMessage): number {
  const isText = typeof payload === "string";
  const length = lengthOf(payload);
  target[start] = isText ? 0x81 : 0x82;
  let at = start + 2;
  if (length < 126) target[start + 1] = 0x80 | length;
  else {
    target[start + 1] = 0xfe;
    at = target.writeUInt16BE(length, at);
  }
  const key = nextKey();
  at = target.writeInt32LE(key, at);
  if (isText) target.write(payload, at);
  else target.set(payload, at);
  const end = at + length;
  for (let shift = 0; at < end; at++, shift = (shift + 8) & 31) target[at] = (target[at] ?? 0) ^ (key >>> shift);
  return end;
}

function lengthOf(payload: EngineMessage): number {
  return typeof payload === "string" ? Buffer.byteLength(payload) : payload.byteLength;
}

/** Two bytes, two more for lengths beyond 7 bits, and the masking key. */
function headerLength(length: number): number {
  return length < 126 ? 6 : 8;
}

const keys = new Int32Array(1024);
let nextIndex = keys.length;

/** A masking key that nobody can foresee (RFC 6455, section 10.3). */
function nextKey(): number {
  if (nextIndex === keys.length) {
    randomFillSync(keys);
    nextIndex = 0;
  }
  return keys[nextIndex++] ?? 0;
}
