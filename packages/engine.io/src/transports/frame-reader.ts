import { isUtf8 } from "node:buffer";
import type { Duplex } from "node:stream";
import { unmask, unmaskText } from "./frame-payload.ts";
import { LibraryPart } from "./library-part.ts";

/** First bytes of frames that are messages by themselves (RFC 6455, section 5.2: FIN and an opcode, no RSV bit). */
const TEXT = 0x81;
const BINARY = 0x82;
/** The first byte of a goodbye (section 5.5.1), which is never longer than 125 bytes. */
const CLOSE = 0x88;
/** The bit of a frame's second byte that says that a mask follows; the others are the length. */
const MASKED = 0x80;
/** In place of the length: 2 bytes with the length follow. More says that there are 8. */
const LENGTH_FOLLOWS = 126;
const NOT_TAKEN = -1;
/** The peer has said goodbye, and has been answered. */
const GOODBYE = -2;

/** What the WebSocket library does with what arrives: it has one such function for all its connections. */
type LibraryListener = (this: Duplex, chunk: Buffer) => void;

/** The owner of a connection, which takes the messages that arrive on it. */
export interface FrameTaker {
  /** What the WebSocket library is reading; undefined while it is between two messages. Only the reader sets it. */
  libraryPart: LibraryPart | undefined;
  /** Has the library take part in the connection, if it does not yet. Returns false if the connection is over. */
  callLibrary(): boolean;
  /** A text has arrived: `chunk[start, end)`, which is valid UTF-8. */
  onText(chunk: Buffer, start: number, end: number, isAscii: boolean): void;
  /** Any other message has arrived. */
  onFrame(data: Buffer, isBinary: boolean): void;
  /** The peer says goodbye. Returns false if the library has to answer. */
  onGoodbye(code: number | undefined, reason: Uint8Array | undefined): boolean;
  /** The connection is gone. */
  onEnd(): void;
}

const TAKER = Symbol("taker");

/** A socket that knows who takes what it brings: a listener of its own for each connection would be several times as large. */
type ReadConnection = Duplex & { [TAKER]?: FrameTaker };
type Listener = (this: ReadConnection, chunk: Buffer) => void;

/**
 * Takes messages that have arrived in one piece, and the goodbye, and leaves everything else to the WebSocket library: other
 * control frames, fragments, frames that are not complete yet or very long, and all that is wrong.
 */
export class FrameReader {
  readonly #maxPayloadBytes: number;
  readonly #listener: Listener;
  #library: LibraryListener | undefined;
  #standIn: (Listener & { readonly listener: LibraryListener }) | undefined;

