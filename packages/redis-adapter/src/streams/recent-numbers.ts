/** How many numbers of each sender are remembered; not many more messages are ever under way at once. */
const REACH = 10_000;
/** How many senders are remembered; who is silent for longest is forgotten first. */
const MAX_SENDERS = 256;

interface Sender {
  readonly seen: Set<number>;
  readonly highest: number;
}

/** Tells messages that come again, by the numbers that their senders give them. */
export class RecentNumbers {
  readonly #senders = new Map<string, Sender>();

  /** Notes a message. @returns whether it is new */
  add(name: string, number: number): boolean {
    const { seen, highest } = this.#senders.get(name) ?? { seen: new Set<number>(), highest: 0 };
    if (number <= highest - REACH || seen.has(number)) return false;
    seen.add(number);
    this.#note(name, { seen, highest: Math.max(highest, number) });
    // in the order they came, the oldest first
    for (const old of seen) {
      if (seen.size <= REACH) break;
      seen.delete(old);
    }
    return true;
  }

  #note(name: string, sender: Sender): void {
    this.#senders.delete(name);
    this.#senders.set(name, sender);
    const [oldest] = this.#senders.keys();
    if (this.#senders.size > MAX_SENDERS && oldest !== undefined) this.#senders.delete(oldest);
  }
}
