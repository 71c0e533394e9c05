/** What one client should have got, and what it got, by sender: between senders there is no order. */
export class Tally {
  readonly #meant = new Map<string, number[]>();
  readonly #got = new Map<string, number[]>();

  expect(sender: string, n: number): void {
    append(this.#meant, sender, n);
  }

  receive(sender: string, n: number): void {
    append(this.#got, sender, n);
  }

  get isComplete(): boolean {
    return [...this.#meant].every(([sender, meant]) => (this.#got.get(sender)?.length ?? 0) >= meant.length);
  }

  get meant(): Readonly<Record<string, readonly number[]>> {
    return Object.fromEntries(this.#meant);
  }

  get got(): Readonly<Record<string, readonly number[]>> {
    return Object.fromEntries(this.#got);
  }
}

function append(lists: Map<string, number[]>, sender: string, n: number): void {
  const list = lists.get(sender);
  if (list === undefined) lists.set(sender, [n]);
  else list.push(n);
}
