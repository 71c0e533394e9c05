import { throwLater } from "./throw-later.ts";
import type { Ack } from "./acks.ts";

/** An event that is sent until the server acknowledges it. */
export interface RetriedEvent {
  readonly data: readonly unknown[];
  readonly compress: boolean;
  readonly timeoutMs: number | undefined;
  readonly ack: Ack | undefined;
}

interface Entry extends RetriedEvent {
  tries: number;
  pending: boolean;
}

/** Sends one event at a time and the next when it is acknowledged or out of retries: delivery in order, at least once. */
export class RetryQueue {
  readonly #retries: number;
  /** Sends an event; the callback gets an error or the answer, once. */
  readonly #send: (event: RetriedEvent, ack: Ack) => void;
  readonly #entries: Entry[] = [];
  #online = false;

  constructor(retries: number, send: (event: RetriedEvent, ack: Ack) => void) {
    this.#retries = retries;
    this.#send = send;
  }

  add(event: RetriedEvent): void {
    this.#entries.push({ ...event, tries: 0, pending: false });
    this.#sendFirst();
  }

  /** Sends again what was under way, then goes on. */
  resume(): void {
    this.#online = true;
    const [first] = this.#entries;
    if (first !== undefined) first.pending = false;
    this.#sendFirst();
  }

  /** Holds everything back until {@link resume}. */
  pause(): void {
    this.#online = false;
  }

  #sendFirst(): void {
    const [entry] = this.#entries;
    if (!this.#online || entry === undefined || entry.pending) return;
    entry.pending = true;
    const attempt = ++entry.tries;
    const callback = (error: Error | null, ...answer: unknown[]): void => {
      // an answer to an earlier attempt comes too late
      if (this.#entries[0] !== entry || entry.tries !== attempt) return;
      entry.pending = false;
      if (error === null || entry.tries > this.#retries) this.#finish(entry, [error, ...answer]);
      this.#sendFirst();
    };
    try {
      this.#send(entry, { callback, withError: true });
    } catch (error) {
      this.#finish(entry, [error]);
      if (entry.ack === undefined) throwLater(error);
      this.#sendFirst();
    }
  }

  #finish(entry: Entry, result: readonly unknown[]): void {
    this.#entries.shift();
    try {
      entry.ack?.callback(...result);
    } catch (error) {
      throwLater(error);
    }
  }
}
