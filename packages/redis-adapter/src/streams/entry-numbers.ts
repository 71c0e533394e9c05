/**
 * Numbers what a node writes to one stream, and knows up to where all of it is settled: answered, or given up, so that it will not be
 * written again. Readers learn from that which entries are missing, and which may come yet.
 */
export class EntryNumbers {
  #last = 0;
  #settled = 0;
  /** Settled before others that come first. */
  readonly #early = new Set<number>();

  /** The number that was given last; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** Everything up to this one is settled. */
  get settled(): number {
    return this.#settled;
  }

  next(): number {
    return ++this.#last;
  }

  /** Notes that a number is settled; once more in vain. */
  settle(number: number): void {
    if (number > this.#settled + 1) return void this.#early.add(number);
    this.#settled = Math.max(this.#settled, number);
    while (this.#early.delete(this.#settled + 1)) this.#settled++;
  }
}
