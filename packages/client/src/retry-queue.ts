import type { EventData } from "@halyard/contracts";
import { throwLater } from "@halyard/core";
import type { Ack } from "./acks.ts";

/** An event that is sent until the server acknowledges it. */
export interface RetriedEvent {
  readonly data: EventData;
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
  readonly #isReady: () => boolean;
  /** Sends an event; the callback gets an error or the answer, once. */
  readonly #send: (event: RetriedEvent, ack: Ack) => void;
  readonly #entries: Entry[] = [];

  /** While it is not ready, everything is held back until {@link resume}. */
  constructor(retries: number, isReady: () => boolean, send: (event: RetriedEvent, ack: Ack) => void) {
    this.#retries = retries;
    this.#isReady = isReady;
    this.#send = send;
  }

  add(event: RetriedEvent): void {
    this.#entries.push({ ...event, tries: 0, pending: false });
    this.resume();
  }

  /** Goes on where it was held back. */
  resume(): void {
    const [entry] = this.#entries;
    if (!entry || entry.pending || !this.#isReady()) return;
    entry.pending = true;
    entry.tries++;
    const callback = (error: Error | null, ...answer: unknown[]): void => {
      entry.pending = false;
      if (error === null || entry.tries > this.#retries) this.#finish(entry, [error, ...answer]);
      this.resume();
    };
    try {
      this.#send(entry, { callback, withError: true });
    } catch (error) {
      if (entry.ack === undefined) throwLater(error);
      this.#finish(entry, [error]);
      this.resume();
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
