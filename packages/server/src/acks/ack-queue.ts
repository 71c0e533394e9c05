/** So many settled entries may stay among those that wait, beside one for each of these. */
const MAX_SETTLED = 64;

/**
 * Acknowledgements by id, in two arrays sorted by id: ids of one socket only grow, and answers mostly come in order, so
 * that the first entry is the one asked for. A map that is filled and emptied all the time costs several times as much.
 */
export class AckQueue<Ack extends object> {
  #ids: number[] = [];
  /** Undefined where an acknowledgement has settled. */
  #acks: (Ack | undefined)[] = [];
  /** Where the first one that waits is. */
  #first = 0;
  #size = 0;

  /** How many wait. */
  get size(): number {
    return this.#size;
  }

  /** How many places are taken, by those that wait and by those that have settled: at most twice {@link size} and 64. */
  get places(): number {
    return this.#ids.length;
  }

  /** Adds an acknowledgement. Its id is new; higher than all before but for what listeners emit while it is being sent. */
  add(id: number, ack: Ack): void {
    let at = this.#ids.length;
    while (at > this.#first && (this.#ids[at - 1] ?? id) > id) at--;
    if (at === this.#ids.length) {
      this.#ids.push(id);
      this.#acks.push(ack);
    } else {
      this.#ids.splice(at, 0, id);
      this.#acks.splice(at, 0, ack);
    }
    this.#size++;
  }

  /** Removes an acknowledgement and returns it, if it still waits. */
  take(id: number): Ack | undefined {
    const at = this.#ids[this.#first] === id ? this.#first : this.#find(id);
    const ack = this.#acks[at];
    if (ack === undefined) return undefined;
    this.#acks[at] = undefined;
    this.#size--;
    if (this.#size === 0) this.#clear();
    else this.#tidy();
    return ack;
  }

  /** Removes all and returns them, in order. */
  takeAll(): Ack[] {
    const acks = this.#acks.filter((ack) => ack !== undefined);
    this.#size = 0;
    this.#clear();
    return acks;
  }

  /** The position of an id, or -1. */
  #find(id: number): number {
    let low = this.#first;
    let high = this.#ids.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.#ids[middle];
      if (found === id) return middle;
      if (found !== undefined && found < id) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  #tidy(): void {
    while (this.#acks[this.#first] === undefined) this.#first++;
    if (this.#ids.length <= this.#size * 2 + MAX_SETTLED) return;
    this.#ids = this.#ids.filter((_, at) => this.#acks[at] !== undefined);
    this.#acks = this.#acks.filter((ack) => ack !== undefined);
    this.#first = 0;
  }

  #clear(): void {
    this.#ids.length = 0;
    this.#acks.length = 0;
    this.#first = 0;
  }
}
