import type { Clock } from "@halyard/contracts";
import { DeadlineQueue } from "@halyard/core";
import { RetryRecord, type AnswerLink, type RecordKeeper } from "./retry-record.ts";
import type { RetryRecordLimits } from "./retry-record-options.ts";

/** What clients that send events again put into CONNECT, and what its answer has for them. */
export const RETRY_KEY = "~";

/** At least 128 random bits, and nothing that a namespace begins with. */
const KEY_FORM = /^[\w,-]{22,64}$/;

/** The records of all clients of a server that may send events again. */
export class RetryRecords implements RecordKeeper {
  readonly maxWindow: number;
  readonly maxClientBytes: number;
  readonly #maxBytes: number;
  readonly #records = new Map<string, RetryRecord>();
  /** Those whose clients are away; the one that left last comes last. */
  readonly #away = new Set<RetryRecord>();
  readonly #maxAway: number;
  readonly #deadlines: DeadlineQueue;
  /** Those that hold answers; the one that was answered last comes last. */
  readonly #holding = new Set<RetryRecord>();
  #bytes = 0;

  constructor(clock: Clock, limits: RetryRecordLimits) {
    this.maxWindow = limits.maxWindow;
    this.maxClientBytes = limits.maxClientBytes;
    this.#maxBytes = limits.maxBytes;
    this.#maxAway = limits.maxAwayClients;
    this.#deadlines = new DeadlineQueue(clock, limits.maxAgeMs);
  }

  /** Records that are kept, of clients here and away. */
  get size(): number {
    return this.#records.size;
  }

  /** Bytes of the answers that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Finds or begins the record of a client that joins a namespace and shows a key, which nobody else gets to see. */
  claim(namespace: string, auth: Record<string, unknown> | undefined): RetryRecord | undefined {
    const key = auth?.[RETRY_KEY];
    if (auth === undefined || typeof key !== "string") return undefined;
    delete auth[RETRY_KEY];
    if (!KEY_FORM.test(key)) return undefined;
    const name = key + namespace;
    const record = this.#records.get(name) ?? this.#begin(name);
    if (record.holders++ === 0) this.#fetch(record);
    return record;
  }

  /** A socket is gone that has claimed a record. */
  leave(record: RetryRecord, link: AnswerLink): void {
    record.detach(link);
    if (--record.holders > 0 || this.#records.get(record.name) !== record) return;
    if (record.isEmpty) this.giveUp(record);
    else this.#putAway(record);
  }

  onBytes(record: RetryRecord, change: number): void {
    this.#bytes += change;
    this.#holding.delete(record);
    if (record.bytes > 0) this.#holding.add(record);
    if (change < 0) return;
    for (const oldest of this.#holding) {
      if (this.#bytes <= this.#maxBytes) return;
      oldest.dropAnswers();
    }
  }

  giveUp(record: RetryRecord): void {
    this.#fetch(record);
    record.end();
    this.#records.delete(record.name);
  }

  /** Lets go of everything. */
  close(): void {
    this.#deadlines.close();
    this.#away.clear();
    this.#records.clear();
    this.#holding.clear();
    this.#bytes = 0;
  }

  #begin(name: string): RetryRecord {
    const record = new RetryRecord(name, this);
    this.#records.set(name, record);
    return record;
  }

  #putAway(record: RetryRecord): void {
    this.#away.add(record);
    this.#deadlines.start(record);
    for (const first of this.#away) {
      if (this.#away.size <= this.#maxAway) return;
      this.giveUp(first);
    }
  }

  #fetch(record: RetryRecord): void {
    this.#away.delete(record);
    this.#deadlines.stop(record);
  }
}
