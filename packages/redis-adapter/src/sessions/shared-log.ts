import type {
  Clock,
  EngineMessage,
  LoggedPacket,
  LogPlace,
  PacketNotes,
  ReplayLog,
  Selection,
  Timer,
} from "@halyard/contracts";
import { LogMirror } from "./log-mirror.ts";
import { OriginLedger } from "./origin-ledger.ts";
import type { RedisPlace } from "./redis-place.ts";

/** How long a part of another server's log stays here after it was asked for. */
const MIRROR_KEPT_MS = 15_000;
/** What may wait for Redis, in bytes and packets; it goes there in one write. What is beyond that is not shared. */
const MAX_WAITING_BYTES = 8_388_608;
const MAX_WAITING = 10_000;
/** What may be on its way to Redis, unanswered, before the next write waits. */
const MAX_SENT_BYTES = 4_194_304;

const DEFAULT_NOTES: PacketNotes = { isNeeded: true, isTold: false };

/** What a log needs of its surroundings. */
export interface SharedLogContext {
  readonly place: RedisPlace;
  readonly clock: Clock;
  readonly maxMirrorBytes: number;
  /** Called when there is something to write, before the call ends that has caused it. */
  readonly onWritable: () => void;
  /** Called once the last of it is written. */
  readonly onClosed: () => void;
}

/**
 * The packets of one namespace: in this server's memory, all of them; and in Redis those that its own clients may need, written
 * at once, without waiting.
 */
export class SharedLog implements ReplayLog {
  readonly ledger: OriginLedger;
  readonly #memory: ReplayLog;
  readonly #context: SharedLogContext;
  readonly #mirrors = new Map<string, { readonly mirror: LogMirror; timer: Timer }>();
  #waiting: LoggedPacket[] = [];
  #waitingBytes = 0;
  #sentBytes = 0;
  #written = 0;
  #writtenForgotten = 0;
  #hasUnknown = false;
  #lastTold = 0;
  /** The log is not known to be there, or the last write was not confirmed: the next one shows. */
  #isUnsure = true;
  #writes: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(memory: ReplayLog, context: SharedLogContext) {
    this.#memory = memory;
    this.#context = context;
    this.ledger = new OriginLedger(memory.epoch);
    context.place.readTold().then(
      (told) => {
        this.ledger.begin(told);
        this.refresh(); // other servers have to know that it knows
      },
      () => {}, // then packets that were sent before are missed, not lost: who comes from another server is not recovered
    );
  }

  get epoch(): string {
    return this.#memory.epoch;
  }

  get position(): number {
    return this.#memory.position;
  }

  get forgotten(): number {
    return this.#memory.forgotten;
  }

  append(to: Selection | string, messages: readonly EngineMessage[], notes: PacketNotes = DEFAULT_NOTES): LoggedPacket {
    const packet = this.#memory.append(to, messages, notes);
    if (!this.ledger.note(packet.position, notes, this.#context.clock.monotonic())) this.#hasUnknown = true;
    this.ledger.forget(this.#memory.forgotten);
    if (notes.isTold) this.#lastTold = packet.position;
    if (notes.isNeeded) {
      this.#waiting.push(packet);
      this.#waitingBytes += sizeOf(packet);
      if (this.#waitingBytes > MAX_WAITING_BYTES || this.#waiting.length > MAX_WAITING) this.#giveUp();
    }
    this.#context.onWritable();
    return packet;
  }

  /** Lets a position be nobody's. */
  skip(): number {
    return this.append("", [], { isNeeded: false, isTold: false }).position;
  }

  readAfter(place: LogPlace, sid: string, rooms: readonly string[]): ReturnType<ReplayLog["readAfter"]> {
    if (place.epoch === this.epoch) return this.#memory.readAfter(place, sid, rooms);
    return this.#readElsewhere(place, sid, rooms);
  }

  /** Writes what has not been written yet, if Redis is there. */
  flush(): void {
    const { place } = this.#context;
    if (!this.#isClosed && place.isUp && this.#sentBytes < MAX_SENT_BYTES && this.#hasNews) this.#write();
  }

  /** Writes that the log is still there, and settles once that, and everything before it, is done or has failed. */
  async settle(): Promise<void> {
    this.flush();
    await this.#writes;
  }

  /** Writes even if there is nothing new: a log that nobody writes to is given up by Redis. */
  refresh(): void {
    this.#isUnsure = true;
    this.flush();
  }

  close(): void {
    this.flush();
    this.#isClosed = true; // what is still delivered is written for nobody
    for (const { timer } of this.#mirrors.values()) timer.cancel();
    this.#mirrors.clear();
    this.#memory.close();
    this.#context.onClosed();
  }

  get #hasNews(): boolean {
    return this.#isUnsure || this.#written < this.position || this.#writtenForgotten < this.forgotten;
  }

  #write(): void {
    const { place } = this.#context;
    const { position: to, forgotten } = this;
    const batch = {
      from: this.#written,
      to,
      forgotten,
      seen: this.ledger.seen(), // goes with the packets, all of them: so there is no part of a batch
      hasUnknown: this.#hasUnknown,
      lastTold: this.#lastTold,
      packets: this.#waiting.filter(({ position }) => position > forgotten),
    };
    const bytes = this.#waitingBytes + OVERHEAD_BYTES;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#written = to;
    this.#writtenForgotten = forgotten;
    this.#hasUnknown = false;
    this.#isUnsure = false;
    this.#sentBytes += bytes;
    const { hasUnknown } = batch;
    const written = place.writeLog(this.epoch, batch).then(
      () => this.#onAnswered(bytes),
      () => {
        this.#isUnsure = true;
        this.#hasUnknown ||= hasUnknown;
        this.#sentBytes -= bytes; // the next write is tried when there is something to write, or with the next refresh
      },
    );
    this.#writes = written;
  }

  #onAnswered(bytes: number): void {
    this.#sentBytes -= bytes;
    if (this.#waiting.length > 0) this.flush();
  }

  /** Redis has been away for too long: what waits is not shared. It notices that something is missing. */
  #giveUp(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#written = this.position;
    this.#isUnsure = true;
  }

  async #readElsewhere(
    { epoch, position }: LogPlace,
    sid: string,
    rooms: readonly string[],
  ): Promise<readonly LoggedPacket[] | undefined> {
    const { place } = this.#context;
    const head = await place.readHead(epoch);
    if (head === undefined || position > head.tail) return undefined;
    if (position === head.tail) return [];
    return await this.#mirror(epoch).find(position, head.tail, sid, rooms);
  }

  #mirror(epoch: string): LogMirror {
    const { place, clock, maxMirrorBytes } = this.#context;
    const known = this.#mirrors.get(epoch);
    known?.timer.cancel();
    const source = { readLog: place.readLog.bind(place) };
    const mirror = known?.mirror ?? new LogMirror(epoch, source, maxMirrorBytes);
    const timer = clock.schedule(() => this.#mirrors.delete(epoch), MIRROR_KEPT_MS, true);
    this.#mirrors.set(epoch, { mirror, timer });
    return mirror;
  }
}

/** What a write takes beside its packets, about. */
const OVERHEAD_BYTES = 1_024;

function sizeOf({ messages }: LoggedPacket): number {
  let bytes = 128;
  for (const message of messages) bytes += message.length;
  return bytes;
}
