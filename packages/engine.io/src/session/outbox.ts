import type { EngineMessage, EnginePacket } from "@halyard/contracts";
import type { DeadlineEntry, DeadlineQueue } from "@halyard/core";
import type { QueuedPacket } from "../transports/server-transport.ts";

/** What the objects of a queued packet take, about: small packets cost far more memory than their bytes. */
const PACKET_OVERHEAD_BYTES = 128;

/** What the outboxes of one server share. */
export interface OutboxContext {
  /** Its delay is how long packets may wait without any of them being taken. */
  readonly stalls: DeadlineQueue;
  readonly maxQueuedBytes: number;
}

/** What an outbox tells its session. */
export interface OutboxOwner {
  /** Packets have waited for too long. */
  onStalled(): void;
}

/**
 * The packets a session holds while its transport cannot take them: not for ever, nor in any number, though one may be of any
 * size.
 */
export class Outbox implements DeadlineEntry {
  readonly #owner: OutboxOwner;
  readonly #context: OutboxContext;
  #packets: QueuedPacket[] = [];
  #byteLength = 0;
  #hasPong = false;

  constructor(owner: OutboxOwner, context: OutboxContext) {
    this.#owner = owner;
    this.#context = context;
  }

  get isEmpty(): boolean {
    return this.#packets.length === 0;
  }

  /** Bytes of the packets, as they will be sent. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** The memory that the packets take, about. */
  get cost(): number {
    return this.#byteLength + PACKET_OVERHEAD_BYTES * this.#packets.length;
  }

  /** Whether the packets take more memory than the limit. */
  get isFull(): boolean {
    return this.cost > this.#context.maxQueuedBytes;
  }

  /** Whether a pong waits: one answers any number of pings. */
  get hasPong(): boolean {
    return this.#hasPong;
  }

  /** The packets that wait, in order. */
  get packets(): EnginePacket[] {
    return this.#packets.map(({ packet }) => packet);
  }

  add(queued: QueuedPacket): void {
    if (this.isEmpty) this.watch();
    this.#packets.push(queued);
    this.#byteLength += sizeOf(queued);
    if (queued.packet.type === "pong") this.#hasPong = true;
  }

  /** Removes the oldest packets and returns them in order: as many as have the given bytes, but one at least. */
  take(maxBytes: number): readonly QueuedPacket[] {
    const packets = this.#packets;
    if (this.#byteLength <= maxBytes) {
      this.unwatch();
      this.#packets = [];
      this.#byteLength = 0;
      this.#hasPong = false;
      return packets;
    }
    let count = 0;
    let takenBytes = 0;
    for (const queued of packets) {
      const byteLength = sizeOf(queued);
      if (count > 0 && takenBytes + byteLength > maxBytes) break;
      takenBytes += byteLength;
      count++;
    }
    const taken = packets.splice(0, count);
    this.watch();
    this.#byteLength -= takenBytes;
    this.#hasPong = packets.some(({ packet }) => packet.type === "pong");
    return taken;
  }

  onDeadline(): void {
    this.#owner.onStalled();
  }

  /** Gives the packets that wait the whole delay from now on. */
  watch(): void {
    this.#context.stalls.start(this);
  }

  /** To be called before an outbox is dropped. */
  unwatch(): void {
    this.#context.stalls.stop(this);
  }
}

/** The memory that messages take while they are queued, about. */
export function costOf(messages: readonly EngineMessage[]): number {
  let cost = 0;
  for (const message of messages) cost += PACKET_OVERHEAD_BYTES + bytesOf(message);
  return cost;
}

/** The data as bytes, and one byte for the type. */
function sizeOf({ packet }: QueuedPacket): number {
  return "data" in packet && packet.data !== undefined ? bytesOf(packet.data) : 1;
}

function bytesOf(data: EngineMessage): number {
  return 1 + (typeof data === "string" ? Buffer.byteLength(data) : data.byteLength);
}
