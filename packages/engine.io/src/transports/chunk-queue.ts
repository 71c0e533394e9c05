import type { WritableConnection } from "./writable-connection.ts";

/** Bytes given to the socket at a time, so that its progress with a large message can be seen. */
const SLICE_BYTES = 65_536;

/** Chunks of bytes that wait to be written, the first of them perhaps in part. */
export class ChunkQueue {
  readonly #chunks: Uint8Array[] = [];
  #byteLength = 0;
  #headBytes = 0;

  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  /** What remains of a chunk of which a part has been written. */
  get headBytes(): number {
    return this.#headBytes;
  }

  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#byteLength += chunk.byteLength;
  }

  /** Writes slice by slice until everything is out or the connection is full. */
  writeTo(connection: WritableConnection): void {
    let next = 0;
    do {
      connection.cork();
      let room = SLICE_BYTES;
      for (let chunk = this.#chunks[next]; chunk !== undefined && room > 0; chunk = this.#chunks[next]) {
        const slice = chunk.byteLength <= room ? chunk : chunk.subarray(0, room);
        connection.write(slice);
        room -= slice.byteLength;
        this.#byteLength -= slice.byteLength;
        this.#headBytes = chunk.byteLength - slice.byteLength;
        if (this.#headBytes === 0) next++;
        else this.#chunks[next] = chunk.subarray(slice.byteLength);
      }
      connection.uncork();
    } while (next < this.#chunks.length && !isFull(connection));
    this.#chunks.splice(0, next);
  }

  /** Writes the rest of a chunk of which a part has been written: nothing else may follow that part. */
  writeHead(connection: WritableConnection): void {
    const head = this.#headBytes === 0 ? undefined : this.#chunks.shift();
    if (head === undefined) return;
    connection.write(head);
    this.#byteLength -= head.byteLength;
    this.#headBytes = 0;
  }
}

/** A large write sets `writableNeedDrain` even when the operating system took all of it at once. */
function isFull(connection: WritableConnection): boolean {
  return connection.writableLength > 0 && connection.writableNeedDrain;
}
