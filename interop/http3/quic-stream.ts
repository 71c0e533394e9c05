import type { QuicConnection } from "./quic-connection.ts";

/** Says that a stream ends because its session does (draft-ietf-webtrans-http3, section 9.5). */
const SESSION_GONE = 0x170d_7b68;

interface PendingWrite {
  readonly chunk: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A bidirectional QUIC stream as a pair of the platform's streams, which keep no more than a chunk each. */
export class QuicStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly #connection: QuicConnection;
  readonly #id: number;
  /** What arrived together with the head of the stream. */
  #first: Uint8Array | undefined;
  #source: ReadableStreamDefaultController<Uint8Array> | undefined;
  #sink: WritableStreamDefaultController | undefined;
  #onPulled: (() => void) | undefined;
  #pending: PendingWrite | undefined;

  constructor(connection: QuicConnection, id: number, first: Uint8Array) {
    this.#connection = connection;
    this.#id = id;
    this.#first = first.length > 0 ? first : undefined;
    this.readable = new ReadableStream(
      {
        start: (controller) => void (this.#source = controller),
        pull: () => this.#pull(),
        cancel: () => void (this.#source = undefined),
      },
      { highWaterMark: 0 },
    );
    this.writable = new WritableStream({
      start: (controller) => void (this.#sink = controller),
      write: (chunk) => this.#write(chunk),
      close: () => void this.#connection.write(this.#id, new Uint8Array(0), true),
    });
  }

  /** Something may have arrived. */
  onReadable(): void {
    const source = this.#source;
    if (this.#onPulled === undefined || source === undefined) return;
    try {
      const chunk = this.#read();
      if (chunk === undefined) return;
      if (chunk.data.length > 0) source.enqueue(chunk.data);
      if (chunk.isLast) this.#endReading((controller) => controller.close());
      else if (chunk.data.length === 0) return;
    } catch (error) {
      this.#endReading((controller) => controller.error(error));
    }
    const onPulled = this.#onPulled;
    this.#onPulled = undefined;
    onPulled();
  }

  /** The stream may take something. */
  onWritable(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    try {
      const rest = pending.chunk.subarray(this.#connection.write(this.#id, pending.chunk, false));
      if (rest.length === 0) pending.resolve();
      else this.#pending = { ...pending, chunk: rest };
    } catch (error) {
      pending.reject(error);
    }
  }

  /** The session is over, and all that has not arrived is lost. */
  break(error: Error): void {
    this.#connection.reset(this.#id, SESSION_GONE);
    this.#endReading((controller) => controller.error(error));
    this.#sink?.error(error);
    this.#pending?.reject(error);
    this.#pending = undefined;
    this.#onPulled?.();
    this.#onPulled = undefined;
  }

  #pull(): Promise<void> {
    return new Promise((resolve) => {
      this.#onPulled = resolve;
      this.onReadable();
    });
  }

  #read(): { readonly data: Uint8Array; readonly isLast: boolean } | undefined {
    const first = this.#first;
    this.#first = undefined;
    return first === undefined ? this.#connection.read(this.#id) : { data: first, isLast: false };
  }

  #write(chunk: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending = { chunk, resolve, reject };
      this.onWritable();
    });
  }

  #endReading(how: (controller: ReadableStreamDefaultController<Uint8Array>) => void): void {
    const source = this.#source;
    this.#source = undefined;
    if (source !== undefined) how(source);
  }
}
