import type { EngineMessage, EnginePacket } from "@halyard/contracts";
import { utf8Length } from "@halyard/core";

/** A packet that waits for the transport. */
export interface QueuedPacket {
  readonly packet: EnginePacket;
  readonly compress: boolean;
  /** Called once the packet has been handed to the transport. */
  readonly onSent: (() => void) | undefined;
  /** Bytes in a polling payload. */
  readonly bytes: number;
}

/** Packets in the order in which they must leave. */
export class SendQueue {
  entries: QueuedPacket[] = [];
  #bytes = 0;

  get isEmpty(): boolean {
    return this.entries.length === 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(packet: EnginePacket, compress: boolean, onSent?: () => void): void {
    const bytes = 1 + ("data" in packet && packet.data !== undefined ? payloadBytes(packet.data) : 0);
    this.entries.push({ packet, compress, onSent, bytes });
    this.#bytes += bytes;
  }

  /** Takes packets from the front that fit one payload together; at least one, at most all. */
  take(maxBytes: number): readonly QueuedPacket[] {
    const entries = this.entries;
    let bytes = 0;
    let count = 0;
    for (const entry of entries) {
      // as many separators as there are packets before this one
      if (count > 0 && bytes + entry.bytes + count > maxBytes) break;
      bytes += entry.bytes;
      count++;
    }
    this.entries = entries.slice(count);
    this.#bytes -= bytes;
    return entries.slice(0, count);
  }

  clear(): void {
    this.entries = [];
    this.#bytes = 0;
  }
}

/** Binary travels as `b` and base64, the `b` in place of the type digit. */
function payloadBytes(data: EngineMessage): number {
  return typeof data === "string" ? utf8Length(data) : 4 * Math.ceil(data.byteLength / 3);
}
