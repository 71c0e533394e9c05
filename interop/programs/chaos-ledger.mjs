// What one client got, by sender: numbers have to come once, in order, and without a hole as long as it is the same session.

/** Senders are called by a number that grows, so that one tells which came first. */
const ageOf = (sender) => Number(sender);

export class Ledger {
  isOpen = false;
  #node;
  /** The newest server when this session began; what older ones had sent before is unknown to it. */
  #since = 0;
  #newest;
  /** Of each sender, the last number, and whether it came from a server that is known not to be the sender. */
  #senders = new Map();
  #sessions = 0;
  #recoveries = 0;
  #failures = {};
  /** What is wrong: numbers that are missing, by the server that the next one came from; that came late; that came again. */
  #holes = [];
  #late = 0;
  #repeated = 0;

  constructor(newest) {
    this.#newest = newest;
  }

  onConnect(recovered) {
    this.isOpen = true;
    this.#sessions++;
    if (recovered) this.#recoveries++;
    else {
      this.#senders = new Map();
      this.#since = this.#newest();
    }
  }

  onWelcome(node, recovered, failure) {
    this.#node = node;
    if (recovered || this.#sessions === 1) return;
    this.#failures[failure ?? "none asked for"] = (this.#failures[failure ?? "none asked for"] ?? 0) + 1;
  }

  onDisconnect() {
    this.isOpen = false;
    this.#node = undefined;
  }

  onNumber(sender, number) {
    const known = this.#senders.get(sender);
    const expected = known?.last === undefined ? (ageOf(sender) > this.#since ? 1 : number) : known.last + 1;
    if (number < expected) return this.#onFormer(sender, number);
    if (number > expected) this.#holes.push({ sender, numbers: numbersBetween(expected, number), node: this.#node });
    const isRemote = this.#node !== undefined && this.#node !== sender;
    this.#senders.set(sender, { last: number, isRemote });
  }

  #onFormer(sender, number) {
    const isLate = this.#holes.some((hole) => hole.sender === sender && hole.numbers.delete(number));
    if (isLate) this.#late++;
    else this.#repeated++;
  }

  lacks(sender, last) {
    const known = this.#senders.get(sender);
    return known === undefined ? ageOf(sender) > this.#since && last > 0 : known.last < last;
  }

  report() {
    return {
      senders: Object.fromEntries(this.#senders),
      since: this.#since,
      sessions: this.#sessions,
      recoveries: this.#recoveries,
      failures: this.#failures,
      holes: this.#holes.map(({ sender, numbers, node }) => ({ sender, count: numbers.size, node })),
      late: this.#late,
      repeated: this.#repeated,
    };
  }
}

/** The numbers from one on, up to another, which is left out. */
function numbersBetween(first, end) {
  return new Set(Array.from({ length: end - first }, (_, index) => first + index));
}
