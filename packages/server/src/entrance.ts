import type { EngineMessage, PreparedMessage, SocketPacket } from "@halyard/contracts";
import type { ConnectRefusal } from "@halyard/diagnostics";
import type { RetryHint } from "./delivery/retry-hint.ts";
import type { Client } from "./engine-connection.ts";
import type { DisconnectReason } from "./socket-events.ts";

/** A client's connection as one of its sockets uses it. */
export interface SocketLink<Member> extends Client {
  /** Encodes and sends one packet. @throws `SOCKET_ENCODE` */
  send(packet: SocketPacket, isVolatile: boolean, compress: boolean): void;
  /** Sends what the session of the client has had encoded already. Returns false if it was dropped. */
  sendEncoded(messages: readonly EngineMessage[], isVolatile: boolean, compress: boolean): boolean;
  /** Sends a packet that goes to many. Returns false if it was dropped. */
  sendPrepared(message: PreparedMessage, isVolatile: boolean, compress: boolean): boolean;
  /** Bytes that wait to be sent. If there are any, the socket hears once there are none. */
  bufferedBytesFor(socket: Member): number;
  /** Whether an acknowledgement is owed, by either side. */
  readonly busy: boolean;
  /** Tells a client that knows hints when to come back from what ends next. */
  hintRetry(retryAfterMs: number): void;
  /** Ends every socket with the reason, then the session once what is queued has left. */
  end(reason: DisconnectReason): void;
  /** Lets a socket go. With `stragglers`, packets for it may still be under way. */
  unseat(socket: Member, stragglers: boolean): void;
  /** Disconnects every socket, then ends the session once what is queued has left. */
  disconnectAll(hint: RetryHint): void;
  /** Ends every socket with the reason, and the session at once: its client is elsewhere, or has to come again. */
  abandon(reason: string, cause: Error): void;
}

/** Why a client may not come in; a string for old clients. */
export type Refusal = Extract<SocketPacket, { readonly type: "connect_error" }>["data"];

/** A client's connection as the namespace uses it that the client wants to join. */
export interface Entrant<Member> extends SocketLink<Member> {
  /** Takes a socket in, whether it is connected yet or not. */
  seat(socket: Member): void;
  /** Keeps the namespace's place for a client that has to wait. The returned function gives it up, and tells whether it is still wanted. */
  reserve(namespace: string): () => boolean;
  /** One of the sockets is connected. */
  onJoined(socket: Member): void;
  /** Refuses a namespace, and the connection too once that has happened too often. */
  refuse(namespace: string, data: Refusal, reason: ConnectRefusal): void;
}

/** A namespace as connections see it: a way in. */
export interface Entrance<Member> {
  /** Lets a client in, once the middlewares agree. */
  admit(entrant: Entrant<Member>, auth: Record<string, unknown> | undefined): void;
}

/** A client's wish to join a namespace that does not exist yet. */
export interface EntranceRequest<Member> {
  readonly name: string;
  readonly auth: Record<string, unknown>;
  /** Whether the client still waits for it. */
  isWanted(): boolean;
  /** Called once, at once if the parents answer at once, and not at all if the client no longer waits. */
  settle(entrance: Entrance<Member> | undefined): void;
}
