import type { EventEmitter } from "node:events";
import type {
  EngineCloseReason,
  EngineControlPacket,
  EngineMessage,
  EnginePacket,
  ServerEngineSocket,
  TransportName,
  Untyped,
} from "@halyard/contracts";
import type { Server } from "./server.ts";
import type { EngineRequest } from "./session/handshake-record.ts";
import { Session } from "./session/session.ts";

/** What applications see of a session's transport. */
export interface SocketTransport {
  readonly name: TransportName;
  readonly writable: boolean;
  readonly bufferedBytes: number;
}

/** A packet of whatever type, whose data listeners may look at without asking for the type first, as with engine.io. */
export type ToldPacket = EnginePacket & { readonly data?: Untyped };

/** What a session tells its listeners, by event. */
export interface SocketEvents {
  /** A message has arrived. */
  message: [data: EngineMessage];
  /** The same as `message`. */
  data: [data: EngineMessage];
  /** A packet has arrived. */
  packet: [packet: ToldPacket];
  /** A packet is about to be sent or queued. */
  packetCreate: [packet: ToldPacket & { readonly options: SendOptions }];
  /** The client answered a ping or, in protocol revision 3, pinged. */
  heartbeat: [];
  /** The client has begun to move to another transport. */
  upgrading: [transport: SocketTransport];
  /** The client has moved to another transport. */
  upgrade: [transport: SocketTransport];
  /** Packets are handed to the transport. */
  flush: [packets: readonly (EnginePacket | EngineControlPacket)[]];
  /** What was sent is with the operating system. */
  drain: [];
  /** The session is over; the last event. */
  close: [reason: EngineCloseReason, cause?: unknown];
}

/** Called when what was sent is with the operating system. */
export type SentCallback = (transport: SocketTransport) => void;

/** How one message is sent. */
export interface SendOptions {
  /** Whether the message may be compressed. @defaultValue true */
  readonly compress?: boolean;
}

/** One client's session, over whichever transport it uses at the moment. */
export interface Socket extends EventEmitter, ServerEngineSocket<EngineRequest> {
  readonly transport: SocketTransport;
  /** The server that the session belongs to. */
  readonly server: Server;
  /** Packets that wait for the transport; when `close` is told, those that were not sent. */
  readonly writeBuffer: readonly EnginePacket[];
  /** Whether the session has moved from the transport it was opened with. */
  readonly upgraded: boolean;
  /** Whether the client is about to move to another transport. */
  readonly upgrading: boolean;
  /** Sends a message; the callback is called once it is with the operating system. */
  send(data: EngineMessage, options?: SendOptions | SentCallback | null, callback?: SentCallback): this;
  /** The same as {@link Socket.send}. */
  write(data: EngineMessage, options?: SendOptions | SentCallback | null, callback?: SentCallback): this;
  on<Event extends keyof SocketEvents>(event: Event, listener: (...args: SocketEvents[Event]) => void): this;
  once<Event extends keyof SocketEvents>(event: Event, listener: (...args: SocketEvents[Event]) => void): this;
  off<Event extends keyof SocketEvents>(event: Event, listener: (...args: SocketEvents[Event]) => void): this;
}

/** The class of the sessions, for `instanceof`; only a {@link Server} makes them. */
export const Socket: abstract new (...args: never[]) => Socket = Session;
