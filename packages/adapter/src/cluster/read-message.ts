import type {
  BusMessage,
  ClusterCommand,
  ClusterQuery,
  ClusterReply,
  EventData,
  Selection,
  SocketDescription,
} from "@halyard/contracts";
import { ANNOUNCEMENT_KEY, MESSAGE_TYPE } from "./message-type.ts";

/** What a message of another node means. */
export type Incoming =
  /** `ours` tells that the node understands our own messages. */
  | { readonly kind: "heartbeat"; readonly isInitial: boolean; readonly ours: boolean }
  | { readonly kind: "close"; readonly what: "namespace" | "node" }
  | { readonly kind: "command"; readonly command: ClusterCommand }
  | { readonly kind: "query"; readonly query: ClusterQuery; readonly requestId: string }
  | {
      readonly kind: "replies";
      readonly requestId: string;
      readonly replies: readonly ClusterReply[];
      readonly isLast: boolean;
    }
  /** Of a type that will be invented yet. */
  | { readonly kind: "unknown" };

/** The longest name of a node. */
const MAX_ID_LENGTH = 256;

/** How long answers to a broadcast are waited for if it does not say. */
const ANSWER_TIMEOUT_MS = 5_000;

/** Reads the frame of a message; undefined if it has none. */
export function readFrame(value: unknown): BusMessage | undefined {
  if (!isRecord(value)) return undefined;
  const { uid, nsp, type, data } = value;
  if (typeof uid !== "string" || uid.length > MAX_ID_LENGTH) return undefined;
  if (typeof nsp !== "string" || typeof type !== "number") return undefined;
  return { uid, nsp, type, data };
}

/** Reads what a message says; undefined if it is not as its type demands. */
export function readMessage(type: number, given: unknown, offset?: string): Incoming | undefined {
  const data = isRecord(given) ? given : {};
  switch (type) {
    case MESSAGE_TYPE.initialHeartbeat:
    case MESSAGE_TYPE.heartbeat: {
      const isInitial = type === MESSAGE_TYPE.initialHeartbeat;
      return { kind: "heartbeat", isInitial, ours: isRecord(data[ANNOUNCEMENT_KEY]) };
    }
    case MESSAGE_TYPE.close: {
      const announcement = data[ANNOUNCEMENT_KEY];
      return { kind: "close", what: isRecord(announcement) && announcement["left"] === true ? "node" : "namespace" };
    }
    case MESSAGE_TYPE.broadcast:
      return readBroadcast(data, offset);
    case MESSAGE_TYPE.join:
    case MESSAGE_TYPE.leave:
      return readMove(type === MESSAGE_TYPE.join ? "join" : "leave", data);
    case MESSAGE_TYPE.disconnect:
      return command(readSelection(data), (to) => ({
        kind: "disconnect",
        to,
        closeConnection: data["close"] === true,
      }));
    case MESSAGE_TYPE.serverEvent:
      return readServerEvent(data);
    case MESSAGE_TYPE.fetchSockets:
      return query(data, readSelection(data), (to) => ({ kind: "fetchSockets", to }));
    case MESSAGE_TYPE.count:
      if (data["of"] === "rooms") return query(data, data["own"] === true, (withOwn) => ({ kind: "rooms", withOwn }));
      return query(data, readSelection(data), (to) => ({ kind: "count", to }));
    default:
      return readReplies(type, data);
  }
}

function readReplies(type: number, data: Readonly<Record<string, unknown>>): Incoming | undefined {
  switch (type) {
    case MESSAGE_TYPE.sockets:
      return replies(data, readList(data["sockets"], readSocket), data["more"] !== true);
    case MESSAGE_TYPE.serverEventAnswer:
      return replies(data, [{ kind: "ack", data: [data["packet"]] }], true);
    case MESSAGE_TYPE.clientCount: {
      const count = readCount(data["clientCount"]);
      return replies(data, count === undefined ? undefined : [{ kind: "expect", count }], false);
    }
    case MESSAGE_TYPE.clientAnswer:
      return replies(data, [{ kind: "ack", data: [data["packet"]] }], false);
    case MESSAGE_TYPE.counted:
      return replies(data, readCounted(data), data["more"] !== true);
    case MESSAGE_TYPE.end:
      return replies(data, [], true);
    default:
      return { kind: "unknown" };
  }
}

