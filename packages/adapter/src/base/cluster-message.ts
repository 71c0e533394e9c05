import type { Untyped } from "@halyard/contracts";
import { MessageType } from "./message-type.ts";
import type { BroadcastFlags, BroadcastOptions } from "./options.ts";

/** Names a server in one namespace. */
export type ServerId = string;

/** The place of a message in a backend that keeps them. */
export type Offset = string;

/** Whom a message is for, in a form that can be serialised. */
export interface WrittenOptions {
  rooms: string[];
  except: string[];
  flags: BroadcastFlags;
}

/** Keeps each form of a union apart while it leaves members out. */
export type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never;

/** What a server tells or asks all others. */
export type ClusterMessage = { uid: ServerId; nsp: string } & (
  | { type: MessageType.INITIAL_HEARTBEAT | MessageType.HEARTBEAT | MessageType.ADAPTER_CLOSE }
  | { type: MessageType.BROADCAST; data: { opts: WrittenOptions; packet: unknown; requestId?: string } }
  | { type: MessageType.SOCKETS_JOIN | MessageType.SOCKETS_LEAVE; data: { opts: WrittenOptions; rooms: string[] } }
  | { type: MessageType.DISCONNECT_SOCKETS; data: { opts: WrittenOptions; close?: boolean } }
  | { type: MessageType.FETCH_SOCKETS; data: { opts: WrittenOptions; requestId: string } }
  | { type: MessageType.SERVER_SIDE_EMIT; data: { requestId?: string; packet: Untyped[] } }
);

/** What a server answers another. */
export type ClusterResponse = { uid: ServerId; nsp: string } & (
  | { type: MessageType.FETCH_SOCKETS_RESPONSE; data: { requestId: string; sockets: unknown[] } }
  | { type: MessageType.SERVER_SIDE_EMIT_RESPONSE; data: { requestId: string; packet: unknown } }
  | { type: MessageType.BROADCAST_CLIENT_COUNT; data: { requestId: string; clientCount: number } }
  | { type: MessageType.BROADCAST_ACK; data: { requestId: string; packet: unknown } }
);

/** Turns options into what can be serialised. */
export function writeOptions({ rooms, except = new Set(), flags = {} }: BroadcastOptions): WrittenOptions {
  return { rooms: [...rooms], except: [...except], flags };
}

/** Turns what {@link writeOptions} has written into options. */
export function readOptions({ rooms, except, flags }: WrittenOptions): Required<BroadcastOptions> {
  return { rooms: new Set(rooms), except: new Set(except), flags };
}

/** Whether a message holds what its type demands. Types that are not known here demand nothing. */
export function isWellFormed({ type, data }: { readonly type: unknown; readonly data?: Untyped }): boolean {
  switch (type) {
    case MessageType.BROADCAST:
      return hasOptions(data) && Array.isArray(data.packet?.data);
    case MessageType.SOCKETS_JOIN:
    case MessageType.SOCKETS_LEAVE:
      return hasOptions(data) && Array.isArray(data.rooms);
    case MessageType.DISCONNECT_SOCKETS:
      return hasOptions(data);
    case MessageType.FETCH_SOCKETS:
      return hasOptions(data) && typeof data.requestId === "string";
    case MessageType.SERVER_SIDE_EMIT:
      return Array.isArray(data?.packet);
    case MessageType.FETCH_SOCKETS_RESPONSE:
      return isResponse(data) && Array.isArray(data.sockets);
    case MessageType.BROADCAST_CLIENT_COUNT:
      return isResponse(data) && typeof data.clientCount === "number";
    case MessageType.SERVER_SIDE_EMIT_RESPONSE:
    case MessageType.BROADCAST_ACK:
      return isResponse(data);
    default:
      return true;
  }
}

function hasOptions(data: Untyped): boolean {
  return Array.isArray(data?.opts?.rooms) && Array.isArray(data.opts.except);
}

function isResponse(data: Untyped): boolean {
  return typeof data?.requestId === "string";
}
