import type {
  EngineCloseReason,
  EngineControlPacket,
  EngineMessage,
  EnginePacket,
  EngineReadyState,
  EngineSocketHandler,
  PreparedMessage,
  ServerEngineSocket,
  Timer,
  TransportCloseReason,
  Untyped,
} from "@halyard/contracts";
import { codedError, hasCode } from "@halyard/core";
import { PollingTransport } from "../transports/polling.ts";
import { PreparedFrames } from "../transports/prepared-frames.ts";
import {
  SLOW_CONSUMER,
  type MessageStream,
  type QueuedPacket,
  type ServerTransport,
  type ServerTransportHandler,
} from "../transports/server-transport.ts";
import type { EngineRequest } from "./handshake-record.ts";
import type { HeaderStore } from "./header-store.ts";
import { messageData } from "./message-data.ts";
import { Heartbeat, type HeartbeatPeer } from "./heartbeat.ts";
import { costOf, Outbox, type OutboxOwner } from "./outbox.ts";
import { SessionClient } from "./session-client.ts";
import type { SentCallback, SessionContext, SessionOrigin } from "./session-context.ts";
import { Upgrade, type UpgradeOwner } from "./upgrade.ts";

/** Only the closing state has something of its own: a session in any other shares its object with all the rest. */
type State =
  | { readonly name: "opening" }
  | { readonly name: "open" }
  | { readonly name: "closing"; readonly reason: EngineCloseReason; readonly deadline: Timer }
  | { readonly name: "closed" };

/** What one answer to a poll may have, more than one packet given: while it is unread, as much as usual may be queued besides. */
const MAX_ANSWER_BYTES = 2_097_152;

const OPENING: State = { name: "opening" };
const OPEN: State = { name: "open" };
const CLOSED: State = { name: "closed" };

/**
 * One client's session: it outlives transport upgrades, keeps what cannot be sent yet, watches over the heartbeat and ends
 * once. Exported to applications as `Socket`.
 */
