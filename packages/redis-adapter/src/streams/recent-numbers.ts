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
  /** Up to here each number was seen, or was counted as missing; undefined where that begins anew with a number beyond {@link told}. */
  complete: number | undefined;
  /** The highest number when a loss was told. */
  told: number;
}

/**
 * Tells messages that come again, and those that do not come, by the numbers that their senders give them: one row for each stream, so
 * that nobody else needs to look at what a sender has lost.
 */
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

  /**
   * Notes that of what a sender has sent until a message, which was added, nothing up to `settled` will come any more. What came before
   * the first message that was heard of a sender is not missed.
   * @returns how many messages are missing, at most, that were not counted before
   */
  countMissing(name: string, number: number, settled: number): number {
    const sender = this.#senders.get(name);
    if (sender === undefined) return 0;
    if (sender.complete === undefined) {
      if (number > sender.told) sender.complete = number;
      return 0;
    }
    // what is out of reach would not be taken for new any more
    const outOfReach = Math.max(sender.complete, sender.highest - REACH);
    let missing = outOfReach - sender.complete;
    sender.complete = outOfReach;
    for (const until = Math.min(settled, number - 1); sender.complete < until; sender.complete++)
      if (!hasSeen(sender, sender.complete + 1)) missing++;
    while (sender.complete < sender.highest && hasSeen(sender, sender.complete + 1)) sender.complete++;
    return missing;
  }

  /** Something was lost, which is told: nothing is counted as missing that comes before the next new number of each sender. */
  excuse(): void {
    for (const sender of this.#senders.values()) {
      sender.complete = undefined;
      sender.told = sender.highest;
    }
  }

  #find(name: string, number: number): Sender {
    const sender = this.#senders.get(name) ?? {
      first: number,
      seen: new Uint8Array(REACH),
      highest: 0,
      complete: undefined,
      told: 0,
    };
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

function hasSeen({ seen, highest }: Sender, number: number): boolean {
  return number > highest - REACH && seen[number % REACH] === 1;
}
