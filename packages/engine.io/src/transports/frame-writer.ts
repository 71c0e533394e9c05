import type { EngineMessage } from "@halyard/contracts";
import type { PreparedFrames } from "./prepared-frames.ts";

/** What a writer tells the transport that owns it. */
export interface FrameWriterOwner {
  /** Whether frames may be written: not after a close frame (RFC 6455, section 5.5.1). */
  readonly acceptsFrames: boolean;
  /** Everything has been given to the operating system; `afterWait` tells whether the socket had made it wait. */
  onFlushed(afterWait: boolean): void;
  /** More is queued than the limit allows, or the socket took nothing for too long. */
  onSlowConsumer(cause: Error): void;
}

/** The outgoing half of a WebSocket connection. */
export interface FrameWriter {
  /** Bytes not yet given to the operating system. */
  readonly bufferedBytes: number;
  /** Bytes that the connection has brought; 0 where that is not known. */
  readonly receivedBytes: number;
  /** Hands the answer to the handshake over, if the first packet has not taken it along. */
  start(): void;
  writeMessage(message: EngineMessage, compress: boolean): void;
  writePrepared(prepared: PreparedFrames, compress: boolean): void;
  /** Writes a packet that is not a message, already encoded. */
  writePacket(encoded: string): void;
  /** Answers the latest ping; at most one answer waits. */
  writePong(data: Uint8Array): void;
  /** Hands over what is collected, calls back once all of it is with the operating system, and takes no more. */
  end(onEnded: () => void): void;
  /**
   * Hands over what is collected, unless the socket is full, and the rest of a frame that was begun; drops everything else, and
   * writes the last frame. Returns false, without the last frame, if something is unsent then, or else stands against it.
   */
  finish(frame: string): boolean;
  /** Drops what is queued, and every obligation. */
  discard(): void;
}
