import type { EngineMessage, EnginePacket, EngineReadyState, PreparedMessage } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import { PreparedFrames } from "../transports/prepared-frames.ts";
import {
  SLOW_CONSUMER,
  type MessageStream,
  type QueuedPacket,
  type ServerTransport,
} from "../transports/server-transport.ts";
import { messageData } from "./message-data.ts";
import { costOf, Outbox, type OutboxContext, type OutboxOwner } from "./outbox.ts";
import { SessionClient } from "./session-client.ts";
import type { SentCallback, SessionOrigin } from "./session-context.ts";

/** What sending needs of the server. */
export interface OutputContext extends OutboxContext {
  readonly maxWritableBytes: number;
  /** Whether somebody listens to what the server tells about its sessions' traffic. */
  readonly isObserved: boolean;
  readonly heartbeat: { readonly afterInput: (callback: () => void) => void };
}

/** What one answer to a poll may have, more than one packet given: while it is unread, as much as usual may be queued besides. */
const MAX_ANSWER_BYTES = 2_097_152;

/** The sending half of a session: straight to a transport that takes anything at any time, else by way of a queue. */
export abstract class SessionOutput<Context extends OutputContext> extends SessionClient implements OutboxOwner {
  readonly #context: Context;
  #transport: ServerTransport;
  /** Where messages go when nothing has to be queued. */
  #stream: MessageStream | undefined;
  #outbox: Outbox | undefined;
  #sentCallbacks: SentCallback[] | undefined;

  constructor(origin: SessionOrigin, transport: ServerTransport, context: Context) {
    super(origin);
    this.#context = context;
    this.#transport = transport;
    this.#stream = transport.stream;
  }

  abstract get readyState(): EngineReadyState;

  get transport(): ServerTransport {
    return this.#transport;
  }

  get writable(): boolean {
    return (
      this.readyState === "open" && this.#transport.writable && this.bufferedBytes <= this.#context.maxWritableBytes
    );
  }

  get bufferedBytes(): number {
    return this.#transport.bufferedBytes + (this.#outbox === undefined ? 0 : this.#outbox.byteLength);
  }

  /** The packets that wait for the transport, in order. */
  get writeBuffer(): EnginePacket[] {
    return this.#outbox?.packets ?? [];
  }

  transmit(message: EngineMessage, compress: boolean): void {
    if (this.readyState !== "open") return;
    if (this.#stream === undefined || this.isObserved || this.#context.isObserved) {
      this.sendPacket({ type: "message", data: message }, compress);
    } else this.#stream.sendMessage(message, compress);
  }

  hasRoomFor(messages: readonly EngineMessage[]): boolean {
    const queued = this.#transport.bufferedBytes + (this.#outbox === undefined ? 0 : this.#outbox.cost);
    return queued === 0 || queued + costOf(messages) <= this.#context.maxQueuedBytes;
  }

  transmitPrepared(message: PreparedMessage, compress: boolean): void {
    if (this.readyState !== "open") return;
    if (this.#stream !== undefined && !this.isObserved && !this.#context.isObserved) {
      this.#stream.sendPrepared(message, compress);
    } else if (message instanceof PreparedFrames) {
      this.#queueAll(message.queued(compress));
    } else for (const part of message.messages) this.transmit(part, compress);
  }

