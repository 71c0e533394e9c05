import type { EngineMessage, EnginePacket, PreparedMessage, Transport, TransportHandler } from "@halyard/contracts";

/** A packet that waits in a session's queue. */
export interface QueuedPacket {
  readonly packet: EnginePacket;
  readonly compress: boolean;
}

/** What a session listens for beyond the contract. */
export interface ServerTransportHandler extends TransportHandler {
  /** All that was sent is with the operating system; `afterWait` tells whether the peer had to be waited for. */
  onFlushed?(afterWait: boolean): void;
}

/** The code of the cause with which a transport ends that gave up on a peer that does not read. */
export const SLOW_CONSUMER = "SLOW_CONSUMER";

/** What a session needs from its transport beyond the contract. */
export interface ServerTransport extends Transport {
  bind(handler: ServerTransportHandler): void;
  /**
   * Whether it takes messages at any time and in any number, so that the session never queues. A transport that does not
   * takes what is queued with `sendQueued` while it is writable.
   */
  readonly stream: MessageStream | undefined;
  /** Grows while a message is on its way; 0 where that is not known. */
  readonly receivedBytes: number;
  /** Sends queued packets in order, together. */
  sendQueued(queue: readonly QueuedPacket[]): void;
  /** Asks for `onWritable` before the current event-loop iteration ends, if the transport is writable then. */
  requestWritable(): void;
  /** Stops reading from the peer; what has been read already is kept. */
  pauseReading(): void;
  resumeReading(): void;
  /** As `close`, with the code that tells the peer that the server is going away, where the transport has one. */
  shutDown(): void;
}

/** A transport's way for messages that need not be queued. */
export interface MessageStream {
  sendMessage(message: EngineMessage, compress: boolean): void;
  sendPrepared(message: PreparedMessage, compress: boolean): void;
}