  /** Longer messages are left to the library, which has the same limit. */
  constructor(maxPayloadBytes: number) {
    this.#maxPayloadBytes = maxPayloadBytes;
    const read = (connection: ReadConnection, chunk: Buffer): void => this.#read(connection, chunk, undefined);
    this.#listener = function onData(this: ReadConnection, chunk: Buffer): void {
      read(this, chunk);
    };
  }

  /** Begins to read a connection in which the library takes no part yet. */
  begin(connection: Duplex, taker: FrameTaker): void {
    const read: ReadConnection = connection;
    read[TAKER] = taker;
    connection.on("data", this.#listener).on("end", onEnd).on("error", onError).on("close", onClose);
  }

  /** Goes on in front of the library, which has just begun to listen. Where others listen as well, the library goes on alone. */
  attach(connection: Duplex, taker: FrameTaker): void {
    const isTaker = takerOf(connection) === taker;
    if (isTaker) connection.off("data", this.#listener).off("end", onEnd).off("error", onError).off("close", onClose);
    const listeners: readonly unknown[] = connection.listeners("data");
    const library = listeners.at(-1);
    if (!isListener(library)) return;
    this.#library = library;
    if (listeners.length !== 1) return;
    const read: ReadConnection = connection;
    read[TAKER] = taker;
    if (this.#standIn?.listener !== library) this.#standIn = this.#standInFor(library);
    connection.prependListener("data", this.#standIn);
    connection.removeListener("data", library); // of two that are it or stand in for it, the later one goes
  }

  /** The library has one listener for all its connections, and so have we. */
  #standInFor(library: LibraryListener) {
    const read = (connection: ReadConnection, chunk: Buffer): void => this.#read(connection, chunk, library);
    function onData(this: ReadConnection, chunk: Buffer): void {
      read(this, chunk);
    }
    // emitters look here when a listener is removed, so that the library can remove its own
    return Object.assign(onData, { listener: library });
  }

  #read(connection: ReadConnection, chunk: Buffer, listener: LibraryListener | undefined): void {
    const taker = connection[TAKER];
    if (taker === undefined) {
      listener?.call(connection, chunk);
      return;
    }
    let library = listener;
    let at = 0;
    while (at < chunk.length) {
      const end = taker.libraryPart === undefined ? this.#take(taker, chunk, at) : NOT_TAKEN;
      if (end === GOODBYE) {
        connection.off("data", this.#listener);
        if (this.#standIn !== undefined) connection.off("data", this.#standIn);
        return; // nobody reads what follows
      }
      if (end === NOT_TAKEN) {
        if (library === undefined && taker.callLibrary()) library = this.#library;
        if (library === undefined) return;
        at = leave(connection, taker, chunk, at, library);
      } else at = end;
    }
  }

  /** Takes the frame that begins at `at`. Returns where it ends. */
  #take(taker: FrameTaker, chunk: Buffer, at: number): number {
    const first = chunk[at];
    const second = chunk[at + 1] ?? 0;
    if (second < MASKED) return NOT_TAKEN;
    if (first !== TEXT && first !== BINARY) return first === CLOSE ? takeGoodbye(taker, chunk, at) : NOT_TAKEN;
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

/** Takes a goodbye that is in order. */
function takeGoodbye(taker: FrameTaker, chunk: Buffer, at: number): number {
  const start = at + 6;
  const end = start + (chunk[at + 1] ?? 0) - MASKED;
  if (end > chunk.length || end - start >= LENGTH_FOLLOWS || end - start === 1) return NOT_TAKEN;
  unmask(chunk, start, end);
  const code = start === end ? undefined : chunk.readUInt16BE(start);
  const reason = code === undefined ? undefined : chunk.subarray(start + 2, end);
  const isInOrder = code === undefined || (isCloseCode(code) && (reason === undefined || isUtf8(reason)));
  if (isInOrder && taker.onGoodbye(code, reason)) return GOODBYE;
  unmask(chunk, start, end);
  return NOT_TAKEN;
}

/** Whether a peer may say goodbye with the code (RFC 6455, sections 7.4.1 and 7.4.2, and the IANA registry). */
function isCloseCode(code: number): boolean {
  if (code >= 3_000) return code < 5_000;
  return code >= 1_000 && code <= 1_014 && code !== 1_004 && code !== 1_005 && code !== 1_006;
}

/** Leaves a frame, or what has come of it, to the library. Returns where that ends. */
function leave(connection: Duplex, taker: FrameTaker, chunk: Buffer, at: number, library: LibraryListener): number {
  const part = (taker.libraryPart ??= new LibraryPart());
  const end = part.follow(chunk, at);
  library.call(connection, end - at === chunk.length ? chunk : chunk.subarray(at, end));
  if (part.isOver()) taker.libraryPart = undefined;
  return end;
}

function isListener(value: unknown): value is LibraryListener {
  return typeof value === "function";
}

/** Who takes what a connection brings, if it is read here. */
export function takerOf(connection: Duplex): FrameTaker | undefined {
  const read: ReadConnection = connection;
  return read[TAKER];
}

/** The peer sends nothing more, and without a goodbye (RFC 6455, section 7.1.1): so do we. */
function onEnd(this: ReadConnection): void {
  this.end();
}

function onError(): void {
  // `close` follows
}

function onClose(this: ReadConnection): void {
  this[TAKER]?.onEnd();
}
