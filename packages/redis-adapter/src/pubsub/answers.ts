import type { AdapterHost, ClusterQuery, ClusterReply } from "@halyard/contracts";
import { hasBinary } from "../bus/has-binary.ts";
import { isOurs } from "./node-id.ts";
import { readEvent, readFlags, readPacket, readSelection, readTimeout, RequestType, type Fields } from "./wire.ts";

/** How long an application has to acknowledge an event of a server that does not say how long it waits. */
const ACK_TIMEOUT_MS = 60_000;

/** A query of another node, and how long it waits for the answer. */
export interface ForeignQuery {
  readonly query: ClusterQuery;
  readonly timeoutMs: number;
  /** Turns the host's replies into responses, each for {@link writeResponse}. */
  readonly respond: (replies: AsyncIterable<ClusterReply>) => AsyncIterable<Fields>;
}

/** Reads a request that wants an answer. @returns undefined for anything else */
export function readQuery(request: Fields, namespace: string): ForeignQuery | undefined {
  const { type, timeout } = request;
  const timeoutMs = typeof timeout === "number" && timeout > 0 ? timeout : ACK_TIMEOUT_MS;
  const to = readSelection(request["opts"]);
  switch (type) {
    case RequestType.FETCH:
      return to && { query: { kind: "fetchSockets", to }, timeoutMs, respond: respondSockets };
    case RequestType.COUNT:
      return to && { query: { kind: "count", to }, timeoutMs, respond: respondCount };
    case RequestType.ROOMS:
      return { query: { kind: "rooms", withOwn: request["own"] === true }, timeoutMs, respond: respondRooms };
    case RequestType.SERVER_EVENT: {
      const data = readEvent(request["data"]);
      return data && { query: { kind: "serverEventWithAck", data }, timeoutMs, respond: respondServerEvent };
    }
    case RequestType.BROADCAST: {
      const data = readPacket(request["packet"], namespace);
      if (data === undefined || to === undefined) return undefined;
      const { flags } = asFields(request["opts"]);
      const patienceMs = readTimeout(flags) ?? timeoutMs;
      const query: ClusterQuery = { kind: "broadcastWithAck", to, data, timeoutMs: patienceMs, ...readFlags(flags) };
      return { query, timeoutMs: patienceMs, respond: respondAcks };
    }
    default:
      return undefined;
  }
}

/** Answers a query through `send`; ends when its time is over at the latest. */
export async function answer(
  host: AdapterHost,
  foreign: ForeignQuery,
  signal: AbortSignal,
  send: (response: Fields) => void,
): Promise<void> {
  for await (const response of foreign.respond(host.answer(foreign.query, signal))) send(response);
}

/** Whether a response must be sent as MessagePack, as text does not hold it. */
export function isBinaryResponse(response: Fields): boolean {
  return response["type"] === RequestType.ACK || hasBinary(response["data"]);
}

/** Whether the node that asked wants to hear that a node has finished. */
export function wantsEnd(request: Fields): boolean {
  return typeof request["uid"] === "string" && isOurs(request["uid"]) && request["type"] === RequestType.BROADCAST;
}

async function* respondSockets(replies: AsyncIterable<ClusterReply>): AsyncGenerator<Fields> {
  const sockets: unknown[] = [];
  for await (const reply of replies) {
    if (reply.kind !== "socket") continue;
    const { id, rooms, handshake, data } = reply.socket;
    // session middlewares leave a store in the handshake, with whatever it holds
    const { sessionStore: _, ...plainHandshake } = asFields(handshake);
    sockets.push(plain({ id, handshake: plainHandshake, rooms, data }, { id, handshake: {}, rooms, data: {} }));
  }
  yield { sockets };
}

async function* respondCount(replies: AsyncIterable<ClusterReply>): AsyncGenerator<Fields> {
  for await (const reply of replies) if (reply.kind === "count") yield { type: RequestType.COUNT, count: reply.count };
}

async function* respondRooms(replies: AsyncIterable<ClusterReply>): AsyncGenerator<Fields> {
  const rooms: unknown[] = [];
  for await (const reply of replies) if (reply.kind === "room") rooms.push([reply.room, reply.count]);
  yield { type: RequestType.ROOMS, rooms };
}

async function* respondServerEvent(replies: AsyncIterable<ClusterReply>): AsyncGenerator<Fields> {
  for await (const reply of replies)
    if (reply.kind === "ack") yield { type: RequestType.SERVER_EVENT, data: reply.data[0] };
}

async function* respondAcks(replies: AsyncIterable<ClusterReply>): AsyncGenerator<Fields> {
  for await (const reply of replies) {
    if (reply.kind === "expect") yield { type: RequestType.CLIENT_COUNT, clientCount: reply.count };
    if (reply.kind === "ack") yield { type: RequestType.ACK, packet: reply.data[0] };
  }
}

/** One socket with data that is no JSON must not hide all others. */
function plain(value: Fields, otherwise: Fields): Fields {
  try {
    JSON.stringify(value);
    return value;
  } catch {
    return otherwise;
  }
}

function asFields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
