// @ts-check
// What was drawn. All of it is bounded: at most 50 boards of 1 MB.

import { readStrokes } from "./public/protocol.js";

const MOST_BOARDS = 50;
const MOST_BYTES = 1_000_000;

/** The boards that somebody looks at, and the ones that were left last. */
export class Boards {
  /** @type {Map<string, Board>} */
  #boards = new Map();

  /** @param {string} name */
  open(name) {
    const board = this.#boards.get(name) ?? new Board();
    this.#boards.set(name, board);
    return board;
  }

  /**
   * Nobody looks at a board any more. It is kept for those who come back, as long as there is room.
   *
   * @param {string} name
   */
  leave(name) {
    const board = this.#boards.get(name);
    if (board === undefined) return;
    this.#boards.delete(name);
    this.#boards.set(name, board); // the last one to be given up
    const [oldest] = this.#boards.keys();
    if (this.#boards.size > MOST_BOARDS && oldest !== undefined) this.#boards.delete(oldest);
  }
}

/** The strokes of one board, oldest first. */
class Board {
  /** @type {Uint8Array[]} */
  #strokes = [];
  #byteLength = 0;

  /** All of them as one piece of bytes: a packet may only have a few attachments. */
  get strokes() {
    return Buffer.concat(this.#strokes);
  }

  /**
   * Takes strokes in; the oldest make room for them.
   *
   * @param {unknown} bytes
   * @returns {boolean} whether they are strokes at all
   */
  add(bytes) {
    if (!(bytes instanceof Uint8Array) || readStrokes(bytes) === undefined) return false;
    this.#strokes.push(bytes);
    this.#byteLength += bytes.byteLength;
    while (this.#byteLength > MOST_BYTES) this.#byteLength -= this.#strokes.shift()?.byteLength ?? 0;
    return true;
  }

  clear() {
    this.#strokes = [];
    this.#byteLength = 0;
  }
}
