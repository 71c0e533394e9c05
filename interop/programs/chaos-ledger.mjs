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
  /** What is wrong: numbers that are missing, that came again, by the server that it came from. */
  #holes = [];
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
    if (number < expected) return void this.#repeated++;
    if (number > expected) this.#holes.push({ sender, count: number - expected, node: this.#node });
    const isRemote = this.#node !== undefined && this.#node !== sender;
    this.#senders.set(sender, { last: number, isRemote });
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
      holes: this.#holes,
      repeated: this.#repeated,
    };
  }
}
