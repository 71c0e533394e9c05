import type { EngineMessage } from "@halyard/contracts";
import { codedError, type DeadlineEntry } from "@halyard/core";
import type { WriterContext } from "./coalescing-writer.ts";
import type { FrameWriter, FrameWriterOwner } from "./frame-writer.ts";
import type { PreparedFrames } from "./prepared-frames.ts";
import { SLOW_CONSUMER } from "./server-transport.ts";

/** No pong is written while this much is unsent (limit L11). */
const PONG_HOLD_BYTES = 65_536;

/** The part of a WebSocket library's connection that writing needs. */
export interface SendingWebSocket {
  readonly readyState: number;
  /** Sends one message. */
  send(data: string | Uint8Array, options: { compress: boolean }, onSent: (error?: Error) => void): void;
  pong(data: Uint8Array, mask: boolean, onSent: (error?: Error) => void): void;
}

/** What such writers of one server share. */
export interface LibraryWriterContext extends WriterContext {
  /** Shorter messages are not compressed; the library looks at their length only where it keeps no context. */
  readonly minCompressedBytes: number;
}

const OPEN = 1;

/**
 * Writes through the WebSocket library: for connections with permessage-deflate, whose frames only the library can make,
 * and for engines other than the built-in one.
 */
export class LibraryWriter implements FrameWriter, DeadlineEntry {
  readonly #socket: SendingWebSocket;
  readonly #context: LibraryWriterContext;
  readonly #protocol: 3 | 4;
  readonly #owner: FrameWriterOwner;
  /** Sizes of the messages the library has not confirmed, oldest first. */
  readonly #unsent: number[] = [];
  #unsentBytes = 0;
  #pong: Uint8Array | undefined;
  #pongUnsent = false;
  #watching = false;
  #ended = false;

  constructor(socket: SendingWebSocket, protocol: 3 | 4, owner: FrameWriterOwner, context: LibraryWriterContext) {
    this.#socket = socket;
    this.#protocol = protocol;
    this.#owner = owner;
    this.#context = context;
  }

  /** The library does not tell. */
  get receivedBytes(): number {
    return 0;
  }

  get bufferedBytes(): number {
    return this.#unsentBytes;
  }

  /** The library has answered. */
  start(): void {}

  writeMessage(message: EngineMessage, compress: boolean): void {
    if (this.#mayCollect()) this.#writeMessage(message, compress);
  }

  writePrepared(prepared: PreparedFrames, compress: boolean): void {
    if (this.#mayCollect()) for (const message of prepared.messages) this.#writeMessage(message, compress);
  }

  writePacket(encoded: string): void {
    if (this.#mayCollect()) this.#send(encoded, encoded.length, false);
  }

  writePong(data: Uint8Array): void {
    if (this.#ended || this.#socket.readyState !== OPEN) return;
    if (this.#pongUnsent || this.#unsentBytes >= PONG_HOLD_BYTES) {
      this.#pong = Uint8Array.from(data); // the original is a view of the whole chunk that was read
      return;
    }
    this.#pongUnsent = true;
    this.#socket.pong(data, false, this.#onPongSent);
  }

  end(onEnded: () => void): void {
    if (this.#ended) return;
    this.#ended = true;
    // the library queues its close frame behind everything sent before it
    onEnded();
  }

  /** Close frames are the library's. */
  finish(): boolean {
    return false;
  }

  discard(): void {
    this.#ended = true;
    this.#pong = undefined;
    this.#unwatch();
  }

  /** Nothing was confirmed for the stall delay: looks again once pending output has been seen to, then decides. */
  onDeadline(): void {
    const oldest = this.#unsent.length;
    this.#watching = false;
    this.#context.afterInput(() => {
      if (this.#ended || this.#watching || this.#unsent.length === 0) return;
      if (this.#unsent.length < oldest) this.#watch();
      else this.#giveUp("the client has read nothing for the time that stallTimeout allows");
    });
  }

  /** Asked before messages that belong together, not between them. */
  #mayCollect(): boolean {
    if (this.#ended || this.#socket.readyState !== OPEN) return false;
    const behind = this.#unsentBytes - (this.#unsent[0] ?? 0);
    if (behind <= this.#context.maxQueuedBytes) return true;
    this.#giveUp(`the client left ${behind} bytes unread, more than maxQueuedBytes allows`);
    return false;
  }

  #writeMessage(message: EngineMessage, compress: boolean): void {
    if (typeof message === "string") this.#send(`4${message}`, Buffer.byteLength(message) + 1, compress);
    else if (this.#protocol === 4) this.#send(message, message.byteLength, compress);
    else this.#send(withTypeByte(message), message.byteLength + 1, compress);
  }

  #send(data: string | Uint8Array, byteLength: number, compress: boolean): void {
    this.#unsent.push(byteLength);
    this.#unsentBytes += byteLength;
    this.#watch();
    this.#socket.send(data, { compress: compress && byteLength >= this.#context.minCompressedBytes }, this.#onSent);
  }

  readonly #onSent = (): void => {
    this.#unsentBytes -= this.#unsent.shift() ?? 0;
    this.#unwatch();
    if (!this.#pongUnsent) this.#writeHeldPong();
    if (this.#unsent.length > 0) {
      this.#watch();
      return;
    }
    if (!this.#ended) this.#owner.onFlushed(true);
  };

  readonly #onPongSent = (): void => {
    this.#pongUnsent = false;
    this.#writeHeldPong();
  };

  #writeHeldPong(): void {
    const pong = this.#pong;
    this.#pong = undefined;
    if (pong !== undefined) this.writePong(pong);
  }

  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    this.#context.stalls.start(this);
  }

  #unwatch(): void {
    if (!this.#watching) return;
    this.#watching = false;
    this.#context.stalls.stop(this);
  }

  #giveUp(message: string): void {
    this.discard();
    this.#owner.onSlowConsumer(codedError(SLOW_CONSUMER, message));
  }
}

/** In revision 3 the packet type precedes binary messages too. */
function withTypeByte(message: Uint8Array): Uint8Array {
  const packet = new Uint8Array(message.byteLength + 1);
  packet[0] = 4;
  packet.set(message, 1);
  return packet;
}
