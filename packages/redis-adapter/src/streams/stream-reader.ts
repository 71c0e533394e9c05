import type { Clock, Timer } from "@halyard/contracts";
import type { OwnedRedisLink, RedisLink } from "../connection/redis-link.ts";
import { compareIds, idBefore, START } from "./entry-id.ts";
import { readEntries, readReply, type StreamEntry } from "./entry.ts";

/** How long after a failure a reader tries again. */
const RETRY_MS = 100;
/** Reads that bring something follow each other at once if they are so far apart; else there is more in the next one if it waits. */
const BUSY_MS = 1;
/** How long it waits then: as short as timers are. */
const PACE_MS = 1;
/** How much longer than asked for a server may let a reader wait before its connection is held to be broken. */
const PATIENCE_MS = 5_000;

/** How long a client may take to connect, or to connect again, before another takes its place: some get stuck in it. */
const CONNECTING_MS = 5_000;

/** What a reader needs to know of its stream. */
export interface StreamPlan {
  readonly stream: string;
  readonly readCount: number;
  readonly blockTimeMs: number;
  /** For how long before its end what the stream holds is read, too. */
  readonly pastMs: number;
  readonly clock: Clock;
}

/**
 * - `new`: it was added after the reader began.
 * - `past`: it was there before.
 * - `again`: it may have been read before, from a stream that was longer.
 */
export type EntryAge = "new" | "past" | "again";

/** Takes what a reader reads. */
export interface StreamHandler {
  onEntry(entry: StreamEntry, age: EntryAge): void;
  /** Entries may have been missed: the stream was lost, or cut off before they were read. */
  onGap(): void;
}

/**
 * Reads a stream from its end on, or from a little before, over a connection of its own, and goes on where it was after every
 * interruption.
 */
export class StreamReader {
  /** Settles once the reader is where it begins, so that nothing is missed from then on, or is closed before. */
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
  /** Whether there was an entry at that place: it is still there unless the stream was cut off, or has lost its end. */
  #isAtEntry = false;
  #readMs = Number.NEGATIVE_INFINITY;
  /** Since when the link is not up. */
  #downMs: number | undefined;
  /** The end of the stream when the reader began; what lies before is past. */
  #beginning: string = START;
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
        this.#checkLink();
        if (continuity === "broken") await this.#takePlace();
        continuity = "kept";
        if (!this.#isInPast) this.#onReady();
        await this.#read();
      } catch {
        continuity = "broken";
        await this.#wait(RETRY_MS);
      }
    }
  }

  /** @throws unless the link is up; one that has been down for too long is replaced */
  #checkLink(): void {
    const nowMs = this.#plan.clock.monotonic();
    if (this.#link.isUp) return void (this.#downMs = undefined);
    this.#downMs ??= nowMs;
    if (nowMs - this.#downMs > CONNECTING_MS) this.#replaceLink();
    throw new Error("the reader is not connected");
  }

  /** Begins at the end of the stream, or finds out whether it can go on where it was: if the entry is there that was read last. */
  async #takePlace(): Promise<void> {
    const { pastMs } = this.#plan;
    const last = await this.#idAt("XREVRANGE", "+", "-");
    if (this.#offset === undefined) {
      this.#beginning = last;
      this.#offset = idBefore(last, pastMs);
      this.#isAtEntry = this.#offset === last;
      return;
    }
    if (compareIds(last, this.#offset) < 0) return this.#beginAnew(last);
    if (this.#isInPast || this.#offset === START) return; // whoever needs what is not there any more is told so by the marks of what is
    if (this.#isAtEntry && (await this.#idAt("XRANGE", this.#offset, "+")) === this.#offset) return;
    const first = await this.#idAt("XRANGE", "-", "+");
    if (compareIds(first, this.#offset) > 0) this.#handler.onGap();
    else if (this.#isAtEntry) this.#beginAnew(last);
  }

  /** The server has forgotten the stream, or its end: what is new may have come before the place where this reader was. */
  #beginAnew(last: string): void {
    const place = this.#offset ?? START;
    if (last !== START && compareIds(this.#former, place) < 0) this.#former = place;
    this.#offset = START;
    this.#isAtEntry = false;
    this.#beginning = START;
    this.#handler.onGap();
  }

  /** The place of the first entry between two others, in the order of the command. */
  async #idAt(command: string, ...ends: readonly [string, string]): Promise<string> {
    const entries = readEntries(await this.#command([command, this.#plan.stream, ...ends, "COUNT", "1"]));
    if (entries === undefined || entries.length > 1) return this.#onConfusion();
    return entries[0]?.id ?? START;
  }

  /**
   * The client has taken the answer to another command for that of this one, as some may whose connection breaks: it is replaced.
   * @throws always
   */
  #onConfusion(): never {
    this.#replaceLink();
    throw new Error("the reader's client confuses answers");
  }

  async #read(): Promise<void> {
    const { stream, readCount, blockTimeMs } = this.#plan;
    const how = ["COUNT", String(readCount), "BLOCK", String(blockTimeMs)];
    const place = this.#offset ?? START;
    const entries = readReply(await this.#command(["XREAD", ...how, "STREAMS", stream, place]));
    if (entries === undefined || isBefore(entries[0], place)) return this.#onConfusion();
    if (entries.length === 0) this.#beginning = START; // what was there is not there any more
    for (const entry of entries) {
      if (this.#state === "closed") return;
      const age = this.#ageOf(entry);
      this.#offset = entry.id; // first: an entry that cannot be read must not be read again
      this.#isAtEntry = true;
      this.#handler.onEntry(entry, age);
    }
    if (this.#isInPast) return;
    this.#onReady();
    const lastMs = this.#readMs;
    this.#readMs = this.#plan.clock.monotonic();
    if (this.#readMs - lastMs < BUSY_MS && entries.length < readCount) await this.#pause();
  }

  /**
   * Waits for others to come. A connection that breaks meanwhile is noticed, as it is while a command is under way; at the end the
   * event loop has looked at it once more, as what is sent over a broken connection confuses some clients for good.
   */
  async #pause(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#interrupt = () => reject(new Error("the connection has broken"));
      this.#plan.clock.schedule(() => setImmediate(resolve), PACE_MS, true);
    });
  }

  #ageOf({ id }: StreamEntry): EntryAge {
    if (this.#former !== START && compareIds(id, this.#former) <= 0) return "again";
    return this.#beginning !== START && compareIds(id, this.#beginning) <= 0 ? "past" : "new";
  }

  get #isInPast(): boolean {
    return this.#offset !== undefined && compareIds(this.#offset, this.#beginning) < 0;
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
        .readText(args, stream)
        .finally(() => timer.cancel())
        .then(resolve, reject);
    });
  }

  #replaceLink(): void {
    if (this.#state === "closed") return;
    this.#downMs = undefined;
    this.#endLink();
    this.#link = this.#openLink();
  }

  async #wait(delayMs: number): Promise<void> {
    await new Promise<void>((resolve) => void this.#plan.clock.schedule(resolve, delayMs, true));
  }
}

function isBefore(entry: StreamEntry | undefined, place: string): boolean {
  return entry !== undefined && compareIds(entry.id, place) <= 0;
}
