import type { EnginePacket } from "@halyard/contracts";
import { utf8Length } from "@halyard/core";

/** A packet that waits for the transport. */
export type QueuedPacket = EnginePacket & {
  readonly options: { readonly compress: boolean };
  /** Called once the packet has been handed to the transport. */
  readonly onSent?: (() => void) | undefined;
};

/** Bytes that a packet takes in a polling payload, without a separator. */
export function payloadBytes(packet: EnginePacket): number {
  const { data = "" } = packet as { readonly data?: string | Uint8Array };
  // binary travels as `b` and base64, the `b` in place of the type digit
  return 1 + (typeof data === "string" ? utf8Length(data) : 4 * Math.ceil(data.byteLength / 3));
}

/** Tells how many packets from the front fit one payload together; at least one. */
export function countFitting(packets: readonly EnginePacket[], maxBytes: number): number {
  let bytes = 0;
  // as many separators as there are packets before it
  const last = packets.findIndex((packet, index) => (bytes += payloadBytes(packet)) + index > maxBytes);
  return last < 0 ? packets.length : last || 1;
}
