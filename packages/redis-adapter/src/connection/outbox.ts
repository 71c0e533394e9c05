import type { BusBacklog, Clock, Timer } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import { adapterBacklog } from "@halyard/diagnostics";
import { BacklogReport } from "./backlog-report.ts";
import type { RedisArgument } from "./redis-client.ts";
import type { RedisLink } from "./redis-link.ts";

/** How much waits for a server that is away or slow, and for how long. */
export interface OutboxLimits {
  /** Bytes of all messages that were not answered for yet. */
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

/** Hears of messages that were given up. */
export interface OutboxHandler {
  /** The node whose messages they are. A process that only publishes is none. */
  readonly nodeId?: string;
  /**
   * Whether a command that failed is to be sent again, which it is together with all others that failed, in order. It may have
   * been carried out in spite of the failure. Without this method nothing is sent twice.
   */
  isRepeated?(cause: unknown): boolean;
  /**
   * Whether a reply can be the answer to a command: clients whose connection breaks may take one for another. If not, it has failed,
   * with `REDIS_CONFUSED`. Without this method any reply is an answer.
   */
  isAnswer?(args: readonly RedisArgument[], reply: unknown): boolean;
  /**
   * Whether a server takes a command also while it is loading its data, or has lost the rest of its cluster: that it does proves nothing
   * for others. Without this method no command is so.
   */
  isTakenEarly?(args: readonly RedisArgument[]): boolean;
  /** `cause` is what the server or the client said, and absent for messages that were too many or too old. */
  onDropped(messages: number, bytes: number, cause?: unknown): void;
}

/** Bytes that may be on their way unanswered. A client keeps what a stalled server does not take, so it is given no more. */
const MAX_WINDOW_BYTES = 1_048_576;
/** What a message costs besides its payload: its name, its place in the client's queue. */
const OVERHEAD_BYTES = 128;

/** How long after a failure commands are sent again. */
const REPEAT_MS = 100;

interface Waiting {
  readonly args: readonly RedisArgument[];
  readonly route: string;
  readonly bytes: number;
  /** How many messages it holds. */
  readonly messages: number;
  readonly at: number;
  readonly onSettled: (() => void) | undefined;
}

/**
 * Sends commands that nobody waits for, in order, as long as the server takes them. Then they wait: bounded in bytes and time,
 * the oldest are dropped first.
 */
export class Outbox {
  readonly #link: RedisLink;
  readonly #route: string;
  readonly #limits: OutboxLimits;
  readonly #clock: Clock;
  readonly #handler: OutboxHandler;
  readonly #windowBytes: number;
  readonly #report: BacklogReport | undefined;
  readonly #unwatch: () => void;
  #queue: (Waiting | undefined)[] = [];
  /** Where the queue begins: what was taken is cut off in large pieces. */
  #head = 0;
  #queuedBytes = 0;
  #queuedMessages = 0;
  #sentBytes = 0;
  #sentMessages = 0;
  /** Commands that failed and are to be sent again, once all that were under way with them are settled. */
  #failed: Waiting[] = [];
  #repeat: Timer | undefined;
  #timer: Timer | undefined;
  /**
   * What the server takes since it came back, or refused something, as far as that is proven: one that is still loading refuses the
   * first of several, and takes the last. Where commands are repeated, that would change their order.
   */
  #proven: "nothing" | "early" | "all" = "nothing";
  #state: "open" | "closed" = "open";

