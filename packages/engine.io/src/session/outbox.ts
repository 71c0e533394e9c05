import type { EnginePacket } from "@halyard/contracts";
import type { QueuedPacket } from "../transports/server-transport.ts";

/** What the objects of a queued packet take, about: small packets cost far more memory than their bytes. */
const PACKET_OVERHEAD_BYTES = 128;

/** The packets a session holds while its transport cannot take them, and their size. */
export class Outbox {
  #packets: QueuedPacket[] = [];
  #byteLength = 0;
  #hasPong = false;

  get isEmpty(): boolean {
    return this.#packets.length === 0;
  }

  /** Bytes of the packets, as they will be sent. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Bytes of memory that the packets take, about. */
  get memoryBytes(): number {
    return this.#byteLength + PACKET_OVERHEAD_BYTES * this.#packets.length;
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
    this.#packets.push(queued);
    this.#byteLength += sizeOf(queued);
    if (queued.packet.type === "pong") this.#hasPong = true;
  }

  /** Empties it and returns what was in it, in order. */
  take(): readonly QueuedPacket[] {
    const packets = this.#packets;
    this.#packets = [];
    this.#byteLength = 0;
    this.#hasPong = false;
    return packets;
  }
}

/** The data as bytes, and one byte for the type. */
function sizeOf({ packet }: QueuedPacket): number {
  if (!("data" in packet) || packet.data === undefined) return 1;
  return 1 + (typeof packet.data === "string" ? Buffer.byteLength(packet.data) : packet.data.byteLength);
}
