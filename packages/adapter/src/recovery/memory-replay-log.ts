import type { EngineMessage, LoggedPacket, LogPlace, PacketNotes, ReplayLog, Selection } from "@halyard/contracts";
import { bytesOf } from "./bytes-of.ts";
import { createEpoch } from "./epoch.ts";
import type { BudgetEntry, LogBudget } from "./log-budget.ts";
import { PacketIndex } from "./packet-index.ts";

/** What a packet takes in memory beside its bytes, about: its objects and its places in queues and index. */
const PACKET_OVERHEAD_BYTES = 256;

/** The packets that one namespace has sent, in this process's memory. */
export class MemoryReplayLog implements ReplayLog {
  readonly epoch: string = createEpoch();
  readonly #budget: LogBudget;
  readonly #index = new PacketIndex();
  #position = 0;
  #forgotten = 0;

  constructor(budget: LogBudget) {
    this.#budget = budget;
  }

  get position(): number {
    return this.#position;
  }

  get forgotten(): number {
    return this.#forgotten;
  }

  append(to: Selection | string, messages: readonly EngineMessage[], notes?: PacketNotes): LoggedPacket {
    const packet = new KeptPacket(this, this.#budget.nowMs, ++this.#position, to, keepable(messages), notes?.origin);
    this.#index.add(packet);
    this.#budget.add(packet);
    return packet;
  }

  readAfter(place: LogPlace, sid: string, rooms: readonly string[]): readonly LoggedPacket[] | undefined {
    this.#budget.forgetOld();
    if (place.epoch !== this.epoch || place.position < this.#forgotten) return undefined;
    return this.#index.findAfter(place.position, sid, rooms);
  }

  /** Lets the oldest packet go. */
  forgetOldest(packet: LoggedPacket): void {
    this.#index.removeOldest(packet);
    this.#forgotten = packet.position;
  }

  close(): void {
    // the budget lets go of what is left when its time is over
  }
}

class KeptPacket implements LoggedPacket, BudgetEntry {
  readonly position: number;
  readonly to: Selection | string;
  readonly messages: readonly EngineMessage[];
  readonly origin?: LogPlace | "unknown";
  readonly bytes: number;
  readonly loggedAtMs: number;
  readonly #log: MemoryReplayLog;

  constructor(
    log: MemoryReplayLog,
    loggedAtMs: number,
    position: number,
    to: Selection | string,
    messages: readonly EngineMessage[],
    origin: LogPlace | "unknown" | undefined,
  ) {
    this.#log = log;
    this.loggedAtMs = loggedAtMs;
    this.position = position;
    this.to = to;
    this.messages = messages;
    if (origin !== undefined) this.origin = origin;
    this.bytes = PACKET_OVERHEAD_BYTES + bytesOf(messages);
  }

  forget(): void {
    this.#log.forgetOldest(this);
  }
}

/** With copies of bytes: the application may write into its own, and they may be a small part of something large. */
function keepable(messages: readonly EngineMessage[]): readonly EngineMessage[] {
  if (messages.length === 1 && typeof messages[0] === "string") return messages;
  return messages.map((message) => (typeof message === "string" ? message : Buffer.from(message)));
}
