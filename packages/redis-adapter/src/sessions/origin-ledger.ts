import type { PacketNotes, PacketOrigin } from "@halyard/contracts";
import { nameOfNumber, writeSeen } from "./place-hint.ts";

/** What is known of the packets that one server has sent to all. Positions are those of that server's log. */
interface Origin {
  /** Names it in this log. */
  readonly number: number;
  /** Everything after this one was delivered here. */
  since: number;
  /** The last one that was delivered here. */
  last: number;
  /** The last one that the log here has forgotten. */
  forgotten: number;
  /** Where those that are kept stand, there and here, in order. */
  places: (readonly [there: number, here: number])[];
  /** When the first one came, and the last one. */
  firstAtMs: number;
  lastAtMs: number;
}

/** Servers may deliver a packet so far apart in time. */
const SKEW_MS = 10_000;

/**
 * Knows which packets of which server a log holds. So it can tell from where on the log has what a client has not got, which was
 * with another server until now: the packets beyond those that the other server had delivered.
 */
export class OriginLedger {
  readonly #own: string;
  readonly #keepMs: number;
  readonly #origins = new Map<string, Origin>();
  #lastUnknownAtMs = Number.NEGATIVE_INFINITY;
  /** Where the last packet of unknown origin stands here. */
  #lastUnknown = 0;
  #lastNumber = 0;
  /** Others of which something was delivered here that is not known to be written, and where the last of it stands here. */
  readonly #unwritten = new Map<string, number>();
  /** Up to here it is known to be written what was delivered, and so are the servers up to that number. */
  #writtenTo = 0;
  #writtenNumber = 0;

  /** `keepMs` is how long anybody can need a packet: of a server that was silent for longer, everybody has got everything. */
  constructor(epoch: string, keepMs: number) {
    this.#own = epoch;
    this.#keepMs = keepMs;
    this.#origins.set(epoch, from(0, 0, Number.NEGATIVE_INFINITY));
  }

  /** When the last packet came of which nobody knows whether others have got it, too. */
  get lastUnknownAtMs(): number {
    return this.#lastUnknownAtMs;
  }

  knows(epoch: string): boolean {
    return this.#origins.has(epoch);
  }

