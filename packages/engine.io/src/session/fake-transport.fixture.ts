import type { EngineMessage, EnginePacket, PreparedMessage, TransportCloseReason } from "@halyard/contracts";
import type {
  MessageStream,
  QueuedPacket,
  ServerTransport,
  ServerTransportHandler,
} from "../transports/server-transport.ts";

/** A streaming transport that records what it is given. */
export class FakeStream implements ServerTransport, MessageStream {
  readonly name: string = "websocket";
  readonly sent: EnginePacket[] = [];
  writable = true;
  bufferedBytes = 0;
  receivedBytes = 0;
  isPaused = false;
  ends: string[] = [];
  handler: ServerTransportHandler | undefined;
  /** What happens within a call that sends. */
  onSend: (() => void) | undefined;

  get stream(): MessageStream {
    return this;
  }

  bind(handler: ServerTransportHandler): void {
    this.handler = handler;
  }

  send(packets: readonly EnginePacket[]): void {
    this.sent.push(...packets);
    this.onSend?.();
  }

  sendQueued(queue: readonly QueuedPacket[]): void {
    this.send(queue.map(({ packet }) => packet));
  }

  sendMessage(data: EngineMessage): void {
    this.sent.push({ type: "message", data });
  }

  sendPrepared({ messages }: PreparedMessage): void {
    for (const message of messages) this.sendMessage(message);
  }

  requestWritable(): void {
    this.handler?.onWritable();
  }

  pauseReading(): void {
    this.isPaused = true;
  }

  resumeReading(): void {
    this.isPaused = false;
  }

  close(): void {
    this.end("close", "transport close");
  }

  shutDown(): void {
    this.end("shutDown", "transport close");
  }

  abort(cause?: Error): void {
    this.end("abort", "transport close", cause);
  }

  end(how: string, reason: TransportCloseReason, cause?: Error): void {
    if (this.ends.length > 0) return;
    this.ends.push(how);
    this.writable = false;
    this.handler?.onClose(reason, cause);
  }
}
