/** What arrives for one reader: kept until it is read, in order. */
export class ReplyStream<T> implements AsyncIterableIterator<T> {
  readonly #onLeft: () => void;
  #items: T[] = [];
  #state: "open" | "ended" = "open";
  #wake: (() => void) | undefined;

  /** `onLeft` is called when the reader wants no more. */
  constructor(onLeft: () => void) {
    this.#onLeft = onLeft;
  }

  push(item: T): void {
    if (this.#state === "ended") return;
    this.#items.push(item);
    this.#wake?.();
  }

  end(): void {
    this.#state = "ended";
    this.#wake?.();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      const [value] = this.#items.splice(0, 1);
      if (value !== undefined) return { done: false, value };
      if (this.#state === "ended") return { done: true, value: undefined };
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#items = [];
    this.end();
    this.#onLeft();
    return Promise.resolve({ done: true, value: undefined });
  }
}