  /** `route` says which server of a cluster gets the commands: always the same, so that they stay in order. */
  constructor(link: RedisLink, route: string, limits: OutboxLimits, clock: Clock, handler: OutboxHandler) {
    this.#link = link;
    this.#route = route;
    this.#limits = limits;
    this.#windowBytes = Math.min(MAX_WINDOW_BYTES, limits.maxBytes / 2);
    this.#clock = clock;
    this.#handler = handler;
    this.#report = handler.nodeId === undefined ? undefined : new BacklogReport(handler.nodeId);
    const onDown = (): void => void (this.#proven = "nothing");
    this.#unwatch = link.watch({ onUp: () => this.#flush(), onDown, onError: () => {} });
  }

  get backlog(): BusBacklog {
    return { messages: this.#queuedMessages, bytes: this.#queuedBytes };
  }

  /**
   * Sends a command whose last part holds a message, or several, or lets it wait. Does not throw. `route` is another server's of a
   * cluster. `onSettled` is called once it is answered, or was given up: it is not sent again.
   */
  send(args: readonly RedisArgument[], route: string = this.#route, messages = 1, onSettled?: () => void): void {
    if (this.#state === "closed") return;
    const payload = args.at(-1) ?? "";
    const bytes = Buffer.byteLength(payload) + OVERHEAD_BYTES;
    const item: Waiting = { args, route, bytes, messages, at: this.#clock.monotonic(), onSettled };
    if (this.#queuedBytes === 0 && this.#canSend(item)) return this.#transmit(item);
    this.#queue.push(item);
    this.#queuedBytes += bytes;
    this.#queuedMessages += messages;
    this.#dropWhile(() => this.#queuedBytes + this.#sentBytes > this.#limits.maxBytes);
    this.#tellBacklog();
    this.#armTimer();
  }

  /** Sends what can be sent at once and drops the rest. Idempotent. */
  close(): void {
    this.#state = "closed";
    this.#flush();
    this.#dropWhile(() => true);
    this.#dropFailed();
    this.#timer?.cancel();
    this.#repeat?.cancel();
    this.#unwatch();
  }

  #canSend({ args, bytes }: Waiting): boolean {
    if (!this.#link.isUp || this.#failed.length > 0) return false;
    const isRepeated = this.#handler.isRepeated !== undefined && this.#state === "open";
    if (isRepeated && this.#sentMessages > 0 && !this.#isProvenFor(args)) return false;
    return this.#sentBytes === 0 || this.#sentBytes + bytes <= this.#windowBytes;
  }

  #isProvenFor(args: readonly RedisArgument[]): boolean {
    return this.#proven === "all" || (this.#proven === "early" && this.#handler.isTakenEarly?.(args) === true);
  }

  #transmit(item: Waiting): void {
    this.#sentBytes += item.bytes;
    this.#sentMessages++;
    this.#link.command(item.args, item.route, this.#handler.isRepeated !== undefined).then(
      (reply) => {
        if (this.#handler.isAnswer?.(item.args, reply) === false) return this.#onFailed(item, confused());
        if (this.#proven !== "all") this.#proven = this.#handler.isTakenEarly?.(item.args) === true ? "early" : "all";
        item.onSettled?.();
        this.#onReturned(item);
      },
      (cause: unknown) => this.#onFailed(item, cause),
    );
  }

  #onFailed(item: Waiting, cause: unknown): void {
    this.#proven = "nothing";
    if (this.#state === "open" && this.#handler.isRepeated?.(cause) === true) this.#failed.push(item);
    else if (this.#state === "open") {
      item.onSettled?.();
      if (item.messages > 0) this.#handler.onDropped(item.messages, item.bytes, cause);
    }
    this.#onReturned(item);
  }

  #onReturned({ bytes }: Waiting): void {
    this.#sentBytes -= bytes;
    this.#sentMessages--;
    if (this.#failed.length === 0) {
      if (this.#queuedBytes > 0) this.#flush();
    } else if (this.#sentMessages === 0) this.#repeat ??= this.#clock.schedule(() => this.#onRepeat(), REPEAT_MS, true);
  }

  #onRepeat(): void {
    this.#repeat = undefined;
    const failed = this.#failed;
    this.#failed = [];
    this.#queue = [...failed, ...this.#queue.slice(this.#head)];
    this.#head = 0;
    for (const { bytes, messages } of failed) {
      this.#queuedBytes += bytes;
      this.#queuedMessages += messages;
    }
    this.#onTimer();
    this.#flush();
  }

  #flush(): void {
    for (;;) {
      const next = this.#queue[this.#head];
      if (next === undefined || !this.#canSend(next)) return;
      this.#take(next);
      this.#transmit(next);
    }
  }

  #take(item: Waiting): void {
    this.#queue[this.#head++] = undefined;
    this.#queuedBytes -= item.bytes;
    this.#queuedMessages -= item.messages;
    if (this.#head === this.#queue.length || this.#head > 10_000) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    this.#tellBacklog();
  }

  #tellBacklog(): void {
    if (adapterBacklog.hasSubscribers) this.#report?.onChange(this.backlog);
  }

  #dropWhile(isTooMuch: (oldest: Waiting) => boolean): void {
    let messages = 0;
    let bytes = 0;
    for (let oldest = this.#queue[this.#head]; oldest && isTooMuch(oldest); oldest = this.#queue[this.#head]) {
      this.#take(oldest);
      oldest.onSettled?.();
      messages += oldest.messages;
      bytes += oldest.bytes;
    }
    if (messages > 0) this.#handler.onDropped(messages, bytes);
  }

  #dropFailed(): void {
    const failed = this.#failed;
    this.#failed = [];
    const bytes = failed.reduce((sum, item) => sum + item.bytes, 0);
    const messages = failed.reduce((sum, item) => sum + item.messages, 0);
    if (failed.length > 0) this.#handler.onDropped(messages, bytes);
  }

  /** One timer looks at the oldest message, whose time is over first. */
  #armTimer(): void {
    const oldest = this.#queue[this.#head];
    if (this.#timer !== undefined || oldest === undefined) return;
    const delay = Math.max(0, oldest.at + this.#limits.maxAgeMs - this.#clock.monotonic());
    this.#timer = this.#clock.schedule(() => this.#onTimer(), delay, true);
  }

  #onTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const limit = this.#clock.monotonic() - this.#limits.maxAgeMs;
    this.#dropWhile((oldest) => oldest.at <= limit);
    this.#armTimer();
  }
}

function confused(): Error {
  return codedError(
    "REDIS_CONFUSED",
    "the client of Redis has taken the answer to another command for that of this one",
  );
}
