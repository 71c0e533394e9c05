/** A stream of the Web platform, from one side. */
export interface FakeStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/**
 * The built-in class without a network: its streams lead to `server`, which tests read and write. As over QUIC, a write
 * settles once the other end has taken it, and the end of a session drops what has not arrived.
 */
export class FakeWebTransport {
  static made: FakeWebTransport[] = [];
  /** Called with the server's side of each stream. */
  static onStream: (stream: FakeStream, session: FakeWebTransport) => void = () => {};
  readonly url: string;
  readonly options: object | undefined;
  readonly closed: Promise<unknown>;
  ready: Promise<unknown> = Promise.resolve();
  closings = 0;
  #settle!: { readonly resolve: (info: unknown) => void; readonly reject: (error: unknown) => void };
  readonly #pipes: TransformStreamDefaultController<Uint8Array>[] = [];

  constructor(url: string, options?: object) {
    if (!url.startsWith("https:")) throw new SyntaxError("not a URL of https");
    this.url = url;
    this.options = options;
    this.closed = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    FakeWebTransport.made.push(this);
  }

  createBidirectionalStream(): Promise<FakeStream> {
    const [up, down] = [this.#pipe(), this.#pipe()];
    FakeWebTransport.onStream({ readable: up.readable, writable: down.writable }, this);
    return Promise.resolve({ readable: down.readable, writable: up.writable });
  }

  close(): void {
    this.closings++;
    this.#break();
    this.#settle.resolve({ closeCode: 0, reason: "" });
  }

  fail(error: Error): void {
    this.#break();
    this.#settle.reject(error);
  }

  #pipe(): TransformStream<Uint8Array, Uint8Array> {
    return new TransformStream({
      start: (controller) => void this.#pipes.push(controller),
      transform: (chunk, controller) => controller.enqueue(Uint8Array.from(chunk)),
    });
  }

  #break(): void {
    for (const pipe of this.#pipes.splice(0)) pipe.error(new Error("the session is over"));
  }
}
