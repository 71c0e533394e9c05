import { codedError, throwLater } from "@halyard/core";
import type { Ack } from "./acks.ts";
import type { BufferedEvent } from "./buffered-event.ts";
import { callSafely } from "./call-safely.ts";
import { MAX_BUFFERED_EVENTS, type SocketOptions } from "./options.ts";

interface Entry {
  readonly event: BufferedEvent;
  readonly ack: Ack | undefined;
  tries: number;
  pending: boolean;
}

type RetryOptions = Pick<SocketOptions, "retries" | "retryWindow" | "maxBufferedEvents">;

/**
 * Sends events in order, each until it is acknowledged or out of retries: at least once. One at a time is under way, or as
 * many as a server allows that tells repetitions.
 */
export class RetryQueue {
  /** Names the queue to the server: 128 random bits. Absent where nothing random is at hand. */
  readonly key: string | undefined = globalThis.crypto?.getRandomValues(new Uint32Array(4)).join();
  readonly #options: RetryOptions;
  readonly #isReady: () => boolean;
  /** Sends an event; the callback gets an error or the answer, once. */
  readonly #send: (event: BufferedEvent, ack: Ack) => void;
  readonly #entries: Entry[] = [];
  #nextId = 0;
  #window = 1;
  #isSending = false;

  /** While it is not ready, everything is held back until {@link open}. */
  constructor(options: RetryOptions, isReady: () => boolean, send: (event: BufferedEvent, ack: Ack) => void) {
    this.#options = options;
    this.#isReady = isReady;
    this.#send = send;
  }

  /** @throws `BUFFER_FULL` */
  add(event: BufferedEvent, ack: Ack | undefined): void {
    if (this.#entries.length >= (this.#options.maxBufferedEvents ?? MAX_BUFFERED_EVENTS))
      throw codedError("BUFFER_FULL");
    this.#entries.push({ event, ack, tries: 0, pending: false });
    this.#resume();
  }

  /** The server lets so many events be under way; anything but a number means that it cannot tell repetitions. */
  open(allowed: unknown): void {
    this.#window = typeof allowed === "number" ? Math.min(this.#options.retryWindow ?? 1, allowed) : 1;
    this.#resume();
  }

  #resume(): void {
    // listeners that hear of what is sent may add to the queue
    if (this.#isSending) return;
    this.#isSending = true;
    for (let entry; (entry = this.#next());) this.#try(entry);
    this.#isSending = false;
  }

  #next(): Entry | undefined {
    return this.#isReady() ? this.#entries.slice(0, this.#window).find(({ pending }) => !pending) : undefined;
  }

  #try(entry: Entry): void {
    const { event, ack } = entry;
    entry.pending = true;
    entry.tries++;
    // the same for each attempt, so that a server can tell a repetition; higher than those of the events before
    event.id ??= this.#nextId++;
    const callback = (error: Error | null, ...answer: unknown[]): void => {
      entry.pending = false;
      if (!error || entry.tries > (this.#options.retries ?? 0)) this.#finish(entry, [error, ...answer]);
      this.#resume();
    };
    try {
      this.#send(event, { callback, withError: true });
    } catch (error) {
      if (!ack) throwLater(error);
      this.#finish(entry, [error]);
    }
  }

  #finish(entry: Entry, result: readonly unknown[]): void {
    this.#entries.splice(this.#entries.indexOf(entry), 1);
    if (entry.ack) callSafely(entry.ack.callback, undefined, result);
  }
}
