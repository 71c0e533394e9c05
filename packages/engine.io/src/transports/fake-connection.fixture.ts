import type { WritableConnection } from "./writable-connection.ts";

/** A `net.Socket` of which a test decides how much the operating system takes. */
export class FakeConnection implements WritableConnection {
  encrypted = false;
  writable = true;
  /** Each call of `write`, with corked calls joined as they are on the wire. */
  readonly writes: Buffer[] = [];
  /** The very chunks that were handed over. */
  readonly chunks: (string | Uint8Array)[] = [];
  /** Bytes the operating system still takes. */
  room: number = Number.POSITIVE_INFINITY;
  writableNeedDrain = false;
  bytesRead = 0;
  #pending = 0;
  #handed = 0;
  #corked: Buffer[] | undefined;
  #onDrain: (() => void) | undefined;

  get writableLength(): number {
    return this.#pending;
  }

  get bytesWritten(): number {
    return this.#handed;
  }

  /** All that was written, as one. */
  get wire(): Buffer {
    return Buffer.concat(this.writes);
  }

  write(chunk: string | Uint8Array, encoding?: "latin1"): boolean {
    this.chunks.push(chunk);
    const bytes = typeof chunk === "string" ? Buffer.from(chunk, encoding) : Buffer.from(chunk);
    this.#handed += bytes.byteLength;
    if (this.#corked === undefined) this.writes.push(bytes);
    else this.#corked.push(bytes);
    const taken = Math.min(this.room, bytes.byteLength);
    this.room -= taken;
    this.#pending += bytes.byteLength - taken;
    if (this.#pending + bytes.byteLength >= 16_384) this.writableNeedDrain = true;
    return !this.writableNeedDrain;
  }

  cork(): void {
    this.#corked = [];
  }

  uncork(): void {
    if (this.#corked !== undefined && this.#corked.length > 0) this.writes.push(Buffer.concat(this.#corked));
    this.#corked = undefined;
  }

  once(_event: "drain", listener: () => void): void {
    this.#onDrain = listener;
  }

  /** The operating system takes some of what is pending, and tells when that is all of it. */
  take(bytes: number): void {
    this.#pending -= Math.min(bytes, this.#pending);
    if (this.#pending > 0) return;
    this.writableNeedDrain = false;
    const onDrain = this.#onDrain;
    this.#onDrain = undefined;
    onDrain?.();
  }
}
