import type { EngineControlPacket, EngineMessage, EnginePacket } from "./packet.ts";

/** Names are open so that third parties can add transports. */
export type TransportName = "polling" | "websocket" | "webtransport" | (string & {});

/** Why a transport ended. */
export type TransportCloseReason = "transport close" | "transport error" | "parse error";

/**
 * Receives what a transport produces, in wire order. `onClose` is the last call and is made exactly once,
 * whoever closed first.
 */
export interface TransportHandler {
  /** A message packet; kept apart from {@link onPacket} because it is the hot path. */
  onMessage(data: EngineMessage): void;
  /** Any packet but a message. */
  onPacket(packet: EngineControlPacket): void;
  /** `writable` has become true, or queued bytes have drained. */
  onWritable(): void;
  /** The transport is over; nothing follows. */
  onClose(reason: TransportCloseReason, cause?: Error): void;
}

/** A duplex pipe of Engine.IO packets with exactly one handler at a time. */
export interface Transport {
  readonly name: TransportName;
  /** When false, `send` must not be called until `onWritable`. */
  readonly writable: boolean;
  /** Bytes handed to `send` that have not been given to the operating system yet. */
  readonly bufferedBytes: number;
  /** Replaces the handler (an upgrade hands a transport over this way). */
  bind(handler: TransportHandler): void;
  /** Sends packets in order; they stay together in one payload where the transport has payloads. */
  send(packets: readonly EnginePacket[]): void;
  /** Settles in-flight traffic before an upgrade; only transports that can be upgraded from have it. */
  pause?(): Promise<void>;
  /** Flushes, closes politely, then calls `onClose`. Idempotent. */
  close(): void;
  /** Ends at once and drops what is queued; calls `onClose` unless it was called already. Idempotent. */
  abort(cause?: Error): void;
}
