import type { PreparedMessage } from "@halyard/contracts";
import { PreparedFrames } from "../transports/prepared-frames.ts";
import type { QueuedPacket } from "../transports/server-transport.ts";

/** The packets a session holds while its transport cannot take them, and their size. */
export class Outbox {
  #packets: QueuedPacket[] = [];
  #byteLength = 0;

  get isEmpty(): boolean {
    return this.#packets.length === 0;
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  add(queued: QueuedPacket): void {
    this.#packets.push(queued);
    this.#byteLength += sizeOf(queued);
  }

  addPrepared(message: PreparedMessage, compress: boolean): void {
    const packets =
      message instanceof PreparedFrames
        ? message.packets
        : message.messages.map((data) => ({ type: "message" as const, data }));
    for (const packet of packets) this.add({ packet, compress });
  }

  /** Empties it and returns what was in it, in order. */
  take(): readonly QueuedPacket[] {
    const packets = this.#packets;
    this.#packets = [];
    this.#byteLength = 0;
    return packets;
  }
}

/** What a queued packet counts for: its data as bytes, and one byte for its type. */
function sizeOf({ packet }: QueuedPacket): number {
  if (!("data" in packet) || packet.data === undefined) return 1;
  return 1 + (typeof packet.data === "string" ? Buffer.byteLength(packet.data) : packet.data.byteLength);
}
