import type { SocketPacket } from "@halyard/contracts";

/** A Socket.IO packet has come in complete, attachments included. Told before the application hears of it. */
export interface PacketReceive {
  readonly connectionId: string;
  /** What the client says: it may be a namespace that it is not in. */
  readonly namespace: string;
  readonly type: SocketPacket["type"];
  /** The name of an event. Clients choose it, as long and as many as they like: no label for metrics without a list of yours. */
  readonly event?: string;
  /** Whether the client wants an acknowledgement, or which one it gives. */
  readonly ackId?: number;
  /** Of the packet with its attachments: after the engine's framing and compression, before parsing. Text counts as UTF-8. */
  readonly bytes: number;
}

/** A Socket.IO packet was handed to the engine: once for a broadcast, whatever the number of its recipients. */
export interface PacketSend {
  /** Absent for broadcasts. */
  readonly connectionId?: string;
  readonly namespace: string;
  readonly type: SocketPacket["type"];
  /** The name of an event. */
  readonly event?: string;
  /** Whether the server wants an acknowledgement, or which one it gives. */
  readonly ackId?: number;
  /** Of the packet with its attachments, for one recipient: before the engine's framing and compression. Text counts as UTF-8. */
  readonly bytes: number;
  /** This server's clients that it goes to; 1 unless it is a broadcast, whose number may be 0. */
  readonly recipients: number;
}

/**
 * Why a packet did not leave.
 *
 * - `volatile`: it was volatile, and could not have left at once.
 * - `overflow`: too much is queued for its client (`overflow: "drop"`).
 */
export type DropReason = "volatile" | "overflow";

/** A packet to one client did not leave. A broadcast has one for each client that does not get it. */
export interface PacketDrop {
  readonly connectionId: string;
  readonly reason: DropReason;
  /** Bytes that are queued for the client. */
  readonly bufferedBytes: number;
}

/**
 * Why a packet was skipped.
 *
 * - `unknown ack`: nobody waits for that acknowledgement, or no more.
 * - `left namespace`: the server has disconnected the socket while the packet was under way.
 * - `repeated event`: it was handled already; the client has sent it again as it had no answer, and gets the same answer again.
 */
export type IgnoreReason = "unknown ack" | "left namespace" | "repeated event";

/** A packet of a client was skipped, and did no harm. */
export interface PacketIgnore {
  readonly connectionId: string;
  readonly namespace: string;
  readonly reason: IgnoreReason;
}