function readBroadcast(data: Readonly<Record<string, unknown>>, offset: string | undefined): Incoming | undefined {
  const { packet, opts, requestId, mark } = data;
  const to = readSelection(data);
  const event = isRecord(packet) && isEvent(packet["data"]) ? packet["data"] : undefined;
  if (to === undefined || event === undefined) return undefined;
  const flags = isRecord(opts) && isRecord(opts["flags"]) ? opts["flags"] : {};
  const how = { volatile: flags["volatile"] === true, compress: flags["compress"] !== false };
  if (requestId === undefined) {
    const place = { ...(offset !== undefined && { offset }), ...(typeof mark === "string" && { mark }) };
    return { kind: "command", command: { kind: "broadcast", to, data: event, ...how, ...place } };
  }
  const timeoutMs = readCount(flags["timeout"]) ?? ANSWER_TIMEOUT_MS;
  return query(data, to, () => ({ kind: "broadcastWithAck", to, data: event, timeoutMs, ...how }));
}

function readMove(kind: "join" | "leave", data: Readonly<Record<string, unknown>>): Incoming | undefined {
  const { rooms } = data;
  return isRoomList(rooms) ? command(readSelection(data), (to) => ({ kind, to, rooms })) : undefined;
}

function readServerEvent(data: Readonly<Record<string, unknown>>): Incoming | undefined {
  const { packet, requestId } = data;
  if (!isEvent(packet)) return undefined;
  if (requestId === undefined) return { kind: "command", command: { kind: "serverEvent", data: packet } };
  return query(data, packet, (event) => ({ kind: "serverEventWithAck", data: event }));
}

function readCounted({ count, rooms }: Readonly<Record<string, unknown>>): ClusterReply[] | undefined {
  if (rooms !== undefined) return readList(rooms, readRoom);
  const number = readCount(count);
  return number === undefined ? undefined : [{ kind: "count", count: number }];
}

function readRoom(value: unknown): ClusterReply | undefined {
  if (!Array.isArray(value)) return undefined;
  const [room, given]: unknown[] = value;
  const count = readCount(given);
  return typeof room === "string" && count !== undefined ? { kind: "room", room, count } : undefined;
}

function readSocket(value: unknown): ClusterReply | undefined {
  if (!isRecord(value)) return undefined;
  const { id, rooms, handshake, data } = value;
  if (typeof id !== "string" || !isRoomList(rooms)) return undefined;
  const socket: SocketDescription = { id, rooms, handshake, data };
  return { kind: "socket", socket };
}

/** One reply that cannot be read spoils all. */
function readList(value: unknown, read: (item: unknown) => ClusterReply | undefined): ClusterReply[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const list: ClusterReply[] = [];
  for (const item of value) {
    const reply = read(item);
    if (reply === undefined) return undefined;
    list.push(reply);
  }
  return list;
}

function readSelection({ opts }: Readonly<Record<string, unknown>>): Selection | undefined {
  if (!isRecord(opts)) return undefined;
  const { rooms, except } = opts;
  return isRoomList(rooms) && isRoomList(except) ? { rooms, except } : undefined;
}

function command<Part>(part: Part | undefined, make: (part: Part) => ClusterCommand): Incoming | undefined {
  return part === undefined ? undefined : { kind: "command", command: make(part) };
}

function query<Part>(
  { requestId }: Readonly<Record<string, unknown>>,
  part: Part | undefined,
  make: (part: Part) => ClusterQuery,
): Incoming | undefined {
  if (typeof requestId !== "string" || part === undefined) return undefined;
  return { kind: "query", requestId, query: make(part) };
}

function replies(
  { requestId }: Readonly<Record<string, unknown>>,
  list: readonly ClusterReply[] | undefined,
  isLast: boolean,
): Incoming | undefined {
  if (typeof requestId !== "string" || list === undefined) return undefined;
  return { kind: "replies", requestId, replies: list, isLast };
}

function isEvent(value: unknown): value is EventData {
  return Array.isArray(value) && (typeof value[0] === "string" || typeof value[0] === "number");
}

/** Applications in plain JavaScript name rooms with numbers, too. */
function isRoomList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((room) => typeof room === "string" || typeof room === "number");
}

function readCount(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 ? value : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
