import type { EngineMessage, EnginePacket } from "@halyard/contracts";
import type { HandshakeData } from "./session/handshake.ts";
import type { ClientTransport } from "./transports/transport.ts";
import type { TransportError } from "./transports/transport-error.ts";

/** What a `message` event brings: text, or binary in the form that `binaryType` asks for. */
export type RawData = EngineMessage | ArrayBuffer | Blob;

/** A packet as the `packet` and `packetCreate` events show it. */
export interface PacketInfo {
  readonly type: EnginePacket["type"];
  readonly data?: RawData;
  readonly options?: { readonly compress: boolean };
}

/** Events of a socket and their listeners. */
export interface SocketEvents {
  /** The server has accepted the session. */
  open: () => void;
  /** What the server said when it accepted the session. */
  handshake: (data: HandshakeData) => void;
  /** A packet has come in. */
  packet: (packet: PacketInfo) => void;
  /** A packet is about to be sent or queued. */
  packetCreate: (packet: PacketInfo) => void;
  /** The same as `message`. */
  data: (data: RawData) => void;
  /** A message has come in. */
  message: (data: RawData) => void;
  /** Something has come in. */
  heartbeat: () => void;
  /** The server has pinged. */
  ping: () => void;
  /** The ping was answered. */
  pong: () => void;
  /** What was queued has left. */
  drain: () => void;
  /** Packets have been handed to the transport. */
  flush: () => void;
  /** The session is about to move to the given transport. */
  upgrading: (transport: ClientTransport) => void;
  /** Another transport has taken over. */
  upgrade: (transport: ClientTransport) => void;
  /** Another transport could not take over; the session goes on. */
  upgradeError: (error: TransportError) => void;
  /** The connection failed; `close` follows. */
  error: (error: Error | string) => void;
  /** The session is over. */
  close: (reason: string, details?: unknown) => void;
}
