import type { LoggedPacket } from "@halyard/contracts";
import type { LogBatch, LogEntry, RedisPlace } from "./redis-place.ts";

/** What may wait for Redis, in bytes and packets; it goes there in one write. What is beyond that is not shared. */
const MAX_WAITING_BYTES = 8_388_608;
const MAX_WAITING = 10_000;
/** What may be on its way to Redis, unanswered, before the next write waits. */
const MAX_SENT_BYTES = 4_194_304;
/** What a write takes beside its packets, about. */
const OVERHEAD_BYTES = 1_024;

/** The log as it is at the moment of a write. */
export type LogState = Pick<LogBatch, "to" | "forgotten" | "heard" | "lastTold">;

/** The log that is written. */
export interface WrittenLog {
  readonly epoch: string;
  readonly position: number;
  readonly forgotten: number;
  state(): LogState;
  /** Redis has confirmed the log as it was then. */
  onWritten(state: LogState): void;
}

interface Sent extends LogBatch {
  readonly bytes: number;
}

/**
 * Writes a log to Redis, one part for each turn of the event loop, without waiting for answers. What Redis has not confirmed is kept,
 * and written again in the same order.
 */
export class LogWriter {
  readonly #log: WrittenLog;
  readonly #place: RedisPlace;
  #waiting: LogEntry[] = [];
  #waitingBytes = 0;
  readonly #sent = new Set<Sent>();
  #sentBytes = 0;
  /** Parts that were refused, or not answered: written again once nothing else is under way. */
  #failed: Sent[] = [];
  #written = 0;
  #writtenForgotten = 0;
  #confirmed = 0;
  /** Everything up to here was given up, if that has not been told yet. */
  #gap: number | undefined;
  #hasUnknown = false;
  /** The log is not known to be there, or the last write was not confirmed: the next one shows. */
  #isUnsure = true;
  #last: Promise<unknown> = Promise.resolve();

  constructor(log: WrittenLog, place: RedisPlace) {
    this.#log = log;
    this.#place = place;
  }

  /** Up to here Redis is known to have the log. */
  get confirmed(): number {
    return this.#confirmed;
  }

  /** Adds a packet to what is to be written. */
  add(id: string, packet: LoggedPacket): void {
    this.#waiting.push({ id, packet });
    this.#waitingBytes += sizeOf(packet);
    if (this.#waitingBytes > MAX_WAITING_BYTES || this.#waiting.length > MAX_WAITING) this.#giveUp();
  }

  /** There was a packet of which nobody knows whether others have got it, too. */
  noteUnknown(): void {
    this.#hasUnknown = true;
  }

  /** Writes what has not been written yet, if Redis is there. */
  flush(): void {
    if (!this.#place.isUp || this.#failed.length > 0 || this.#sentBytes >= MAX_SENT_BYTES || !this.#hasNews) return;
    const state = this.#log.state();
    const bytes = this.#waitingBytes + OVERHEAD_BYTES;
    const entries = this.#waiting.filter(({ packet }) => packet.position > state.forgotten);
    const [from, hasUnknown, isAfterGap] = [this.#written, this.#hasUnknown, this.#gap !== undefined];
    const part: Sent = { ...state, from, hasUnknown, isAfterGap, entries, bytes };
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#written = state.to;
    this.#writtenForgotten = state.forgotten;
    this.#hasUnknown = false;
    this.#isUnsure = false;
    this.#gap = undefined;
    this.#send(part);
  }

  /** Lets the next {@link flush} write even if there is nothing new: a log that nobody writes to is given up by Redis. */
  refresh(): void {
    this.#isUnsure = true;
    this.flush();
  }

  /** Writes, and settles once that, and everything before it, is done or has failed. Gives whether Redis has all of it. */
  async settle(): Promise<boolean> {
    this.flush();
    const { position } = this.#log;
    await this.#last;
    return this.#confirmed >= position;
  }

  get #hasNews(): boolean {
    return this.#isUnsure || this.#written < this.#log.position || this.#writtenForgotten < this.#log.forgotten;
  }

  #send(part: Sent): void {
    this.#sent.add(part);
    this.#sentBytes += part.bytes;
    this.#last = this.#place.writeLog(this.#log.epoch, part).then(
      (end) => this.#onAnswered(part, end),
      () => this.#onFailed(part),
    );
  }

  #onAnswered(part: Sent, end: number | undefined): void {
    if (end === undefined) {
      this.#forget(part);
      this.#confirmed = Math.max(this.#confirmed, part.to);
      this.#log.onWritten(part);
      this.#repeat();
      if (this.#waiting.length > 0) this.flush();
      return;
    }
    if (end < this.#confirmed) this.#gap = this.#confirmed; // Redis has lost what it had
    this.#onFailed(part);
  }

  #onFailed(part: Sent): void {
    this.#forget(part);
    this.#failed.push(part);
    this.#isUnsure = true;
    this.#repeat(); // tried when there is something to write, or with the next refresh
  }

  #forget(part: Sent): void {
    this.#sent.delete(part);
    this.#sentBytes -= part.bytes;
  }

  /** Once all are answered, those that failed wait again, before what came since: parts that overtake each other would be refused. */
  #repeat(): void {
    if (this.#failed.length === 0 || this.#sent.size > 0) return;
    const failed = this.#failed.filter(({ to }) => to > this.#confirmed);
    this.#failed = [];
    this.#hasUnknown ||= failed.some(({ hasUnknown }) => hasUnknown);
    for (const { from, isAfterGap } of failed) if (isAfterGap) this.#gap = Math.max(this.#gap ?? 0, from);
    const gap = this.#gap ?? 0;
    const [first, ...rest] = failed.filter(({ to }) => to > gap);
    if (first === undefined) return;
    const entries = [first, ...rest].flatMap((part) => part.entries);
    this.#written = Math.max(first.from, gap);
    this.#waiting = [...entries, ...this.#waiting];
    for (const { packet } of entries) this.#waitingBytes += sizeOf(packet);
    if (this.#waitingBytes > MAX_WAITING_BYTES || this.#waiting.length > MAX_WAITING) this.#giveUp();
  }

  /** Redis has been away for too long: what waits is not shared. */
  #giveUp(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#written = this.#log.position;
    this.#gap = this.#written;
    this.#isUnsure = true;
  }
}

function sizeOf({ messages }: LoggedPacket): number {
  let bytes = 128;
  for (const message of messages) bytes += message.length;
  return bytes;
}
