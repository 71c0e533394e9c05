import type {
  ClientEngineSocket,
  ClientEngineSocketHandler,
  EngineControlPacket,
  EngineMessage,
  EngineReadyState,
  Timer,
  TransportCloseReason,
  TransportHandler,
  TransportName,
} from "@halyard/contracts";
import { Emitter, utf8Length } from "@halyard/core";
import type { PacketInfo, SocketEvents } from "../events.ts";
import type { BinaryType, ResolvedOptions } from "../options.ts";
import { DEAF, type ClientTransport, type OutgoingPacket, type TransportConstructor } from "../transports/transport.ts";
import { TransportError } from "../transports/transport-error.ts";
import { parseHandshake, type HandshakeData } from "./handshake.ts";
import { inForm } from "./incoming-data.ts";
import { watchPage } from "./page-events.ts";

/** Above this many bytes underway, a message that may be dropped should be. */
const MEBIBYTE = 1024 * 1024;

/** Before a transport has been found. */
const NO_TRANSPORT = { name: "" } as const;

/**
 * One connection over one transport: from the handshake through heartbeats to its end. Those who hear of it are one bound
 * consumer, and whoever listens to events; what listeners throw surfaces as uncaught errors do.
 */
export class Session extends Emitter<SocketEvents> implements ClientEngineSocket, TransportHandler {
  /** Given by the server; empty before `open` and after `close`. */
  id = "";
  /** The form in which `message` events bring binary. @defaultValue "nodebuffer" in Node.js, else "arraybuffer" */
  declare binaryType: BinaryType;
  /** The options in use, with what the URI and the page say about the server. */
  declare readonly opts: ResolvedOptions;
  /** `closing` is flushing. If it began before the handshake, the server is yet to be heard of. */
  readyState: EngineReadyState = "opening";
  /** @internal */
  protected current: ClientTransport | undefined;
  /** @internal */
  protected queue: OutgoingPacket[] = [];
  /** @internal Bytes that the server takes at once, as far as it has said. */
  protected maxPayload: number = Infinity;
  /** @internal Of the current transport's turn, then of the heartbeat. */
  protected timer: Timer | undefined;
  /** @internal Calls off what would follow the handshake. */
  protected cancelUpgrade: (() => unknown) | undefined;
  #consumer: ClientEngineSocketHandler | undefined;
  #silenceMs = 0;
  /** By the wall clock: the monotonic one of some systems stands still while the machine sleeps. */
  #deadlineMs = Infinity;
  readonly #leavePage: (() => void) | undefined;

  /** Starts to connect over the transport. Without one, that is left to a subclass. */
  constructor(opts: ResolvedOptions, transport?: TransportConstructor) {
    super();
    this.opts = opts;
    this.binaryType = opts.platform.binaryType;
    this.#leavePage = watchPage((event) => this.#onPageEvent(event), opts.closeOnBeforeunload);
    if (!transport) return;
    const current = new transport(opts, "");
    this.use(current);
    current.open();
  }

  /** The transport in use, or used last. */
  get transport(): { readonly name: TransportName } & Partial<Pick<ClientTransport, "query" | "writable">> {
    return this.current ?? NO_TRANSPORT;
  }

  get writable(): boolean {
    const { current } = this;
    return this.readyState === "open" && !!current?.writable && !this.#isLate() && this.bufferedBytes < MEBIBYTE;
  }

  get bufferedBytes(): number {
    return this.queue.reduce((bytes, { data }) => bytes + this.sizeOf(data), this.current?.bufferedBytes ?? 0);
  }

  /** What has not been handed to a transport yet. */
  get writeBuffer(): readonly PacketInfo[] {
    return this.queue;
  }

  /** Hands everything that happens to one consumer, which must not throw, besides listeners of events. */
  bind(consumer: ClientEngineSocketHandler): void {
    this.#consumer = consumer;
  }

  /** Lets the consumer go, which hears of nothing any more. */
  unbind(): void {
    this.#consumer = undefined;
  }

  /**
   * Whether the server, as far as it has said, takes a message of that length over the current transport. One that it does
   * not take would end the session.
   */
  fits(message: EngineMessage): boolean {
    // no unit takes more than three bytes, in base64 four
    return message.length * 4 < this.maxPayload || this.sizeOf(message) <= this.maxPayload;
  }

  /** Sends or queues one message without any conversion; ignored once closing. */
  transmit(data: EngineMessage, compress: boolean, onSent?: () => void): void {
    const { current, readyState } = this;
    if (readyState === "open" && current?.sendMessage && !onSent && !this.observed && this.queue.length === 0)
      current.sendMessage(data, compress);
    else if (readyState !== "closing") this.#enqueue({ type: "message", data, options: { compress }, onSent });
  }

  /**
   * Tells whether the server has been silent for too long, even if the timer has not fired, as after a suspension.
   * If so, the socket closes right after the current task, and what should not get lost must not be transmitted.
   */
  hasPingExpired(): boolean {
    const { readyState } = this;
    if (readyState !== "open") return readyState === "closed";
    const late = this.#isLate();
    if (late) queueMicrotask(() => this.finish("ping timeout"));
    return late;
  }

