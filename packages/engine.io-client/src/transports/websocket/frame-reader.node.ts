import { isUtf8 } from "node:buffer";
import type { Socket as TcpSocket } from "node:net";

/** First bytes of frames that are messages by themselves (RFC 6455, section 5.2: FIN and an opcode, no RSV bit). */
const TEXT = 0x81;
const BINARY = 0x82;
const PING = 0x89;
/** In place of the length: 2 bytes with it follow. Above, there are 8 bytes, or a mask, which servers must not use. */
const LENGTH_FOLLOWS = 126;
/** Up to this length it takes longer to make a view for Node.js to look at than to look at every byte here. */
const MAX_LOOPED_BYTES = 192;
/** In place of a frame's end: it is not one that is taken here. */
const NOT_TAKEN = -1;

/** The owner of a connection, which takes the messages that arrive on it. */
export interface FrameTaker {
  /**
   * Bytes of the frame that the WebSocket library has begun; infinite when all the rest is its own. To be set to 0 when the
   * library tells of a message.
   */
  libraryBytes: number;
  /** A text has arrived: `chunk[start, end)`, which is valid UTF-8. */
  onText(chunk: Buffer, start: number, end: number, isAscii: boolean): void;
  /** Bytes have arrived. */
  onBinary(data: Buffer): void;
}

const TAKER = Symbol("taker");

/** A socket that knows who takes what it brings: a listener of its own for each would be several times as large. */
type ReadSocket = TcpSocket & { readonly [TAKER]?: FrameTaker };
type Listener = (this: ReadSocket, chunk: Buffer) => void;

let standIn: (Listener & { readonly listener: Listener }) | undefined;

/**
 * Takes messages that arrive in one piece, in front of the WebSocket library, which has just begun to listen. Everything
 * else is left to the library, as it came and in order: control frames, fragments, frames that are incomplete or long, and
 * all that is wrong. Does nothing if others listen as well.
 */
export function readInFront(socket: TcpSocket, taker: FrameTaker): void {
  const listeners: readonly unknown[] = socket.listeners("data");
  const library = listeners[0];
  if (listeners.length !== 1 || !isListener(library)) return;
  if (standIn?.listener !== library) standIn = standInFor(library);
  Object.assign(socket, { [TAKER]: taker });
  socket.prependListener("data", standIn);
  socket.removeListener("data", library); // of two that are it or stand in for it, the later one goes
}

/** The library has one listener for all its connections, and so have we. */
function standInFor(library: Listener): Listener & { readonly listener: Listener } {
  function onData(this: ReadSocket, chunk: Buffer): void {
    const taker = this[TAKER];
    if (taker) read(this, taker, chunk, library);
    else library.call(this, chunk);
  }
  // emitters look here when a listener is removed, so that the library can remove its own
  return Object.assign(onData, { listener: library });
}

function read(socket: ReadSocket, taker: FrameTaker, chunk: Buffer, library: Listener): void {
  let at = 0;
  while (at < chunk.length) {
    const end = taker.libraryBytes > 0 ? NOT_TAKEN : take(taker, chunk, at);
    if (end !== NOT_TAKEN) {
      at = end;
      continue;
    }
    at = leave(socket, taker, chunk, at, library);
  }
}

/** Leaves a frame, or what has come of it, to the library. Returns where that ends. */
function leave(socket: ReadSocket, taker: FrameTaker, chunk: Buffer, at: number, library: Listener): number {
  const isPing = taker.libraryBytes === 0 && chunk[at] === PING;
  const bytes = taker.libraryBytes || frameBytes(chunk, at);
  const end = Math.min(chunk.length, at + bytes);
  // the rest is its own unless it tells of the message: it may refuse it, or take its time
  taker.libraryBytes = Infinity;
  library.call(socket, end - at === chunk.length ? chunk : chunk.subarray(at, end));
  if (end < at + bytes) taker.libraryBytes = at + bytes - end;
  else if (isPing) taker.libraryBytes = 0;
  return end;
}

/** Takes the message that begins at `at`. Returns where it ends. */
function take(taker: FrameTaker, chunk: Buffer, at: number): number {
  const first = chunk[at];
  let length = chunk[at + 1] ?? Infinity;
  if ((first !== TEXT && first !== BINARY) || length > LENGTH_FOLLOWS) return NOT_TAKEN;
  let start = at + 2;
  if (length === LENGTH_FOLLOWS) {
    start += 2;
    if (start > chunk.length) return NOT_TAKEN;
    length = chunk.readUInt16BE(at + 2);
  }
  const end = start + length;
  if (end > chunk.length) return NOT_TAKEN;
  if (first === BINARY) taker.onBinary(chunk.subarray(start, end));
  else {
    const isAscii = end - start <= MAX_LOOPED_BYTES && hasOnlyAscii(chunk, start, end);
    if (!isAscii && !isUtf8(chunk.subarray(start, end))) return NOT_TAKEN;
    taker.onText(chunk, start, end, isAscii);
  }
  return end;
}

/**
 * The length of a frame that is left to the library; infinite if that cannot be told yet, or if it is not one by itself: a
 * fragment, a goodbye, or something wrong.
 */
function frameBytes(chunk: Buffer, at: number): number {
  const first = chunk[at];
  const length = chunk[at + 1] ?? Infinity;
  if (first !== TEXT && first !== BINARY && first !== PING) return Infinity;
  if (length < LENGTH_FOLLOWS) return 2 + length;
  if (length === LENGTH_FOLLOWS && at + 4 <= chunk.length) return 4 + chunk.readUInt16BE(at + 2);
  if (length === LENGTH_FOLLOWS + 1 && at + 10 <= chunk.length) return 10 + Number(chunk.readBigUInt64BE(at + 2));
  return Infinity;
}

function hasOnlyAscii(bytes: Buffer, start: number, end: number): boolean {
  let bits = 0;
  for (let at = start; at < end; at++) bits |= bytes[at] ?? 0;
  return bits < 0x80;
}

function isListener(value: unknown): value is Listener {
  return typeof value === "function";
}
