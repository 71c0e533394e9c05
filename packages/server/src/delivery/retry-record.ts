import type { EngineMessage } from "@halyard/contracts";
import type { DeadlineEntry } from "@halyard/core";
import { packetSend } from "@halyard/diagnostics";
import { publishSend } from "../diagnostics.ts";
import { bytesOf } from "../recovery/bytes-of.ts";

/** Where the answers for a client go. */
export interface AnswerLink {
  /** The engine session's id. */
  readonly id: string;
  /** Returns false if they were dropped. */
  sendEncoded(messages: readonly EngineMessage[], isVolatile: boolean, compress: boolean): boolean;
}

/** Bounds what records hold. */
export interface RecordKeeper {
  readonly maxWindow: number;
  readonly maxClientBytes: number;
  /** The record holds so many bytes more, or less. */
  onBytes(record: RetryRecord, change: number): void;
  /** The client has been away for too long. */
  giveUp(record: RetryRecord): void;
}

/** Clients take higher ids for events that are not sent again. */
const FIRST_UNRECORDED_ID = 2 ** 52;
/** What an answer costs beside its own bytes. */
const ANSWER_OVERHEAD_BYTES = 64;

/**
 * - `running`: handlers have the event.
 * - `failed`: it may be handled when it comes again.
 * - messages: the answer, encoded.
 */
type Outcome = "running" | "failed" | readonly EngineMessage[];

interface RecordedEvent {
  outcome: Outcome;
}

/** Tells events by the functions that answer them; weak, because those hold the socket over which the event came. */
const eventsByAnswer = new WeakMap<object, RecordedEvent>();

/** What one client of one namespace has sent lately that it may send again, and how that was answered. */
export class RetryRecord implements DeadlineEntry {
  /** By what its keeper finds it. */
  readonly name: string;
  /** Sockets that have it; more than one while a former connection is not known to be gone. */
  holders = 0;
  readonly #keeper: RecordKeeper;
  /** In the order of arrival, which is that of ids. */
  readonly #events = new Map<number, RecordedEvent>();
  #lastId = -1;
  #bytes = 0;
  #link: AnswerLink | undefined;

  constructor(name: string, keeper: RecordKeeper) {
    this.name = name;
    this.#keeper = keeper;
  }

  /** Whether nothing has come that could come again. */
  get isEmpty(): boolean {
    return this.#lastId < 0;
  }

  /** Bytes of the answers that it holds. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many events the client may have under way. */
  get window(): number {
    return this.#keeper.maxWindow;
  }

  /** Answers go over this connection from now on. */
  attach(link: AnswerLink): void {
    this.#link = link;
  }

  /** A connection is not used any more. */
  detach(link: AnswerLink): void {
    if (this.#link === link) this.#link = undefined;
  }

  /** Whether an event has come before. One that has, and is answered, is answered again. */
  isRepeated(id: number): boolean {
    if (id >= FIRST_UNRECORDED_ID || id > this.#lastId) return false;
    const outcome = this.#events.get(id)?.outcome;
    if (outcome === "failed") return false;
    if (typeof outcome === "object") this.#send(id, outcome);
    return true;
  }

  /** An event is about to be handled, and will be answered by a function. */
  begin(id: number, answer: object): void {
    if (id >= FIRST_UNRECORDED_ID) return;
    const event: RecordedEvent = { outcome: "running" };
    this.#lastId = Math.max(this.#lastId, id);
    this.#events.set(id, event);
    eventsByAnswer.set(answer, event);
    if (this.#events.size > this.#keeper.maxWindow) this.#forgetOldest();
  }

  /** Sends the answer to an event, and keeps it. */
  answer(id: number, messages: readonly EngineMessage[]): void {
    const event = this.#events.get(id);
    if (event !== undefined && typeof event.outcome !== "object") {
      event.outcome = messages;
      this.#count(costOf(messages));
      if (this.#bytes > this.#keeper.maxClientBytes) this.#dropAnswers(this.#keeper.maxClientBytes);
    }
    this.#send(id, messages);
  }

  /** Keeps no answers any more: what was answered is handled again when it comes again. */
  dropAnswers(): void {
    this.#dropAnswers(0);
  }

  /** Nobody comes for it. */
  onDeadline(): void {
    this.#keeper.giveUp(this);
  }

  /** Holds nothing from now on, whatever handlers that still run may answer. */
  end(): void {
    this.#dropAnswers(0);
    this.#events.clear();
  }

  #send(id: number, messages: readonly EngineMessage[]): void {
    const link = this.#link;
    if (link?.sendEncoded(messages, false, true) !== true || !packetSend.hasSubscribers) return;
    const namespace = this.name.slice(this.name.indexOf("/")); // what comes before it is the client's key
    publishSend(link.id, { type: "ack", namespace, id, data: [] }, messages);
  }

  #dropAnswers(maxBytes: number): void {
    for (const event of this.#events.values()) {
      if (this.#bytes <= maxBytes) return;
      if (typeof event.outcome !== "object") continue;
      this.#count(-costOf(event.outcome));
      event.outcome = "failed";
    }
  }

  #forgetOldest(): void {
    for (const [id, { outcome }] of this.#events) {
      this.#events.delete(id);
      if (typeof outcome === "object") this.#count(-costOf(outcome));
      return;
    }
  }

  #count(change: number): void {
    this.#bytes += change;
    this.#keeper.onBytes(this, change);
  }
}

function costOf(answer: readonly EngineMessage[]): number {
  return ANSWER_OVERHEAD_BYTES + bytesOf(answer);
}

/**
 * Nobody handled the event that a function answers, or not to the end: unless it is answered, it is handled when it comes again.
 * For anything but such a function without effect.
 */
export function failEvent(answer: unknown): void {
  const event = typeof answer === "function" ? eventsByAnswer.get(answer) : undefined;
  if (event?.outcome === "running") event.outcome = "failed";
}