  /** Flushes, then closes with reason `forced close`; with `discard`, what is queued is dropped. Idempotent. */
  close(discard = false): this {
    if (discard || (!this.id && this.queue.length === 0)) this.finish("forced close", undefined, discard);
    else if (this.readyState !== "closing") {
      this.readyState = "closing";
      this.cancelUpgrade?.();
      this.flush();
      this.#finishWhenFlushed();
    }
    return this;
  }

  /** @internal For the transport, as what follows. */
  onMessage(message: EngineMessage): void {
    if (this.observed) {
      const data = inForm(message, this.binaryType);
      this.fire("packet", { type: "message", data });
      this.fire("heartbeat");
      this.fire("data", data);
      this.fire("message", data);
      if (this.readyState === "closed") return;
    }
    this.#consumer?.onMessage(message);
  }

  /** @internal */
  onPacket(packet: EngineControlPacket): void {
    this.fire("packet", packet);
    this.fire("heartbeat");
    if (packet.type === "open") this.#onHandshake(packet.data);
    else if (packet.type === "ping" && this.id) {
      this.#awaitPing();
      this.#enqueue({ type: "pong" });
      this.#consumer?.onPing?.();
      this.fire("ping");
      this.fire("pong");
    }
  }

  /** @internal */
  onWritable(): void {
    if (this.queue.length > 0) return this.flush();
    this.#consumer?.onDrain?.();
    this.fire("drain");
    this.#finishWhenFlushed();
  }

  /** @internal */
  onClose(reason: TransportCloseReason, cause?: Error): void {
    if (reason !== "transport close") this.fire("error", cause ?? new TransportError(reason));
    this.finish(reason, cause);
  }

  /** @internal Takes what comes over the transport. */
  protected use(transport: ClientTransport): void {
    this.current = transport;
    transport.bind(this);
  }

  /** @internal Hears of the transport no more. */
  protected detach(): ClientTransport | undefined {
    this.current?.bind(DEAF);
    return this.current;
  }

  /** @internal The server has opened the session. */
  protected onHandshake(_handshake: HandshakeData): void {}

  /** @internal How many packets from the front of the queue may leave together. */
  protected countFitting(): number {
    return this.queue.length;
  }

  /** @internal Bytes that data takes on the wire, its type included. */
  protected sizeOf(data: EngineMessage = ""): number {
    return typeof data === "string" ? 1 + utf8Length(data) : data.length;
  }

  /** @internal */
  protected flush(): void {
    const { current } = this;
    if (!this.id || !current?.writable || this.queue.length === 0) return;
    const batch = this.queue.splice(0, this.countFitting());
    current.send(batch);
    for (const { onSent } of batch) onSent?.();
    this.fire("flush");
  }

  /** @internal */
  protected finish(reason: string, cause?: unknown, abruptly = false): void {
    if (this.readyState === "closed") return;
    this.readyState = "closed";
    this.timer?.cancel();
    const transport = this.detach();
    if (abruptly) transport?.abort();
    else transport?.close();
    this.cancelUpgrade?.();
    this.#leavePage?.();
    this.queue = [];
    this.id = "";
    this.#consumer?.onClose(reason, cause);
    this.fire("close", reason, cause);
  }

  #onPageEvent(event: string): void {
    const { closeOnBeforeunload, hostname } = this.opts;
    if (event === "offline") {
      const cause = new TransportError("network connection lost");
      if (hostname !== "localhost") this.finish("transport close", cause, true);
    } else if (event !== "beforeunload") this.hasPingExpired();
    else if (closeOnBeforeunload) this.detach()?.close();
  }

  #onHandshake(json: string): void {
    if (this.id) return;
    // what it throws, the transport reports as a parse error
    const handshake = parseHandshake(json);
    this.fire("handshake", handshake);
    if (this.readyState === "closed") return;
    this.id = handshake.sid;
    this.maxPayload = handshake.maxPayload || Infinity;
    this.#silenceMs = handshake.pingInterval + handshake.pingTimeout;
    this.#awaitPing();
    if (this.readyState === "opening") {
      this.readyState = "open";
      this.#consumer?.onOpen();
    }
    // the consumer may have closed it
    if (this.#isOpen) this.fire("open");
    this.flush();
    if (this.#isOpen) this.onHandshake(handshake);
  }

  get #isOpen(): boolean {
    return this.readyState === "open";
  }

  /** Waits for the server's next ping (Engine.IO protocol, "Heartbeat"). */
  #awaitPing(): void {
    const { clock, autoUnref } = this.opts;
    this.timer?.cancel();
    this.#deadlineMs = clock.now() + this.#silenceMs;
    this.timer = clock.schedule(() => this.finish("ping timeout"), this.#silenceMs, autoUnref);
  }

  /** Whether the server has been silent for too long, even if no timer has told because the machine slept. */
  #isLate(): boolean {
    return this.opts.clock.now() > this.#deadlineMs;
  }

  #enqueue(packet: OutgoingPacket): void {
    if (this.readyState === "closed") return;
    this.fire("packetCreate", packet);
    this.queue.push(packet);
    if (this.current?.sendMessage) this.flush();
    // what one task sends shares one request
    else queueMicrotask(() => this.flush());
  }

  #finishWhenFlushed(): void {
    if (this.readyState === "closing" && this.queue.length === 0 && this.current?.writable) this.finish("forced close");
  }
}
