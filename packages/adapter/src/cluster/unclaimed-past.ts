import type { ClusterCommand } from "@halyard/contracts";
import { Deque } from "../recovery/deque.ts";

/** A broadcast to a namespace that this server does not have. */
type Broadcast = Extract<ClusterCommand, { kind: "broadcast" }>;

interface Kept {
  readonly namespace: string;
  readonly bytes: number;
  readonly atMs: number;
  /** Absent once the namespace is there. */
  broadcast: Broadcast | undefined;
}

/** What a broadcast takes besides its data. */
const OVERHEAD_BYTES = 256;
/** So that what holds next to nothing is bounded as well. */
const MAX_COUNT = 50_000;

/**
 * Keeps broadcasts for namespaces that are created yet: their clients may come from servers that have them already, and lack
 * what was sent meanwhile. Bounded in bytes and time; the oldest go first, which those who lack them are told by the places of the rest.
 */
export class UnclaimedPast {
  readonly #maxBytes: number;
  readonly #all = new Deque<Kept>();
  readonly #byNamespace = new Map<string, Deque<Kept>>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that are kept, roughly. */
  get bytes(): number {
    return this.#bytes;
  }

  keep(namespace: string, broadcast: Broadcast, nowMs: number): void {
    const bytes = OVERHEAD_BYTES + sizeOf(broadcast.to.rooms) + sizeOf(broadcast.to.except) + sizeOf(broadcast.data);
    const kept: Kept = { namespace, bytes, atMs: nowMs, broadcast };
    this.#all.push(kept);
    let own = this.#byNamespace.get(namespace);
    if (own === undefined) this.#byNamespace.set(namespace, (own = new Deque()));
    own.push(kept);
    this.#bytes += bytes;
    while (this.#bytes > this.#maxBytes || this.#all.length > MAX_COUNT) this.#dropOldest();
  }

  /** Gives what is there for a namespace that is created now, in order, and keeps it no longer. */
  claim(namespace: string): readonly Broadcast[] {
    const broadcasts: Broadcast[] = [];
    const own = this.#byNamespace.get(namespace);
    this.#byNamespace.delete(namespace);
    for (let kept = own?.shift(); kept !== undefined; kept = own?.shift()) {
      if (kept.broadcast !== undefined) broadcasts.push(kept.broadcast);
      kept.broadcast = undefined;
      this.#bytes -= kept.bytes;
    }
    return broadcasts;
  }

  /** Forgets what came before a point in time. */
  expire(sinceMs: number): void {
    for (let oldest = this.#all.at(0); oldest && oldest.atMs < sinceMs; oldest = this.#all.at(0)) this.#dropOldest();
  }

  #dropOldest(): void {
    const oldest = this.#all.shift();
    if (oldest?.broadcast === undefined) return; // its namespace has got it
    this.#bytes -= oldest.bytes;
    const own = this.#byNamespace.get(oldest.namespace);
    own?.shift();
    if (own?.length === 0) this.#byNamespace.delete(oldest.namespace);
  }
}

/** How much data takes, roughly. It has come from another server, so that it is neither circular nor nested without bound. */
function sizeOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 8;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  let bytes = 16;
  for (const [key, member] of Object.entries(value)) bytes += key.length + sizeOf(member);
  return bytes;
}
