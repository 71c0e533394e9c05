import type {
  ClusterCommand,
  ClusterQuery,
  ClusterReply,
  EventData,
  Selection,
  SocketDescription,
} from "@halyard/contracts";
import { ANNOUNCEMENT_KEY, MESSAGE_TYPE } from "./message-type.ts";

/** What a message says; who sends it, and for which namespace, is added by whoever sends it. */
export interface MessageBody {
  readonly type: number;
  readonly data?: unknown;
}

/** How nodes of socket.io number events among the packets. */
const EVENT_PACKET = 2;

/** A heartbeat that announces our own messages. */
export function writeHeartbeat(kind: "initial" | "regular"): MessageBody {
  const type = kind === "initial" ? MESSAGE_TYPE.initialHeartbeat : MESSAGE_TYPE.heartbeat;
  return { type, data: { [ANNOUNCEMENT_KEY]: { version: 1 } } };
}

/** Takes leave: of one namespace, which concerns nodes of socket.io alone, or as a node altogether. */
export function writeClose(what: "namespace" | "node"): MessageBody {
  if (what === "namespace") return { type: MESSAGE_TYPE.close };
  return { type: MESSAGE_TYPE.close, data: { [ANNOUNCEMENT_KEY]: { version: 1, left: true } } };
}

/** A command as nodes of socket.io send it. */
export function writeCommand(namespace: string, command: ClusterCommand): MessageBody {
  switch (command.kind) {
    case "broadcast": {
      const { mark } = command;
      const data = { packet: packet(namespace, command.data), opts: options(command.to, flags(command)) };
      return { type: MESSAGE_TYPE.broadcast, data: mark === undefined ? data : { ...data, mark } };
    }
    case "join":
    case "leave":
      return { type: MESSAGE_TYPE[command.kind], data: { opts: options(command.to), rooms: command.rooms } };
    case "disconnect":
      return {
        type: MESSAGE_TYPE.disconnect,
        data: { opts: options(command.to), close: command.closeConnection },
      };
    case "serverEvent":
      return { type: MESSAGE_TYPE.serverEvent, data: { packet: command.data } };
  }
}

/** A query. Those that nodes of socket.io know look as theirs do. */
export function writeQuery(namespace: string, query: ClusterQuery, requestId: string): MessageBody {
  switch (query.kind) {
    case "broadcastWithAck": {
      const opts = options(query.to, { ...flags(query), timeout: query.timeoutMs });
      return { type: MESSAGE_TYPE.broadcast, data: { requestId, packet: packet(namespace, query.data), opts } };
    }
    case "fetchSockets":
      return { type: MESSAGE_TYPE.fetchSockets, data: { requestId, opts: options(query.to) } };
    case "serverEventWithAck":
      return { type: MESSAGE_TYPE.serverEvent, data: { requestId, packet: query.data } };
    case "count":
      return { type: MESSAGE_TYPE.count, data: { requestId, of: "sockets", opts: options(query.to) } };
    case "rooms":
      return {
        type: MESSAGE_TYPE.count,
        data: { requestId, of: "rooms", ...(query.withOwn === true && { own: true }) },
      };
  }
}

/** A part of an answer that travels alone. */
export function writeReply(
  requestId: string,
  reply: Exclude<ClusterReply, { kind: "socket" | "room" }>,
  query: ClusterQuery["kind"],
): MessageBody {
  switch (reply.kind) {
    case "expect":
      return { type: MESSAGE_TYPE.clientCount, data: { requestId, clientCount: reply.count } };
    case "ack": {
      const type = query === "serverEventWithAck" ? MESSAGE_TYPE.serverEventAnswer : MESSAGE_TYPE.clientAnswer;
      return { type, data: { requestId, packet: reply.data[0] } };
    }
    case "count":
      return { type: MESSAGE_TYPE.counted, data: { requestId, count: reply.count } };
  }
}

/** Some of the sockets that were asked for; the last ones unless `more` says otherwise, which nodes of socket.io do not read. */
export function writeSockets(requestId: string, sockets: readonly SocketDescription[], more: boolean): MessageBody {
  return { type: MESSAGE_TYPE.sockets, data: more ? { requestId, sockets, more } : { requestId, sockets } };
}

/** Some of the rooms that were asked for, the last ones unless `more` says otherwise. */
export function writeRooms(
  requestId: string,
  rooms: readonly (readonly [room: string, count: number])[],
  more: boolean,
): MessageBody {
  return { type: MESSAGE_TYPE.counted, data: more ? { requestId, rooms, more } : { requestId, rooms } };
}

/** Says that an answer is complete, where nothing else does. */
export function writeEnd(requestId: string): MessageBody {
  return { type: MESSAGE_TYPE.end, data: { requestId } };
}

interface Flags {
  readonly volatile?: boolean;
  readonly compress?: boolean;
}

/** Most broadcasts have none. */
const NO_FLAGS: Flags = Object.freeze({});

function flags({ volatile = false, compress = true }: Flags): Flags {
  return volatile || !compress ? { ...(volatile && { volatile }), ...(!compress && { compress }) } : NO_FLAGS;
}

function options(to: Selection, given: object = NO_FLAGS): object {
  return { rooms: to.rooms, except: to.except, flags: given };
}

function packet(nsp: string, data: EventData): object {
  return { type: EVENT_PACKET, data, nsp };
}
