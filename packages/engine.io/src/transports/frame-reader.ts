import type { Duplex } from "node:stream";
import { unmask, unmaskText } from "./frame-payload.ts";
import { LibraryPart } from "./library-part.ts";

/** First bytes of frames that are messages by themselves (RFC 6455, section 5.2: FIN and an opcode, no RSV bit). */
const TEXT = 0x81;
const BINARY = 0x82;
/** The bit of a frame's second byte that says that a mask follows; the others are the length. */
const MASKED = 0x80;
/** In place of the length: 2 bytes with the length follow. More says that there are 8. */
const LENGTH_FOLLOWS = 126;
const NOT_TAKEN = -1;

/** The owner of a connection, which takes the messages that arrive on it. */
export interface FrameTaker {
  /** What the WebSocket library is reading; undefined while it is between two messages. Only the reader sets it. */
  libraryPart: LibraryPart | undefined;
  /** A text has arrived: `chunk[start, end)`, which is valid UTF-8. */
  onText(chunk: Buffer, start: number, end: number, isAscii: boolean): void;
  /** Any other message has arrived. */
  onFrame(data: Buffer, isBinary: boolean): void;
}

const TAKER = Symbol("taker");

/** A socket that knows who takes what it brings: a listener of its own for each connection would be several times as large. */
type ReadConnection = Duplex & { [TAKER]?: FrameTaker };
type Listener = (this: ReadConnection, chunk: Buffer) => void;

/**
 * Takes messages that have arrived in one piece, and leaves everything else to the WebSocket library: control frames,
 * fragments, frames that are not complete yet or very long, and all that is wrong.
 */
export class FrameReader {
  readonly #maxPayloadBytes: number;
  #standIn: (Listener & { readonly listener: Listener }) | undefined;

  /** Longer messages are left to the library, which has the same limit. */
  constructor(maxPayloadBytes: number) {
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  /** Begins to read in front of the library, which has just begun to listen. Does nothing if others listen as well. */
  attach(connection: Duplex, taker: FrameTaker): void {
    const listeners: readonly unknown[] = connection.listeners("data");
    const library = listeners[0];
    if (listeners.length !== 1 || !isListener(library)) return;
    if (this.#standIn?.listener !== library) this.#standIn = this.#standInFor(library);
    const read: ReadConnection = connection;
    read[TAKER] = taker;
    connection.prependListener("data", this.#standIn);
    connection.removeListener("data", library); // of two that are it or stand in for it, the later one goes
  }

  /** The library has one listener for all its connections, and so have we. */
  #standInFor(library: Listener) {
    const read = (connection: ReadConnection, chunk: Buffer): void => this.#read(connection, chunk, library);
    function onData(this: ReadConnection, chunk: Buffer): void {
      read(this, chunk);
    }
    // emitters look here when a listener is removed, so that the library can remove its own
    return Object.assign(onData, { listener: library });
  }

  #read(connection: ReadConnection, chunk: Buffer, library: Listener): void {
    const taker = connection[TAKER];
    if (taker === undefined) {
      library.call(connection, chunk);
      return;
    }
    let at = 0;
    while (at < chunk.length) {
      const end = taker.libraryPart === undefined ? this.#take(taker, chunk, at) : NOT_TAKEN;
      at = end === NOT_TAKEN ? leave(connection, taker, chunk, at, library) : end;
    }
  }

  /** Takes the message that begins at `at`. Returns where it ends. */
  #take(taker: FrameTaker, chunk: Buffer, at: number): number {
    const first = chunk[at];
    const second = chunk[at + 1] ?? 0;
    if ((first !== TEXT && first !== BINARY) || second < MASKED) return NOT_TAKEN;
    let start = at + 6;
    let length = second - MASKED;
    if (length >= LENGTH_FOLLOWS) {
      if (length > LENGTH_FOLLOWS || start > chunk.length) return NOT_TAKEN;
      length = chunk.readUInt16BE(at + 2);
      if (length < LENGTH_FOLLOWS) return NOT_TAKEN;
      start += 2;
    }
    const end = start + length;
    if (end > chunk.length || length > this.#maxPayloadBytes) return NOT_TAKEN;
    if (first === BINARY) {
      unmask(chunk, start, end);
      taker.onFrame(chunk.subarray(start, end), true);
      return end;
    }
    const kind = unmaskText(chunk, start, end);
    if (kind === "invalid") return NOT_TAKEN;
    taker.onText(chunk, start, end, kind === "ascii");
    return end;
  }
}

/** Leaves a frame, or what has come of it, to the library. Returns where that ends. */
function leave(connection: Duplex, taker: FrameTaker, chunk: Buffer, at: number, library: Listener): number {
  const part = (taker.libraryPart ??= new LibraryPart());
  const end = part.follow(chunk, at);
  library.call(connection, end - at === chunk.length ? chunk : chunk.subarray(at, end));
  if (part.isOver()) taker.libraryPart = undefined;
  return end;
}

function isListener(value: unknown): value is Listener {
  return typeof value === "function";
}
