import type { LoggedPacket } from "@halyard/contracts";
import { Deque } from "./deque.ts";

/**
 * Logged packets of one namespace by whom they were for, so that finding a client's packets costs what there are of them, and
 * not what everybody else has got meanwhile. Packets are added and removed in order.
 */
export class PacketIndex {
  readonly #toEverybody = new Deque<LoggedPacket>();
  readonly #byRoom = new Map<string, Deque<LoggedPacket>>();
  readonly #bySocket = new Map<string, Deque<LoggedPacket>>();

  add(packet: LoggedPacket): void {
    const { to } = packet;
    if (typeof to === "string") addTo(this.#bySocket, to, packet);
    else if (to.rooms.length === 0) this.#toEverybody.push(packet);
    else for (const room of to.rooms) addTo(this.#byRoom, room, packet);
  }

  /** Removes a packet, which is the oldest. */
  removeOldest({ to }: LoggedPacket): void {
    if (typeof to === "string") removeFrom(this.#bySocket, to);
    else if (to.rooms.length === 0) this.#toEverybody.shift();
    else for (const room of to.rooms) removeFrom(this.#byRoom, room);
  }

  /** Finds the packets after a position that were for everybody, for a room, or for the socket: in order, each once. */
  findAfter(position: number, sid: string, rooms: readonly string[]): LoggedPacket[] {
    const found = new Set<LoggedPacket>();
    collectAfter(position, this.#toEverybody, found);
    collectAfter(position, this.#bySocket.get(sid), found);
    for (const room of rooms) collectAfter(position, this.#byRoom.get(room), found);
    return [...found].sort((one, other) => one.position - other.position);
  }
}

function addTo(lists: Map<string, Deque<LoggedPacket>>, key: string, packet: LoggedPacket): void {
  let list = lists.get(key);
  if (list === undefined) {
    list = new Deque();
    lists.set(key, list);
  }
  list.push(packet);
}

function removeFrom(lists: Map<string, Deque<LoggedPacket>>, key: string): void {
  const list = lists.get(key);
  list?.shift();
  if (list?.length === 0) lists.delete(key);
}

function collectAfter(position: number, list: Deque<LoggedPacket> | undefined, found: Set<LoggedPacket>): void {
  if (list === undefined) return;
  for (let index = firstAfter(position, list); ; index++) {
    const packet = list.at(index);
    if (packet === undefined) return;
    found.add(packet);
  }
}

/** The index of the first packet after a position; the list's length if there is none. */
function firstAfter(position: number, list: Deque<LoggedPacket>): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list.at(middle)?.position ?? 0) > position) high = middle;
    else low = middle + 1;
  }
  return low;
}
