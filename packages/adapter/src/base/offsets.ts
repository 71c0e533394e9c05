import type { Untyped } from "@halyard/contracts";
import type { BroadcastOptions } from "./options.ts";

const EVENT_PACKET = 2;

/** Whether a packet carries its offset to the clients: events that want no answer, and must arrive. */
export function addsOffset({ type, id }: Untyped, { flags }: BroadcastOptions): boolean {
  return type === EVENT_PACKET && id === undefined && flags?.volatile === undefined;
}

/** The same packet with its offset as the last argument, where clients look for it. */
export function withOffset(packet: Untyped, offset: string): Untyped {
  return { ...packet, data: [...packet.data, offset] };
}
