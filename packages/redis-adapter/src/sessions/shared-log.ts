import type {
  Clock,
  EngineMessage,
  LoggedPacket,
  LogPlace,
  PacketNotes,
  ReplayLog,
  SavedSession,
  Selection,
  Timer,
} from "@halyard/contracts";
import { codedError } from "@halyard/core";
import { LogMirror } from "./log-mirror.ts";
import { OriginLedger } from "./origin-ledger.ts";
import type { LogEntry, RedisPlace } from "./redis-place.ts";

/** How long a part of another server's log stays here after it was asked for. */
const MIRROR_KEPT_MS = 15_000;
/** What may wait for Redis, in bytes and packets; it goes there in one write. What is beyond that is not shared. */
const MAX_WAITING_BYTES = 8_388_608;
const MAX_WAITING = 10_000;
/** What may be on its way to Redis, unanswered, before the next write waits. */
const MAX_SENT_BYTES = 4_194_304;

/** After so many packets it is looked for what the memory has forgotten. */
const FORGET_EVERY = 64;

const DEFAULT_NOTES: PacketNotes = { isNeeded: true, isTold: false };

/** What a log needs of its surroundings. */
export interface SharedLogContext {
  readonly place: RedisPlace;
  readonly clock: Clock;
  readonly maxMirrorBytes: number;
  /** How long anybody can need a packet. */
  readonly keepMs: number;
  /** Called when there is something to write, before the call ends that has caused it. */
  readonly onWritable: () => void;
  /** Called once the last of it is written. */
  readonly onClosed: () => void;
}

/**
 * The packets of one namespace: in this server's memory, all of them; and in Redis those that its own clients may need, written
 * at once, without waiting. What was for nobody here is spared, and written when a session arrives that may need it.
 */
export class SharedLog implements ReplayLog {
  readonly ledger: OriginLedger;
  readonly #memory: ReplayLog;
  readonly #context: SharedLogContext;
  readonly #mirrors = new Map<string, { readonly mirror: LogMirror; timer: Timer }>();
  #waiting: LogEntry[] = [];
  /** Positions of packets that are not in Redis, because they were for nobody here, as far as the memory has them. */
  readonly #spared = new Set<number>();
  /** How many sessions are on their way here: what comes meanwhile may be for them. */
  #arrivals = 0;
  #waitingBytes = 0;
  #sentBytes = 0;
  #written = 0;
  #writtenForgotten = 0;
  #hasUnknown = false;
  #lastTold = 0;
  #lastToldAtMs = 0;
  /** Whether it is known what other servers had sent before this log began. */
  #beginning: "asked" | "failed" | "known" = "asked";
  /** The log is not known to be there, or the last write was not confirmed: the next one shows. */
  #isUnsure = true;
  #writes: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(memory: ReplayLog, context: SharedLogContext) {
    this.#memory = memory;
    this.#context = context;
    this.ledger = new OriginLedger(memory.epoch, context.keepMs);
    void this.#begin();
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
    const nowMs = this.#context.clock.monotonic();
    if (!this.ledger.note(packet.position, notes, nowMs)) this.#hasUnknown = true;
    if (packet.position % FORGET_EVERY === 0) this.#forget();
    if (notes.isTold) {
      this.#lastTold = packet.position;
      this.#lastToldAtMs = nowMs;
    }
    if (notes.isNeeded || this.#arrivals > 0) this.#enqueue(`${packet.position}-0`, packet);
    else this.#spared.add(packet.position);
    this.#context.onWritable();
    return packet;
  }

  /** Lets a position be nobody's. */
  skip(): number {
    const { position } = this.#memory.append("", []);
    this.#context.onWritable();
    return position;
  }

  /**
   * Gets Redis to know, from its start on, everything that a session may need, which is about to go on here: what was spared, in a
   * place of its own at the end of the log, and what comes until {@link arrived} is called, which has to be, once. Returns the
   * position up to which Redis has to know the log, so that nothing is missing.
   * @throws `HISTORY_LOST` if some of it is forgotten
   */
  async expect({ start, sid, memberships }: SavedSession): Promise<number> {
    this.#arrivals++;
    const rooms = memberships.map(({ room }) => room);
    const packets = await this.#memory.readAfter(start, sid, rooms);
    if (packets === undefined) throw codedError("HISTORY_LOST", "this server has forgotten some packets");
    const late = packets.filter(({ position }) => this.#spared.delete(position));
    if (late.length > 0) {
      const place = this.skip();
      late.forEach((packet, index) => this.#enqueue(`${place}-${index}`, packet));
    }
    this.flush();
    return this.position;
  }

  /** A session that was expected is here, and whatever is for it is known to be needed; or it does not come. */
  arrived(): void {
    this.#arrivals--;
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
    if (this.#beginning === "failed") {
      this.#beginning = "asked";
      void this.#begin();
    }
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

  /** Learns what other servers have sent before: whoever comes from one of them has got that, or has to get it from here. */
  async #begin(): Promise<void> {
    try {
      this.ledger.begin(await this.#context.place.readTold(), this.#context.clock.monotonic());
    } catch {
      this.#beginning = "failed"; // then who was with others of whom nothing was heard here is not recovered
      return;
    }
    this.#beginning = "known";
    this.refresh(); // other servers have to know that it knows
  }

  get #hasNews(): boolean {
    return this.#isUnsure || this.#written < this.position || this.#writtenForgotten < this.forgotten;
  }

  #write(): void {
    const { place, clock, keepMs } = this.#context;
    const { position: to, forgotten } = this;
    const batch = {
      from: this.#written,
      to,
      forgotten,
      seen: this.ledger.seen(), // goes with the packets, all of them: so there is no part of a batch
      hasUnknown: this.#hasUnknown,
      lastTold: clock.monotonic() - this.#lastToldAtMs > keepMs ? 0 : this.#lastTold,
      entries: this.#waiting.filter(({ packet }) => packet.position > forgotten),
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

  #enqueue(id: string, packet: LoggedPacket): void {
    this.#waiting.push({ id, packet });
    this.#waitingBytes += sizeOf(packet);
    if (this.#waitingBytes > MAX_WAITING_BYTES || this.#waiting.length > MAX_WAITING) this.#giveUp();
  }

  #forget(): void {
    const { forgotten } = this;
    this.ledger.forget(forgotten, this.#context.clock.monotonic());
    for (const position of this.#spared) {
      if (position > forgotten) return;
      this.#spared.delete(position);
    }
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
