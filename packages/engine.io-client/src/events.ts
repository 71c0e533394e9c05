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
  open: () => void;
  handshake: (data: HandshakeData) => void;
  /** A packet has come in. */
  packet: (packet: PacketInfo) => void;
  /** A packet is about to be sent or queued. */
  packetCreate: (packet: PacketInfo) => void;
  data: (data: RawData) => void;
  message: (data: RawData) => void;
  /** Something has come in. */
  heartbeat: () => void;
  ping: () => void;
  pong: () => void;
  /** What was queued has left. */
  drain: () => void;
  /** Packets have been handed to the transport. */
  flush: () => void;
  /** The session is about to move to the given transport. */
  upgrading: (transport: ClientTransport) => void;
  upgrade: (transport: ClientTransport) => void;
  upgradeError: (error: TransportError) => void;
  error: (error: Error | string) => void;
  close: (reason: string, details?: unknown) => void;
}