  /** Learns how far other servers had sent to all when the log began: what comes after that comes here, too. */
  begin(told: ReadonlyMap<string, number>, nowMs: number): void {
    for (const [epoch, last] of told) if (!this.#origins.has(epoch)) this.#meet(epoch, last, nowMs);
  }

  /** What was delivered up to a position is written, and the servers up to a number are. */
  written(position: number, number: number): void {
    this.#writtenTo = position;
    this.#writtenNumber = number;
    for (const [epoch, here] of this.#unwritten) if (here <= position) this.#unwritten.delete(epoch);
  }

  /**
   * Tells, as part of a hint, up to where packets of others were delivered that are not known to be written, with one that is about
   * to be. Undefined if some are of unknown origin.
   */
  describeUnwritten(next: PacketNotes["origin"]): string | undefined {
    if (next === "unknown" || this.#lastUnknown > this.#writtenTo) return undefined;
    if (next !== undefined && next.position <= (this.#origins.get(next.epoch)?.last ?? 0)) return undefined;
    let text = next === undefined ? "" : writeSeen(this.#nameOf(next.epoch), next.position);
    for (const epoch of this.#unwritten.keys()) {
      const last = this.#origins.get(epoch)?.last;
      if (last === undefined) return undefined;
      if (epoch !== next?.epoch) text += writeSeen(this.#nameOf(epoch), last);
    }
    return text;
  }

  /** Notes a packet that was added to the log. Returns false if it is not known whether others have got it, too. */
  note(position: number, { origin, isTold }: Pick<PacketNotes, "origin" | "isTold">, nowMs: number): boolean {
    if (origin === undefined) {
      if (isTold) this.#noteAt(this.#own, position, position, nowMs);
      return true;
    }
    const isKnown = origin !== "unknown" && this.#noteForeign(origin, position, nowMs);
    if (isKnown) this.#unwritten.set(origin.epoch, position);
    else {
      this.#lastUnknownAtMs = nowMs;
      this.#lastUnknown = position;
    }
    return isKnown;
  }

  /** The log has forgotten everything up to a position; and servers are that are long gone, so that their number has a bound. */
  forget(position: number, nowMs: number): void {
    for (const [epoch, origin] of this.#origins) {
      const { places } = origin;
      let count = 0;
      for (let place = places[count]; place !== undefined && place[1] <= position; place = places[++count])
        origin.forgotten = place[0];
      if (count > 0) places.splice(0, count);
      // the others have forgotten it, too, or hold it for silent: see startAfter()
      if (epoch !== this.#own && nowMs - origin.lastAtMs > 2 * (this.#keepMs + SKEW_MS)) this.#origins.delete(epoch);
    }
  }

  /** The numbers of the servers. */
  numbers(): ReadonlyMap<string, number> {
    const numbers = new Map<string, number>();
    for (const [epoch, { number }] of this.#origins) numbers.set(epoch, number);
    return numbers;
  }

  /** Up to where the packets of each server were delivered here. */
  seen(): ReadonlyMap<string, number> {
    const seen = new Map<string, number>();
    for (const [epoch, { last }] of this.#origins) if (last > 0) seen.set(epoch, last);
    return seen;
  }

  /**
   * Whether packets may still be on their way here, of servers from which none has come yet: then it is not known from where on
   * they will come.
   */
  isBehind(covered: ReadonlyMap<string, number>, told: ReadonlyMap<string, number>): boolean {
    for (const [epoch, last] of told) {
      const origin = this.#origins.get(epoch);
      const isUncertain = origin === undefined || (isUnheard(origin) && last > origin.last);
      if (isUncertain && last > (covered.get(epoch) ?? 0)) return true;
    }
    return false;
  }

  /**
   * Finds the position after which the log, which is at `position`, has every packet that is not covered. Undefined if it does
   * not have all of them, or if it is not certain which ones they are. `told` says how far each server has sent to all; `seenAtMs` is
   * when the other server, which the client was with, has said for the last time what it had delivered.
   */
  startAfter(
    covered: ReadonlyMap<string, number>,
    told: ReadonlyMap<string, number>,
    position: number,
    nowMs: number,
    seenAtMs: number,
  ): number | undefined {
    if (this.isBehind(covered, told)) return undefined; // what is missing may have been sent before this server listened
    let start = position;
    for (const [epoch, { since, last, forgotten, places, firstAtMs, lastAtMs }] of this.#origins) {
      const isKnown = covered.has(epoch);
      const until = covered.get(epoch) ?? 0;
      if (last <= until) continue;
      if (!isKnown && nowMs - lastAtMs > this.#keepMs) continue; // it was silent before the other server began
      if (!isKnown && firstAtMs < seenAtMs - SKEW_MS) return undefined; // the other server does not hear it
      if (since > until || forgotten > until) return undefined;
      start = Math.min(start, (places[firstAfter(until, places)]?.[1] ?? position + 1) - 1);
    }
    return start;
  }

  /** Returns false if the packet comes out of order. */
  #noteForeign({ epoch, position: there, previous }: PacketOrigin, here: number, nowMs: number): boolean {
    const origin = this.#origins.get(epoch);
    // what was told before may still be under way: the first packet that comes says more
    if (origin === undefined || isUnheard(origin)) this.#meet(epoch, previous, nowMs);
    else if (there <= origin.last) return false;
    else if (previous !== origin.last) origin.since = previous;
    this.#noteAt(epoch, there, here, nowMs);
    return true;
  }

  #meet(epoch: string, position: number, nowMs: number): void {
    const number = this.#origins.get(epoch)?.number ?? ++this.#lastNumber;
    this.#origins.set(epoch, from(number, position, nowMs));
  }

  #nameOf(epoch: string): string {
    const number = this.#origins.get(epoch)?.number;
    return number === undefined || number > this.#writtenNumber ? epoch : nameOfNumber(number);
  }

  #noteAt(epoch: string, there: number, here: number, nowMs: number): void {
    const origin = this.#origins.get(epoch);
    if (origin === undefined) return;
    if (origin.last === 0) origin.firstAtMs = nowMs;
    origin.last = there;
    origin.lastAtMs = nowMs;
    origin.places.push([there, here]);
  }
}

/** What is known of a server of which everything after a position will be delivered here. */
function from(number: number, position: number, nowMs: number): Origin {
  return { number, since: position, last: position, forgotten: 0, places: [], firstAtMs: nowMs, lastAtMs: nowMs };
}

/** Whether nothing of it was delivered here yet. */
function isUnheard({ since, last, forgotten, places }: Origin): boolean {
  return places.length === 0 && forgotten === 0 && since === last;
}

function firstAfter(position: number, places: Origin["places"]): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle]?.[0] ?? 0) > position) high = middle;
    else low = middle + 1;
  }
  return low;
}
