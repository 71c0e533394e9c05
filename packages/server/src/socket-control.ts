import type { LogPlace, PreparedMessage, SocketPacket } from "@halyard/contracts";
import type { SocketLink } from "./entrance.ts";
import type { PendingAck } from "./acks/pending-acks.ts";
import type { DisconnectReason } from "./socket-events.ts";

/** A packet that a connected socket can receive. */
export type InboundPacket = Extract<SocketPacket, { readonly type: "event" | "ack" | "disconnect" }>;

/** A packet on its way to one of many recipients. */
export interface Delivery {
  readonly message: PreparedMessage;
  /** Event name and arguments, for those who listen to what goes out. */
  readonly data: readonly unknown[];
  readonly volatile: boolean;
  readonly compress: boolean;
  /** Its position in the log of connection state recovery; 0 if it is not there. */
  readonly position: number;
  /** Its place in the log of the server that has sent it, if that is another one. */
  readonly origin?: LogPlace | "unknown";
}

/** What the rest of the server may do to a socket, beyond what applications may. */
export interface SocketControl<Member> {
  /** Makes a connecting socket connected and tells the client. */
  open(socket: Member): void;
  isConnecting(socket: Member): boolean;
  /** Returns false if the socket is not connected yet, so that the client may not send. */
  receive(socket: Member, packet: InboundPacket): boolean;
  /** Returns whether the packet was handed to the client's connection. */
  deliver(socket: Member, delivery: Delivery): boolean;
  /** Waits for the answer to a broadcast. Returns false if the socket waits for too many already. */
  expectAck(socket: Member, id: number, ack: PendingAck): boolean;
  /** Whether the socket owes an acknowledgement, or waits for one. */
  isBusy(socket: Member): boolean;
  /** The connection below, which the socket shares with others. */
  linkOf(socket: Member): SocketLink<Member>;
  /** Tells the application that nothing is queued any more for the client. */
  drained(socket: Member): void;
  forgetAck(socket: Member, id: number): void;
  /** Tells the application of a fault of the peer, if it listens. */
  fault(socket: Member, error: Error): void;
  /** Ends the socket; idempotent. */
  close(socket: Member, reason: DisconnectReason, cause?: unknown): void;
}
