import { randomBytes } from "node:crypto";
import type { Untyped } from "@halyard/contracts";
import { Adapter } from "./adapter.ts";
import { addsOffset, withOffset } from "./offsets.ts";
import type { BroadcastOptions, PrivateSessionId, Session, SessionToPersist } from "./options.ts";

/** How often what is too old is forgotten. */
const PURGE_MS = 60_000;

interface KeptSession {
  readonly session: SessionToPersist;
  readonly sinceMs: number;
}

interface KeptPacket {
  readonly opts: BroadcastOptions;
  readonly data: unknown[];
  readonly sentMs: number;
}

/**
 * Keeps sessions and what their clients miss in memory, for servers of socket.io with `connectionStateRecovery`. Servers of
 * `@halyard/server` need none of it: they have a storage for that.
 */
export class SessionAwareAdapter extends Adapter {
  override readonly nsp: Untyped;
  readonly #keepMs: number;
  readonly #sessions = new Map<PrivateSessionId, KeptSession>();
  /** Tells offsets of this run from those of former ones. */
  readonly #epoch = randomBytes(3).toString("hex");
  #packets: KeptPacket[] = [];
  /** The number of the first packet that is kept. */
  #first = 0;
  readonly #timer = setInterval(() => this.#purge(), PURGE_MS).unref();

  constructor(nsp: Untyped) {
    super(nsp);
    this.nsp = nsp;
    this.#keepMs = nsp.server.opts.connectionStateRecovery.maxDisconnectionDuration;
  }

  override close(): Promise<void> | void {
    clearInterval(this.#timer);
  }

  override persistSession(session: SessionToPersist): void {
    this.#sessions.set(session.pid, { session, sinceMs: Date.now() });
  }

  override restoreSession(pid: PrivateSessionId, offset: string): Promise<Session> {
    const kept = this.#sessions.get(pid);
    if (kept === undefined || kept.sinceMs < this.#horizonMs()) return super.restoreSession(pid, offset);
    const missed = this.#since(offset);
    if (missed === undefined) return super.restoreSession(pid, offset);
    const { session } = kept;
    const missedPackets = missed.filter(({ opts }) => isFor(session.rooms, opts)).map(({ data }) => data);
    return Promise.resolve({ ...session, missedPackets });
  }

  override broadcast(packet: Untyped, opts: BroadcastOptions): void {
    if (!addsOffset(packet, opts)) return super.broadcast(packet, opts);
    const numbered = withOffset(packet, `${this.#epoch}.${this.#first + this.#packets.length}`);
    this.#packets.push({ opts, data: numbered.data, sentMs: Date.now() });
    super.broadcast(numbered, opts);
  }

  /** What was sent after a packet; undefined if that packet is not known, or no longer. */
  #since(offset: string): readonly KeptPacket[] | undefined {
    const [epoch, number] = String(offset).split(".");
    const index = Number(number) - this.#first;
    return epoch === this.#epoch && this.#packets[index] !== undefined ? this.#packets.slice(index + 1) : undefined;
  }

  #horizonMs(): number {
    return Date.now() - this.#keepMs;
  }

  #purge(): void {
    const horizonMs = this.#horizonMs();
    for (const [pid, { sinceMs }] of this.#sessions) if (sinceMs < horizonMs) this.#sessions.delete(pid);
    const kept = this.#packets.findIndex(({ sentMs }) => sentMs >= horizonMs);
    const count = kept < 0 ? this.#packets.length : kept;
    this.#packets = this.#packets.slice(count);
    this.#first += count;
  }
}

function isFor(rooms: readonly string[], { rooms: to, except }: BroadcastOptions): boolean {
  return (to.size === 0 || rooms.some((room) => to.has(room))) && !rooms.some((room) => except?.has(room) === true);
}
