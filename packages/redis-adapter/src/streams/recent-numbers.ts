/** How many numbers of each sender are remembered; not many more messages are ever under way at once. */
const REACH = 10_000;

/** Tells messages that come again, by the numbers that their senders give them. */
export class RecentNumbers {
  readonly #senders = new Map<string, { readonly seen: Set<number>; highest: number }>();

  /** Notes a message. @returns whether it is new */
  add(sender: string, number: number): boolean {
    const known = this.#senders.get(sender);
    const { seen } = known ?? { seen: new Set<number>() };
    const highest = known?.highest ?? 0;
    if (known === undefined) this.#senders.set(sender, { seen, highest });
    if (number <= highest - REACH || seen.has(number)) return false;
    seen.add(number);
    for (let old = highest - REACH; old <= number - REACH; old++) seen.delete(old);
    this.#senders.set(sender, { seen, highest: Math.max(highest, number) });
    return true;
  }

  forget(sender: string): void {
    this.#senders.delete(sender);
  }
}
