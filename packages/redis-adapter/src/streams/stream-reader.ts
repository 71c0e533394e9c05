import type { Clock, Timer } from "@halyard/contracts";
import type { OwnedRedisLink, RedisLink } from "../connection/redis-link.ts";
import { compareIds, START } from "./entry-id.ts";
import { readEntries, readReply, type StreamEntry } from "./entry.ts";

/** How long after a failure a reader tries again. */
const RETRY_MS = 100;
/** How much longer than asked for a server may let a reader wait before its connection is held to be broken. */
const PATIENCE_MS = 5_000;

/** What a reader needs to know of its stream. */
export interface StreamPlan {
  readonly stream: string;
  readonly readCount: number;
  readonly blockTimeMs: number;
  readonly clock: Clock;
}

/** Takes what a reader reads. */
export interface StreamHandler {
  /** `isAgain`: it may have been read before, from a stream that was longer. */
  onEntry(entry: StreamEntry, isAgain: boolean): void;
  /** Entries may have been missed: the stream was lost, or cut off before they were read. */
  onGap(): void;
}

/** Reads a stream from its end on, over a connection of its own, and goes on where it was after every interruption. */
export class StreamReader {
  /** Settles once the reader knows where it begins, so that nothing is missed from then on, or is closed before. */
  readonly ready: Promise<void>;
  readonly #source: RedisLink;
  readonly #plan: StreamPlan;
  readonly #handler: StreamHandler;
  #onReady: () => void = () => {};
  #link: OwnedRedisLink;
  #unwatch: () => void = () => {};
  /** Gives up the command that is under way. */
  #interrupt: () => void = () => {};
  #offset: string | undefined;
  /** How far the stream was read before it came back shorter. */
  #former: string = START;
  #state: "open" | "closed" = "open";

  constructor(source: RedisLink, plan: StreamPlan, handler: StreamHandler) {
    this.#source = source;
    this.#plan = plan;
    this.#handler = handler;
    this.ready = new Promise((resolve) => (this.#onReady = resolve));
    this.#link = this.#openLink();
    void this.#run();
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#onReady();
    this.#endLink();
  }

  /** Clients may send a command again after a reconnection, and so hide that the server was away. */
  #openLink(): OwnedRedisLink {
    const link = this.#source.duplicate();
    this.#unwatch = link.watch({ onUp: () => {}, onDown: () => this.#interrupt(), onError: () => {} });
    return link;
  }

  #endLink(): void {
    this.#unwatch();
    this.#interrupt();
    this.#link.end();
  }

  async #run(): Promise<void> {
    let continuity: "kept" | "broken" = "broken";
    while (this.#state === "open") {
      try {
        if (!this.#link.isUp) throw new Error("the reader is not connected");
        if (continuity === "broken") await this.#takePlace();
        continuity = "kept";
        this.#onReady();
        await this.#read();
      } catch {
        continuity = "broken";
        await this.#pause();
      }
    }
  }

  /** Begins at the end of the stream, or finds out whether it can go on where it was. */
  async #takePlace(): Promise<void> {
    const { stream } = this.#plan;
    const last = readEntries(await this.#command(["XREVRANGE", stream, "+", "-", "COUNT", "1"]))[0]?.id ?? START;
    if (this.#offset === undefined) {
      this.#offset = last;
      return;
    }
    if (compareIds(last, this.#offset) < 0) {
      // the server has forgotten the stream, or its end: what is new may have come before the place where this reader was
      if (last !== START && compareIds(this.#former, this.#offset) < 0) this.#former = this.#offset;
      this.#offset = START;
      return this.#handler.onGap();
    }
    const first = readEntries(await this.#command(["XRANGE", stream, "-", "+", "COUNT", "1"]))[0]?.id ?? START;
    if (this.#offset !== START && compareIds(first, this.#offset) > 0) this.#handler.onGap();
  }

  async #read(): Promise<void> {
    const { stream, readCount, blockTimeMs } = this.#plan;
    const how = ["COUNT", String(readCount), "BLOCK", String(blockTimeMs)];
    const reply = await this.#command(["XREAD", ...how, "STREAMS", stream, this.#offset ?? "$"]);
    for (const entry of readReply(reply)) {
      if (this.#state === "closed") return;
      this.#offset = entry.id; // first: an entry that cannot be read must not be read again
      this.#handler.onEntry(entry, this.#former !== START && compareIds(entry.id, this.#former) <= 0);
    }
  }

  /** A connection that is silent for too long is replaced. */
  #command(args: readonly string[]): Promise<unknown> {
    const { clock, blockTimeMs, stream } = this.#plan;
    return new Promise((resolve, reject) => {
      const timer: Timer = clock.schedule(() => this.#replaceLink(), blockTimeMs + PATIENCE_MS, true);
      this.#interrupt = () => {
        timer.cancel();
        reject(new Error("Redis does not answer"));
      };
      this.#link
        .command(args, stream)
        .finally(() => timer.cancel())
        .then(resolve, reject);
    });
  }

  #replaceLink(): void {
    if (this.#state === "closed") return;
    this.#endLink();
    this.#link = this.#openLink();
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => void this.#plan.clock.schedule(resolve, RETRY_MS, true));
  }
}
