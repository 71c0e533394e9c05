/** How many numbers of each sender are remembered; not many more messages are ever under way at once. */
const REACH = 10_000;
/** How many senders are remembered; who is silent for longest is forgotten first. */
const MAX_SENDERS = 256;

interface Sender {
  /** The number that was noted first. */
  readonly first: number;
  /** Whether a number was seen, of those in reach, each in the place of its remainder: a set would take ten times as much. */
  readonly seen: Uint8Array;
  highest: number;
}

/** Tells messages that come again, by the numbers that their senders give them. */
export class RecentNumbers {
  readonly #senders = new Map<string, Sender>();

  /** Notes a message. @returns whether it is new */
  add(name: string, number: number): boolean {
    const sender = this.#find(name, number);
    const { seen } = sender;
    if (number <= sender.highest - REACH) return false;
    if (number > sender.highest) advance(sender, number);
    if (seen[number % REACH] === 1) return false;
    seen[number % REACH] = 1;
    return true;
  }

  /** Notes a message that may be older than anything that was noted, and then is not new. */
  addAgain(name: string, number: number): boolean {
    const sender = this.#senders.get(name);
    return sender !== undefined && number >= sender.first && this.add(name, number);
  }

  #find(name: string, number: number): Sender {
    const sender = this.#senders.get(name) ?? { first: number, seen: new Uint8Array(REACH), highest: 0 };
    this.#senders.delete(name);
    this.#senders.set(name, sender);
    const [oldest] = this.#senders.keys();
    if (this.#senders.size > MAX_SENDERS && oldest !== undefined) this.#senders.delete(oldest);
    return sender;
  }
}

/** Numbers come into reach that were not seen. */
function advance(sender: Sender, highest: number): void {
  if (highest - sender.highest >= REACH) sender.seen.fill(0);
  else for (let number = sender.highest + 1; number <= highest; number++) sender.seen[number % REACH] = 0;
  sender.highest = highest;
}
