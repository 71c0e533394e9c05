import type { EventData } from "@halyard/contracts";
import { throwLater } from "@halyard/core";
import type { Ack } from "./acks.ts";
import type { Lifespan } from "./lifespan.ts";
import type { SocketOptions } from "./options.ts";

/** An event that is sent until the server acknowledges it. */
export interface RetriedEvent extends Lifespan {
  readonly data: EventData;
  readonly compress: boolean;
  readonly ack: Ack | undefined;
  /** The same for each attempt, so that a server can tell a repetition; higher than those of the events before. */
  id?: number;
}

interface Entry extends RetriedEvent {
  tries: number;
  pending: boolean;
}

/** Ids of acknowledgements from here on are of events outside of a queue, and may not be repeated. */
export const FIRST_UNQUEUED_ID: number = 2 ** 52;

/**
 * Sends events in order, each until it is acknowledged or out of retries: at least once. One at a time is under way, or as
 * many as a server allows that tells repetitions.
 */
export class RetryQueue {
  /** Names the queue to the server: 128 random bits. Absent where nothing random is at hand. */
  readonly key: string | undefined = globalThis.crypto?.getRandomValues(new Uint32Array(4)).join();
  readonly #retries: number;
  /** How many events may be under way where the server allows it. */
  readonly #wanted: number;
  readonly #isReady: () => boolean;
  /** Sends an event; the callback gets an error or the answer, once. */
  readonly #send: (event: RetriedEvent, ack: Ack) => void;
  readonly #entries: Entry[] = [];
  #nextId = 0;
  #window = 1;
  #isSending = false;

  /** While it is not ready, everything is held back until {@link open}. */
  constructor(
    { retries = 0, retryWindow = 1 }: Pick<SocketOptions, "retries" | "retryWindow">,
    isReady: () => boolean,
    send: (event: RetriedEvent, ack: Ack) => void,
  ) {
    this.#retries = retries;
    this.#wanted = retryWindow;
    this.#isReady = isReady;
    this.#send = send;
  }

  add(event: RetriedEvent): void {
    this.#entries.push({ ...event, tries: 0, pending: false });
    this.#resume();
  }

  /** The server lets so many events be under way; anything but a number means that it cannot tell repetitions. */
  open(allowed: unknown): void {
    this.#window = typeof allowed === "number" ? Math.min(this.#wanted, allowed) : 1;
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
    entry.pending = true;
    entry.tries++;
    entry.id ??= this.#nextId++;
    const callback = (error: Error | null, ...answer: unknown[]): void => {
      entry.pending = false;
      if (error === null || entry.tries > this.#retries) this.#finish(entry, [error, ...answer]);
      this.#resume();
    };
    try {
      this.#send(entry, { callback, withError: true });
    } catch (error) {
      if (entry.ack === undefined) throwLater(error);
      this.#finish(entry, [error]);
    }
  }

  #finish(entry: Entry, result: readonly unknown[]): void {
    this.#entries.splice(this.#entries.indexOf(entry), 1);
    try {
      entry.ack?.callback(...result);
    } catch (error) {
      throwLater(error);
    }
  }
}