export class Session
  extends SessionClient
  implements ServerEngineSocket<EngineRequest>, ServerTransportHandler, HeartbeatPeer, UpgradeOwner, OutboxOwner
{
  readonly #context: SessionContext<Session>;
  readonly #heartbeat: Heartbeat;
  #state: State = OPENING;
  #transport: ServerTransport;
  /** Where messages go when nothing has to be queued. */
  #stream: MessageStream | undefined;
  #handler: EngineSocketHandler | undefined;
  #outbox: Outbox | undefined;
  #upgrade: Upgrade | undefined;
  #isUpgraded = false;
  #sentCallbacks: SentCallback[] | undefined;
  #readingHolds = 0;

  constructor(origin: SessionOrigin, transport: ServerTransport, context: SessionContext<Session>) {
    super(origin);
    this.#context = context;
    this.#transport = transport;
    this.#stream = transport.stream;
    this.#heartbeat = new Heartbeat(this, origin.protocol, context.heartbeat);
    transport.bind(this);
  }

  get readyState(): EngineReadyState {
    return this.#state.name;
  }

  /** The server that the session belongs to, whose type is that of `Socket`. */
  get server(): Untyped {
    return this.#context.server;
  }

  get transport(): ServerTransport {
    return this.#transport;
  }

  get upgraded(): boolean {
    return this.#isUpgraded;
  }

  get upgrading(): boolean {
    return this.#upgrade !== undefined;
  }

  get canUpgrade(): boolean {
    return this.#pollingTransport !== undefined && this.#upgrade === undefined && this.#state.name === "open";
  }

  get writable(): boolean {
    return (
      this.#state.name === "open" && this.#transport.writable && this.bufferedBytes <= this.#context.maxWritableBytes
    );
  }

  get bufferedBytes(): number {
    return this.#transport.bufferedBytes + (this.#outbox === undefined ? 0 : this.#outbox.byteLength);
  }

  get receivedBytes(): number {
    return this.#transport.receivedBytes;
  }

  /** The packets that wait for the transport, in order. */
  get writeBuffer(): EnginePacket[] {
    return this.#outbox?.packets ?? [];
  }

  /** Sends the handshake. Called once, before anything else. */
  open(handshakeJson: string, initialPacket: EngineMessage | undefined): void {
    this.#state = OPEN;
    this.#sendPacket({ type: "open", data: handshakeJson }, true);
    if (initialPacket !== undefined) this.transmit(initialPacket, true);
    this.#heartbeat.start();
  }

  bind(handler: EngineSocketHandler): void {
    this.#handler = handler;
  }

  transmit(message: EngineMessage, compress: boolean): void {
    if (this.#state.name !== "open") return;
    if (this.#stream === undefined || this.isObserved || this.#context.isObserved) {
      this.#sendPacket({ type: "message", data: message }, compress);
    } else this.#stream.sendMessage(message, compress);
  }

  hasRoomFor(messages: readonly EngineMessage[]): boolean {
    const queued = this.#transport.bufferedBytes + (this.#outbox === undefined ? 0 : this.#outbox.cost);
    return queued === 0 || queued + costOf(messages) <= this.#context.maxQueuedBytes;
  }

  transmitPrepared(message: PreparedMessage, compress: boolean): void {
    if (this.#state.name !== "open") return;
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
    if (this.#state.name !== "open") return this;
    if (onSent !== undefined) (this.#sentCallbacks ??= []).push(onSent);
    this.transmit(messageData(data), compress);
    return this;
  }

  /** The same as {@link Session.send}. */
  write(
    data: EngineMessage,
    options?: { readonly compress?: boolean } | SentCallback | null,
    callback?: SentCallback,
  ): this {
    return this.send(data, options, callback);
  }

  close(discard = false): void {
    const canWait = !discard || (this.#transport.stream !== undefined && this.bufferedBytes === 0);
    if (canWait) {
      if (this.#enterClosing("forced close")) this.#transport.close();
    } else if (this.#state.name === "closing") this.#end(this.#state.reason);
    else if (this.#state.name === "open") this.#end("forced close");
  }

  /**
   * As `close`, because the server goes away; does not wait for a client that is not polling and misses nothing, unless it has
   * stopped polling to upgrade: then it would hear of the end from nobody.
   */
  shutDown(reason: EngineCloseReason): void {
    const transport = this.#transport;
    const isIdle = transport.stream === undefined && !transport.writable && this.bufferedBytes === 0;
    this.#enterClosing(reason);
    if (isIdle && this.#upgrade === undefined) this.#end(reason);
    else transport.shutDown();
  }

  reject(cause: Error): void {
    if (this.#state.name !== "closed") this.#endPolitely("parse error", cause);
  }

  pauseReading(): () => void {
    if (this.#readingHolds++ === 0) this.#transport.pauseReading();
    let isHolding = true;
    return () => {
      if (!isHolding) return;
      isHolding = false;
      if (--this.#readingHolds === 0) this.#transport.resumeReading();
    };
  }

  /** Tries to move the session to another transport; ends the transport if that is not possible now. */
  beginUpgrade(next: ServerTransport): void {
    const from = this.#pollingTransport;
    if (from === undefined || !this.canUpgrade) next.close();
    else this.#upgrade = new Upgrade(this, from, next, this.#context.upgrade);
  }

  onMessage(message: EngineMessage): void {
    if (this.#state.name !== "open") return;
    this.#heartbeat.onActivity();
    if (this.isObserved) this.#announceMessage(message);
    try {
      this.#handler?.onMessage(message);
    } catch (error) {
      this.report(error);
    }
  }

  onPacket(packet: EngineControlPacket): void {
    if (packet.type === "close") {
      this.#end("transport close");
      return;
    }
    if (this.#state.name !== "open") return;
    this.announce("packet", packet);
    switch (packet.type) {
      case "ping":
      case "pong":
        this.#onHeartbeat(packet.type);
        break;
      case "open":
        this.#endPolitely("parse error", codedError("ENGINE_PARSE", "the client sent an open packet"));
        break;
      case "upgrade":
      case "noop":
        this.#heartbeat.onActivity(); // they mean nothing here, and do no harm
        break;
    }
  }

  onWritable(): void {
    this.#flush();
    this.#upgrade?.onIdlePoll();
  }

  onFlushed(afterWait: boolean): void {
    const callbacks = this.#sentCallbacks;
    if (callbacks !== undefined && (this.#outbox === undefined || this.#outbox.isEmpty)) {
      this.#sentCallbacks = undefined;
      for (const callback of callbacks) this.guard(() => callback(this.#transport));
    }
    if (this.isObserved) this.announce("drain");
    if (this.#context.isObserved) this.#context.onDrain(this);
    if (afterWait) this.#handler?.onDrain?.();
  }

  onClose(reason: TransportCloseReason, cause?: Error): void {
    if (this.#state.name === "closing") this.#finish(this.#state.reason);
    else this.#finish(hasCode(cause, SLOW_CONSUMER) ? "slow consumer" : reason, cause);
  }

  sendPing(): void {
    this.#sendPacket({ type: "ping" }, false);
  }

  onSilence(): void {
    this.#end("ping timeout");
  }

  onStalled(): void {
    const outbox = this.#outbox;
    this.#context.heartbeat.afterInput(() => {
      if (outbox === undefined || outbox.isEmpty || this.#state.name === "closed") return;
      if (this.#transport.bufferedBytes > 0) outbox.watch(); // it polls, and still reads: the transport sees to that
      else this.#end("slow consumer", slowConsumer("the client has not polled for the time that stallTimeout allows"));
    });
  }

  onUpgrading(next: ServerTransport): void {
    this.announce("upgrading", next);
  }

  onUpgradeFailed(): void {
    this.#upgrade = undefined;
  }

  onUpgraded(next: ServerTransport): void {
    const previous = this.#pollingTransport;
    this.#upgrade = undefined;
    this.#transport = next;
    this.#isUpgraded = true;
    next.bind(this);
    previous?.bind(IGNORE);
    previous?.release();
    previous?.abort();
    this.announce("upgrade", next);
    this.#flush();
    this.#stream = next.stream;
    if (this.#state.name === "closing") {
      if (this.#state.reason === "forced close") next.close();
      else next.shutDown();
    } else if (this.#readingHolds > 0) next.pauseReading();
    else next.resumeReading();
  }

  get #pollingTransport(): PollingTransport | undefined {
    return this.#transport instanceof PollingTransport ? this.#transport : undefined;
  }

  #onHeartbeat(type: "ping" | "pong"): void {
    if ((type === "ping") !== (this.protocol === 3)) {
      this.#endPolitely("transport error", codedError("BAD_HEARTBEAT", "invalid heartbeat direction"));
      return;
    }
    if (type === "pong") this.#heartbeat.onPong();
    else {
      this.#heartbeat.onPing();
      if (this.#outbox?.hasPong !== true) this.#sendPacket({ type: "pong" }, false);
    }
    this.announce("heartbeat");
  }

  #sendPacket(packet: EnginePacket, compress: boolean): void {
    if (this.#stream !== undefined && !this.isObserved && !this.#context.isObserved) {
      this.#transport.send([packet]);
      return;
    }
    this.#queue({ packet, compress });
  }

  /** What belongs together is queued together: the limit counts before it, not within. */
  #queueAll(parts: readonly QueuedPacket[]): void {
    let isContinued = false;
    for (const part of parts) {
      if (this.#state.name !== "open") return;
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
      this.#flush();
    } else if (!isContinued && outbox.isFull && !this.#transport.writable) this.#overflow();
    else {
      outbox.add(queued);
      if (this.#transport.writable) this.#transport.requestWritable();
    }
  }

  /** Ends later, because the caller is in the middle of sending, perhaps to many. */
  #overflow(): void {
    this.#dropQueued();
    this.#enterClosing("slow consumer");
    const cause = slowConsumer("more is queued for the client than maxQueuedBytes allows");
    process.nextTick(() => this.#end("slow consumer", cause));
  }

  #dropQueued(): void {
    this.#outbox?.unwatch();
    this.#outbox = undefined;
  }

  /** Hands over what is queued; called while the transport can take it. */
  #flush(): void {
    const outbox = this.#outbox;
    if (outbox === undefined || outbox.isEmpty) return;
    const queue = outbox.take(this.#transport.stream === undefined ? MAX_ANSWER_BYTES : Number.POSITIVE_INFINITY);
    if (this.#transport.stream !== undefined) this.#outbox = undefined;
    if (this.isObserved || this.#context.isObserved) {
      const packets = queue.map(({ packet }) => packet);
      this.announce("flush", packets);
      this.#context.onFlush(this, packets);
    }
    this.#transport.sendQueued(queue);
  }

  #enterClosing(reason: EngineCloseReason): boolean {
    if (this.#state.name !== "open") return false;
    this.#heartbeat.stop();
    // a client that does not poll may have vanished; one that misses nothing is not waited for as long
    const { closeTimeoutMs, pollCloseTimeoutMs } = this.#context;
    const isOwed = this.#transport.stream !== undefined || this.bufferedBytes > 0;
    const waitMs = isOwed ? pollCloseTimeoutMs : Math.min(closeTimeoutMs, pollCloseTimeoutMs);
    const deadline = this.#context.heartbeat.clock.schedule(() => this.#end(reason), waitMs, true);
    this.#state = { name: "closing", reason, deadline };
    return true;
  }

  /** Ends the session and its transport at once. */
  #end(reason: EngineCloseReason, cause?: Error): void {
    const transport = this.#transport;
    this.#finish(reason, cause);
    transport.abort(cause);
  }

  /** Ends the session at once, for what its client has done; a connection is closed as the client expects it. */
  #endPolitely(reason: EngineCloseReason, cause: Error): void {
    const transport = this.#transport;
    this.#finish(reason, cause);
    if (transport.stream === undefined) transport.abort(cause);
    else transport.close();
  }

  #finish(reason: EngineCloseReason, cause?: Error): void {
    if (this.#state.name === "closed") return;
    if (this.#state.name === "closing") this.#state.deadline.cancel();
    this.#state = CLOSED;
    this.#heartbeat.stop();
    this.#upgrade?.abort();
    this.#upgrade = undefined;
    this.#outbox?.unwatch();
    this.#sentCallbacks = undefined;
    this.#context.onClosed(this);
    this.guard(() => this.#handler?.onClose(reason, cause));
    this.announce("close", reason, cause); // whose listeners may look at what was not sent
    this.#outbox = undefined;
  }

  #announceMessage(message: EngineMessage): void {
    if (this.listenerCount("packet") > 0) this.announce("packet", { type: "message", data: message });
    this.announce("data", message);
    this.announce("message", message);
  }

  protected override get headerStore(): HeaderStore {
    return this.#context.headerStore;
  }

  protected override report(error: unknown): void {
    this.#context.report(error, this);
  }
}

function slowConsumer(message: string): Error {
  return codedError(SLOW_CONSUMER, message);
}

/** For a transport that has been replaced. */
const IGNORE: ServerTransportHandler = {
  onMessage: () => {},
  onPacket: () => {},
  onWritable: () => {},
  onClose: () => {},
};
