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
import { LogWriter, type LogState, type WrittenLog } from "./log-writer.ts";
import { OriginLedger } from "./origin-ledger.ts";
import { patiently } from "./patiently.ts";
import { writeHint } from "./place-hint.ts";
import type { RedisPlace } from "./redis-place.ts";

/** How long a part of another server's log stays here after it was asked for. */
const MIRROR_KEPT_MS = 15_000;

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
  /** Tells whose sessions have changed, as part of a hint, which Redis may not know yet. */
  readonly describeChanged: () => string;
  /** Called when there is something to write, before the call ends that has caused it. */
  readonly onWritable: () => void;
  /** Called once the last of it is written. */
  readonly onClosed: () => void;
}

/**
 * The packets of one namespace: in this server's memory, all of them; and in Redis those that its own clients may need, written
 * at once, without waiting. What was for nobody here is spared, and written when a session arrives that may need it.
 */
export class SharedLog implements ReplayLog, WrittenLog {
  readonly ledger: OriginLedger;
  readonly #memory: ReplayLog;
  readonly #context: SharedLogContext;
  readonly #mirrors = new Map<string, { readonly mirror: LogMirror; timer: Timer }>();
  readonly #writer: LogWriter;
  /** Positions of packets that are not in Redis, because they were for nobody here, as far as the memory has them. */
  readonly #spared = new Set<number>();
  /** How many sessions are on their way here: what comes meanwhile may be for them. */
  #arrivals = 0;
  #lastTold = 0;
  #lastToldAtMs = 0;
  /** Whether it is known what other servers had sent before this log began. */
  #beginning: "asked" | "failed" | "known" = "asked";
  #isClosed = false;

  constructor(memory: ReplayLog, context: SharedLogContext) {
    this.#memory = memory;
    this.#context = context;
    this.ledger = new OriginLedger(memory.epoch, context.keepMs);
    this.#writer = new LogWriter(this, context.place);
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
    if (!this.ledger.note(packet.position, notes, nowMs)) this.#writer.noteUnknown();
    if (packet.position % FORGET_EVERY === 0) this.#forget();
    if (notes.isTold) {
      this.#lastTold = packet.position;
      this.#lastToldAtMs = nowMs;
    }
    if (notes.isNeeded || this.#arrivals > 0) this.#writer.add(`${packet.position}-0`, packet);
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
   * @throws `STORAGE_DOWN` if Redis does not get to know it
   */
  async expect({ start, sid, memberships }: SavedSession): Promise<number> {
    this.#arrivals++;
    const rooms = memberships.map(({ room }) => room);
    const packets = await this.#memory.readAfter(start, sid, rooms);
    if (packets === undefined) throw codedError("HISTORY_LOST", "this server has forgotten some packets");
    const late = packets.filter(({ position }) => this.#spared.delete(position));
    if (late.length > 0) {
      const place = this.skip();
      late.forEach((packet, index) => this.#writer.add(`${place}-${index}`, packet));
    }
    const { position } = this;
    if (!(await this.settle())) throw codedError("STORAGE_DOWN", "the log could not be written");
    return position;
  }

  /** A session that was expected is here, and whatever is for it is known to be needed; or it does not come. */
  arrived(): void {
    this.#arrivals--;
  }

  readAfter(place: LogPlace, sid: string, rooms: readonly string[]): ReturnType<ReplayLog["readAfter"]> {
    if (place.epoch === this.epoch) return this.#memory.readAfter(place, sid, rooms);
    const { place: redis, clock } = this.#context;
    return patiently(redis, clock, () => this.#readElsewhere(place, sid, rooms));
  }

  /** Writes what has not been written yet, if Redis is there. */
  flush(): void {
    if (!this.#isClosed) this.#writer.flush();
  }

  /**
   * Writes that the log is still there, and settles once that, and everything before it, is done or has failed. Gives whether Redis
   * has all of it.
   */
  async settle(): Promise<boolean> {
    return await this.#writer.settle();
  }

  /** Writes even if there is nothing new: a log that nobody writes to is given up by Redis. */
  refresh(): void {
    if (this.#beginning === "failed") {
      this.#beginning = "asked";
      void this.#begin();
    }
    if (!this.#isClosed) this.#writer.refresh();
  }

  /** Tells what a client that shows a place has got, up to where Redis is known to have this log. */
  hint(position: number, origin: PacketNotes["origin"]): string | undefined {
    const distance = position - this.#writer.confirmed;
    const seen = distance > 0 ? this.ledger.describeUnwritten(origin) : undefined;
    return seen === undefined ? undefined : writeHint(distance, seen, this.#context.describeChanged());
  }

  /** What is written of the log beside its packets. */
  state(): LogState {
    const { clock, keepMs } = this.#context;
    const { position: to, forgotten, ledger } = this;
    const lastTold = clock.monotonic() - this.#lastToldAtMs > keepMs ? 0 : this.#lastTold;
    return { to, forgotten, heard: { numbers: ledger.numbers(), seen: ledger.seen() }, lastTold };
  }

  onWritten({ to, heard }: LogState): void {
    this.ledger.written(to, Math.max(...heard.numbers.values()));
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

  #forget(): void {
    const { forgotten } = this;
    this.ledger.forget(forgotten, this.#context.clock.monotonic());
    for (const position of this.#spared) {
      if (position > forgotten) return;
      this.#spared.delete(position);
    }
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
