/**
 * An async iterable that is filled from elsewhere, for one reader. What has been pushed is kept until it is read; after
 * `end()` the reader gets what is left, and then the end. A reader that stops early is told to `onReturn`.
 *
 * @example
 * const stream = new PushStream<number>();
 * stream.push(1);
 * stream.end();
 * for await (const value of stream) console.log(value);
 */
export class PushStream<Value> implements AsyncIterable<Value> {
  readonly #onReturn: (() => void) | undefined;
  #values: Value[] = [];
  #state: "open" | "ended" = "open";
  #wake: (() => void) | undefined;

  constructor(onReturn?: () => void) {
    this.#onReturn = onReturn;
  }

  /** Whether nothing will be added any more. */
  get isEnded(): boolean {
    return this.#state === "ended";
  }

  /** Adds a value; ignored after the end. */
  push(value: Value): void {
    if (this.#state === "ended") return;
    this.#values.push(value);
    this.#wake?.();
  }

  /** Idempotent. */
  end(): void {
    this.#state = "ended";
    this.#wake?.();
  }

  /** Gives the values in order, and ends when the stream does. One reader at a time. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Value, void, undefined> {
    try {
      for (;;) {
        const values = this.#values;
        this.#values = [];
        yield* values;
        if (this.#values.length > 0) continue;
        if (this.#state === "ended") return;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.#onReturn?.();
    }
  }
}
