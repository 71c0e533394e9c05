import type { ClusterCommand, EventData, Selection, SocketDescription } from "@halyard/contracts";

/** Requests between nodes, numbered as in `@socket.io/redis-adapter` 8; its nodes skip those of Halyard's own, from 100 on. */
export const RequestType: {
  readonly ALL_ROOMS: 1;
  readonly JOIN: 2;
  readonly LEAVE: 3;
  readonly DISCONNECT: 4;
  readonly FETCH: 5;
  readonly SERVER_EVENT: 6;
  readonly BROADCAST: 7;
  readonly CLIENT_COUNT: 8;
  readonly ACK: 9;
  readonly SOCKETS: 0;
  readonly COUNT: 100;
  readonly ROOMS: 101;
  readonly FINISHED: 102;
  readonly HELLO: 103;
  readonly GOODBYE: 104;
} = {
  SOCKETS: 0,
  ALL_ROOMS: 1,
  JOIN: 2,
  LEAVE: 3,
  DISCONNECT: 4,
  FETCH: 5,
  SERVER_EVENT: 6,
  BROADCAST: 7,
  CLIENT_COUNT: 8,
  ACK: 9,
  COUNT: 100,
  ROOMS: 101,
  FINISHED: 102,
  HELLO: 103,
  GOODBYE: 104,
};

/** Type of an event in a Socket.IO packet. */
export const EVENT = 2;

/** Nesting of what is decoded: that of an event's data, and of what is around it. */
export const MAX_DEPTH = 260;

/** What came in, once it is known to be an object. */
export type Fields = Readonly<Record<string, unknown>>;

/** Tells an object whose members can be looked at. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads `{rooms, except}`. @returns undefined for anything else */
export function readSelection(value: unknown): Selection | undefined {
  if (!isFields(value)) return undefined;
  const { rooms, except = [] } = value;
  return areRooms(rooms) && areRooms(except) ? { rooms, except } : undefined;
}

/** Reads a broadcast: `[uid, packet, opts]`. @returns undefined for anything else, and for other namespaces */
export function readBroadcast(value: unknown, namespace: string): { uid: string; command: ClusterCommand } | undefined {
  if (!Array.isArray(value)) return undefined;
  const [uid, packet, options]: readonly unknown[] = value;
  const data = readPacket(packet, namespace);
  const to = readSelection(options);
  if (typeof uid !== "string" || data === undefined || to === undefined || !isFields(options)) return undefined;
  const { flags, mark } = options;
  const command = { kind: "broadcast" as const, to, data, ...readFlags(flags) };
  return { uid, command: typeof mark === "string" ? { ...command, mark } : command };
}

/** Reads the data of an event's packet. @returns undefined for anything else, and for other namespaces */
export function readPacket(value: unknown, namespace: string): EventData | undefined {
  if (!isFields(value)) return undefined;
  const { type, nsp = "/", data } = value;
  return type === EVENT && nsp === namespace ? readEvent(data) : undefined;
}

/** Reads an event: a name and its arguments. */
export function readEvent(value: unknown): EventData | undefined {
  if (!Array.isArray(value)) return undefined;
  const [name, ...args]: readonly unknown[] = value;
  return typeof name === "string" || typeof name === "number" ? [name, ...args] : undefined;
}

/** Reads what of the flags of a broadcast matters to its receivers. */
export function readFlags(flags: unknown): { volatile: boolean; compress: boolean } {
  const { volatile, compress }: Fields = isFields(flags) ? flags : {};
  return { volatile: volatile === true, compress: compress !== false };
}

/** Reads how long the sender of a broadcast waits for answers. */
export function readTimeout(flags: unknown): number | undefined {
  const { timeout }: Fields = isFields(flags) ? flags : {};
  return typeof timeout === "number" && timeout > 0 ? timeout : undefined;
}

/** Reads the description of a socket of another node. */
export function readSocket(value: unknown): SocketDescription | undefined {
  if (!isFields(value)) return undefined;
  const { id, rooms, handshake, data } = value;
  return typeof id === "string" && areRooms(rooms) ? { id, rooms, handshake, data } : undefined;
}

/** Tells a list of rooms. Programs that are not type-checked have numbers as names, too; they are kept as they are. */
function areRooms(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((room) => typeof room === "string" || typeof room === "number");
}

/** Reads a request that wants no answer. @returns undefined for anything else */
export function readCommand(request: Fields): ClusterCommand | undefined {
  const { type, rooms } = request;
  const to = readSelection(request["opts"]);
  switch (type) {
    case RequestType.JOIN:
      return to && areRooms(rooms) ? { kind: "join", to, rooms } : undefined;
    case RequestType.LEAVE:
      return to && areRooms(rooms) ? { kind: "leave", to, rooms } : undefined;
    case RequestType.DISCONNECT:
      return to && { kind: "disconnect", to, closeConnection: request["close"] === true };
    case RequestType.SERVER_EVENT: {
      const data = readEvent(request["data"]);
      return data && { kind: "serverEvent", data };
    }
    default:
      return undefined;
  }
}

/** Writes the flags of a broadcast, those only that are set. */
export function writeFlags(flags: { readonly volatile?: boolean; readonly compress?: boolean }): Fields {
  if (flags.volatile !== true && flags.compress !== false) return NO_FLAGS;
  return {
    ...(flags.volatile === true && { volatile: true }),
    ...(flags.compress === false && { compress: false }),
  };
}

/** Most broadcasts have none. */
const NO_FLAGS: Fields = Object.freeze({});
