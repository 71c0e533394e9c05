import type { BusMessage } from "@halyard/contracts";
import type { SubscriptionMode } from "../sharded/sharded-options.ts";

/** Length of the ids that sockets get unless the application makes them itself. */
const SOCKET_ID_LENGTH = 20;
/** Type of a broadcast among the messages of a bus. */
const BROADCAST = 3;

/** Whether a room has a channel of its own. Nodes of socket.io decide the same, by the length of the name. */
export function hasChannel(room: string, mode: SubscriptionMode): boolean {
  return mode === "dynamic-private" || (mode === "dynamic" && room.length !== SOCKET_ID_LENGTH);
}

/** The room that a message concerns alone; none for messages that all nodes must hear. */
export function onlyRoomOf({ type, data }: BusMessage): string | undefined {
  if (type !== BROADCAST || !isObject(data) || !isObject(data["opts"])) return undefined;
  // those who want answers count the nodes that hear; what is kept for recovery concerns nodes that nobody is on yet
  if (data["requestId"] !== undefined || data["mark"] !== undefined) return undefined;
  const { rooms } = data["opts"];
  const room: unknown = Array.isArray(rooms) && rooms.length === 1 ? rooms[0] : undefined;
  return typeof room === "string" ? room : undefined;
}

/**
 * Whether a message concerns nodes that do not have its namespace, too: signs of life, and queries, which they answer in so far as
 * they have nothing to say.
 */
export function isForAllNodes({ type, data }: BusMessage): boolean {
  return !COMMANDS.has(type) || (isObject(data) && data["requestId"] !== undefined);
}

/** Broadcasts, rooms to join and to leave, disconnections, events of servers. */
const COMMANDS: ReadonlySet<number> = new Set([BROADCAST, 4, 5, 6, 9]);

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