  /** Sends a message; the callback is called once it is with the operating system. */
  send(
    data: EngineMessage,
    options?: { readonly compress?: boolean } | SentCallback | null,
    callback?: SentCallback,
  ): this {
    const onSent = typeof options === "function" ? options : callback;
    const compress = typeof options === "object" && options !== null ? options.compress !== false : true;
    if (this.readyState !== "open") return this;
    if (onSent !== undefined) (this.#sentCallbacks ??= []).push(onSent);
    this.transmit(messageData(data), compress);
    return this;
  }

  /** The same as {@link SessionOutput.send}. */
  write(
    data: EngineMessage,
    options?: { readonly compress?: boolean } | SentCallback | null,
    callback?: SentCallback,
  ): this {
    return this.send(data, options, callback);
  }

  /** All that was sent is with the operating system. */
  onFlushed(_afterWait: boolean): void {
    const callbacks = this.#sentCallbacks;
    if (callbacks !== undefined && (this.#outbox === undefined || this.#outbox.isEmpty)) {
      this.#sentCallbacks = undefined;
      for (const callback of callbacks) this.guard(() => callback(this.#transport));
    }
    if (this.isObserved) this.announce("drain");
    if (this.#context.isObserved) this.tellDrain();
  }

  onStalled(): void {
    const outbox = this.#outbox;
    this.#context.heartbeat.afterInput(() => {
      if (outbox === undefined || outbox.isEmpty || this.readyState === "closed") return;
      if (this.#transport.bufferedBytes > 0) outbox.watch(); // it polls, and still reads: the transport sees to that
      else this.giveUp(slowConsumer("the client has not polled for the time that stallTimeout allows"));
    });
  }

  protected get context(): Context {
    return this.#context;
  }

  /** Whether a pong is queued already. */
  protected get owesPong(): boolean {
    return this.#outbox?.hasPong === true;
  }

  /** Tells the server's listeners that everything is out. */
  protected abstract tellDrain(): void;

  /** Tells the server's listeners that packets are handed to the transport. */
  protected abstract tellFlush(packets: readonly EnginePacket[]): void;

  /** More is queued than the limit allows: nothing else may be sent. */
  protected abstract stopSending(): void;

  /** The client does not take what is queued. */
  protected abstract giveUp(cause: Error): void;

  protected sendPacket(packet: EnginePacket, compress: boolean): void {
    if (this.#stream !== undefined && !this.isObserved && !this.#context.isObserved) {
      this.#transport.send([packet]);
      return;
    }
    this.#queue({ packet, compress });
  }

  /** Everything from now on goes over another transport, by way of the queue until that is called a stream. */
  protected replaceTransport(next: ServerTransport): void {
    this.#transport = next;
  }

  /** Hands over what was queued while the transport was replaced; what follows need not be queued if it takes all. */
  protected startStream(): void {
    this.flush();
    this.#stream = this.#transport.stream;
  }

  /** Hands over what is queued; called while the transport can take it. */
  protected flush(): void {
    const outbox = this.#outbox;
    if (outbox === undefined || outbox.isEmpty) return;
    const queue = outbox.take(this.#transport.stream === undefined ? MAX_ANSWER_BYTES : Number.POSITIVE_INFINITY);
    if (this.#transport.stream !== undefined) this.#outbox = undefined;
    if (this.isObserved || this.#context.isObserved) {
      const packets = queue.map(({ packet }) => packet);
      this.announce("flush", packets);
      this.tellFlush(packets);
    }
    this.#transport.sendQueued(queue);
  }

  /** Nothing is sent any more; what is queued can still be looked at. */
  protected endOutput(): void {
    this.#outbox?.unwatch();
    this.#sentCallbacks = undefined;
  }

  protected dropQueued(): void {
    this.#outbox?.unwatch();
    this.#outbox = undefined;
  }

  /** What belongs together is queued together: the limit counts before it, not within. */
  #queueAll(parts: readonly QueuedPacket[]): void {
    let isContinued = false;
    for (const part of parts) {
      if (this.readyState !== "open") return;
      this.#queue(part, isContinued);
      isContinued = true;
    }
  }

  #queue(queued: QueuedPacket, isContinued = false): void {
    const { packet, compress } = queued;
    if (this.isObserved) this.announce("packetCreate", { ...packet, options: { compress } });
    const outbox = (this.#outbox ??= new Outbox(this, this.#context));
    if (this.#stream !== undefined) {
      outbox.add(queued);
      this.flush();
    } else if (!isContinued && outbox.isFull && !this.#transport.writable) this.#overflow();
    else {
      outbox.add(queued);
      if (this.#transport.writable) this.#transport.requestWritable();
    }
  }

  /** Ends later, because the caller is in the middle of sending, perhaps to many. */
  #overflow(): void {
    this.dropQueued();
    this.stopSending();
    const cause = slowConsumer("more is queued for the client than maxQueuedBytes allows");
    process.nextTick(() => this.giveUp(cause));
  }
}

function slowConsumer(message: string): Error {
  return codedError(SLOW_CONSUMER, message);
}
