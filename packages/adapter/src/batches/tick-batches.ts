/** The type of a message that holds others, in its `data`. Nodes of socket.io skip it, as they do all types that they do not know. */
export const BATCH_TYPE = 103;

/** How large a batch becomes: more would save nothing, and a batch that is lost or late is so as a whole. */
export interface BatchLimits {
  readonly maxBytes: number;
  readonly maxMessages: number;
}

const LIMITS: BatchLimits = { maxBytes: 65_536, maxMessages: 500 };

/**
 * Collects messages for buses that send several as one. Those of one callback of the event loop travel together, and so do those of
 * all other callbacks of the same turn; while that merges much, nothing leaves before the turn ends. What is added is sent in the
 * order in which it was added; what goes together has one key.
 *
 * @example
 * const batches = new TickBatches<string>((messages) => send(messages.length === 1 ? messages[0] : `[${messages.join()}]`));
 * batches.allow(true);
 * batches.add("all", '{"a":1}', 7);
 */
export class TickBatches<Item> {
  readonly #send: (items: readonly Item[], key: string) => void;
  readonly #limits: BatchLimits;
  #state: "allowed" | "refused" = "refused";
  #items: Item[] = [];
  #key = "";
  #bytes = 0;
  /** When what was collected leaves: nothing is awaited, the end of the callback, or that of the turn. */
  #awaits: "nothing" | "callback" | "turn" = "nothing";
  /** Whether waiting for the end of the turn has merged something lately. */
  #isMerging = false;

  /** `send` gets one item, or several that had the same key, and the key. It does not throw. */
  constructor(send: (items: readonly Item[], key: string) => void, limits: BatchLimits = LIMITS) {
    this.#send = send;
    this.#limits = limits;
  }

  /** Whether what is added may travel with others. */
  get isAllowed(): boolean {
    return this.#state === "allowed";
  }

  /** Tells whether everybody understands batches. Nobody does before the first call. */
  allow(allowed: boolean): void {
    this.flush();
    this.#state = allowed ? "allowed" : "refused";
  }

  /** Sends an item: at the end of this turn of the event loop at the latest, or at once where there are no batches. */
  add(key: string, item: Item, bytes: number): void {
    if (this.#state === "refused") return this.#send([item], key);
    const { maxBytes, maxMessages } = this.#limits;
    if (key !== this.#key || this.#bytes + bytes > maxBytes) this.flush();
    this.#key = key;
    this.#bytes += bytes;
    if (this.#items.push(item) === maxMessages) this.flush();
    if (this.#awaits === "nothing") this.#await();
  }

  /** Sends what waits. */
  flush(): void {
    const items = this.#items;
    if (items.length === 0) return;
    this.#items = [];
    this.#bytes = 0;
    this.#send(items, this.#key);
  }

  #await(): void {
    this.#awaits = this.#isMerging ? "turn" : "callback";
    if (this.#isMerging) setImmediate(this.#onTurn);
    else process.nextTick(this.#onCallback);
  }

  readonly #onCallback = (): void => {
    this.#awaits = "turn";
    setImmediate(this.#onTurn); // before it is sent: clients that write in an immediate of their own write the rest along with it
    this.flush();
  };

  readonly #onTurn = (): void => {
    this.#awaits = "nothing";
    this.#isMerging = this.#items.length > 1;
    this.flush();
  };
}
