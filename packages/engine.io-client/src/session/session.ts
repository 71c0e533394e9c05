import type {
  ClientEngineSocket,
  ClientEngineSocketHandler,
  EngineControlPacket,
  EngineMessage,
  EnginePacket,
  EngineReadyState,
  EventParams,
  Timer,
  TransportCloseReason,
  TransportName,
} from "@halyard/contracts";
import { Emitter, MAX_DELAY_MS, throwLater } from "@halyard/core";
import type { PacketInfo, SocketEvents } from "../events.ts";
import { createTransport, usableTransports, type BinaryType, type ResolvedOptions } from "../options.ts";
import { DEAF, type ClientTransport, type TransportConstructor } from "../transports/transport.ts";
import { TransportError } from "../transports/transport-error.ts";
import { parseHandshake, type HandshakeData } from "./handshake.ts";
import { inForm } from "./incoming-data.ts";
import { watchPage } from "./page-events.ts";
import { countFitting, payloadBytes, type QueuedPacket } from "./send-queue.ts";

/** Above this many bytes underway, a message that may be dropped should be; and so many are kept for a consumer to come. */
const MEBIBYTE = 1024 * 1024;

type StreamTransport = ClientTransport & Required<Pick<ClientTransport, "sendMessage">>;

/** Before a transport has been found. */
const NO_TRANSPORT = { name: "" } as const;

/** Whether the last connection of this process got through by WebSocket; see the option `rememberUpgrade`. */
let websocketWorked = false;

/**
 * One connection: from the choice of a transport through handshake, heartbeats and upgrades to its end. Those who hear of
 * it are one bound consumer, and whoever listens to events. What they throw surfaces as uncaught errors do, after
 * the session has finished what it was doing.
 */
export class Session extends Emitter<SocketEvents> implements ClientEngineSocket {
  /** Given by the server; empty before `open` and after `close`. */
  id = "";
  /** The form in which `message` events bring binary. @defaultValue "nodebuffer" in Node.js, else "arraybuffer" */
  declare binaryType: BinaryType;
  /** The options in use, with what the URI and the page say about the server. */
  declare readonly opts: ResolvedOptions;
  /** `closing` is flushing. If it began before the handshake, the server is yet to be heard of. */
  #state: EngineReadyState = "opening";
  /** Why the session is closed, once it is. */
  #end: readonly [reason: string, cause: unknown] | undefined;
  #transport: ClientTransport | undefined;
  /** The transport, while messages can go straight to it. */
  #stream: StreamTransport | undefined;
  #cancelUpgrade: (() => unknown) | undefined;
  /** Transports to try if the current one fails to connect; none once connected. */
  #untried: readonly TransportConstructor[];
  /** Of the current transport's turn, then of the heartbeat. */
  #timer: Timer | undefined;
  #silenceMs = 0;
  /** By the wall clock: the monotonic one of some systems stands still while the machine sleeps. */
  #deadlineMs = Infinity;
  #maxPayload = Infinity;
  #queue: QueuedPacket[] = [];
  #queuedBytes = 0;
  #flushDue = false;
  #consumer: ClientEngineSocketHandler | undefined;
  /** Messages that came before the consumer. */
  #early: EngineMessage[] | undefined;
  #earlyBytes = 0;
  readonly #leavePage: (() => void) | undefined;

  constructor(opts: ResolvedOptions) {
    super();
    this.opts = opts;
    this.binaryType = opts.platform.binaryType;
    const usable = usableTransports(opts);
    this.#untried = opts.rememberUpgrade && websocketWorked ? [...usable.filter(isWebSocketClass), ...usable] : usable;
    this.#leavePage = watchPage((event) => this.#onPageEvent(event), opts.closeOnBeforeunload);
    this.#connect();
  }

  /** Where the session is in its life. */
  get readyState(): EngineReadyState {
    return this.#state;
  }

  /** The transport in use, or used last. */
  get transport(): { readonly name: TransportName } & Partial<Pick<ClientTransport, "query" | "writable">> {
    return this.#transport ?? NO_TRANSPORT;
  }

  get writable(): boolean {
    const open = this.#state === "open" && this.#transport?.writable === true;
    return open && !this.#isLate() && this.bufferedBytes < MEBIBYTE;
  }

  get bufferedBytes(): number {
    return this.#queuedBytes + (this.#transport?.bufferedBytes ?? 0);
  }

  /** What has not been handed to a transport yet. */
  get writeBuffer(): readonly PacketInfo[] {
    return this.#queue;
  }

  /** Hands everything that happens to one consumer, besides listeners of events. */
  bind(consumer: ClientEngineSocketHandler): void {
    if (this.id) consumer.onOpen();
    this.#consumer = consumer;
    this.#early?.forEach((message) => this.#deliver(consumer, message));
    this.#early = undefined;
    if (this.#end) consumer.onClose(...this.#end);
  }

  /**
   * Whether the server, as far as it has said, takes a message of that length over the current transport. One that it does
   * not take would end the session.
   */
  fits(data: EngineMessage): boolean {
    const limit = this.#maxPayload;
    const bytes = (): number =>
      typeof data !== "string" && this.#transport?.sendMessage ? data.length : payloadBytes({ type: "message", data });
    return data.length * 4 < limit || bytes() <= limit;
  }

  /** Sends or queues one message without any conversion; ignored once closing. */
  transmit(message: EngineMessage, compress: boolean, onSent?: () => void): void {
    const stream = this.#stream;
    if (stream && !onSent && !this.observed) stream.sendMessage(message, compress);
    else if (this.#state !== "closing") this.#enqueue({ type: "message", data: message }, compress, onSent);
  }

  /**
   * Tells whether the server has been silent for too long, even if the timer has not fired, as after a suspension.
   * If so, the socket closes right after the current task, and what should not get lost must not be transmitted.
   */
  hasPingExpired(): boolean {
    const state = this.#state;
    if (state !== "open") return state === "closed";
    const late = this.#isLate();
    if (late) queueMicrotask(() => this.#finish("ping timeout"));
    return late;
  }

  /** Flushes, then closes with reason `forced close`; with `discard`, what is queued is dropped. Idempotent. */
  close(discard = false): this {
    const state = this.#state;
    if (discard || (!this.id && this.#queue.length === 0)) this.#finish("forced close", undefined, discard);
    else if (state !== "closing") {
      this.#stream = undefined;
      this.#state = "closing";
      this.#cancelUpgrade?.();
      this.#flush();
      this.#finishWhenFlushed();
    }
    return this;
  }

  #onMessage(data: EngineMessage): void {
    const { observed } = this;
    if (observed) this.#showReceived({ type: "message", data });
    if (this.#state === "closed") return;
    if (this.#consumer) return this.#deliver(this.#consumer, data);
    // who listens to events has come, and may do without a consumer
    if (observed) return;
    (this.#early ??= []).push(data);
    this.#earlyBytes += data.length;
    if (this.#earlyBytes > MEBIBYTE) this.#fail("nobody listens");
  }

  #onPacket(packet: EngineControlPacket): void {
    if (this.observed) this.#showReceived(packet);
    if (packet.type === "open") this.#onHandshake(packet.data);
    else if (packet.type === "ping" && this.id) {
      this.#awaitPing();
      this.#enqueue({ type: "pong" }, false);
      run(() => this.#consumer?.onPing?.());
      this.#emit("ping");
      this.#emit("pong");
    }
  }

  #onWritable(): void {
    if (this.#queue.length > 0) return this.#flush();
    run(() => this.#consumer?.onDrain?.());
    this.#emit("drain");
    this.#finishWhenFlushed();
  }

  #onClose(reason: TransportCloseReason, cause?: Error): void {
    if (!this.id || reason !== "transport close") websocketWorked = false;
    if (this.#mayFallBack()) return this.#connect();
    if (reason !== "transport close") this.#emit("error", cause ?? new TransportError(reason));
    this.#finish(reason, cause);
  }

  /** What blocks WebSocket seldom blocks polling; where polling fails, WebSocket seldom works. */
  #mayFallBack(): boolean {
    return this.#untried.length > 0 && (this.opts.tryAllTransports ?? this.transport.name !== "polling");
  }

  #onPageEvent(event: string): void {
    const { closeOnBeforeunload, hostname } = this.opts;
    if (event === "offline") {
      const cause = new TransportError("network connection lost");
      if (hostname !== "localhost") this.#finish("transport close", cause, true);
    } else if (event !== "beforeunload") this.hasPingExpired();
    else if (closeOnBeforeunload) this.#detach()?.close();
  }

  #connect(): void {
    const [next, ...untried] = this.#untried;
    this.#untried = untried;
    // later, so that it can be listened to
    if (!next) return queueMicrotask(() => this.#fail("No transports available"));
    const { clock, autoUnref, fallbackTimeout = 5_000 } = this.opts;
    const transport = createTransport(next, this.opts, "");
    this.#timer?.cancel();
    this.#use(transport);
    if (this.#mayFallBack()) this.#timer = clock.schedule(() => transport.abort(), fallbackTimeout, autoUnref);
    transport.open();
  }

  #use(transport: ClientTransport): void {
    this.#transport = transport;
    transport.bind({
      onMessage: (message) => this.#onMessage(message),
      onPacket: (packet) => this.#onPacket(packet),
      onWritable: () => this.#onWritable(),
      onClose: (reason, cause) => this.#onClose(reason, cause),
    });
  }

  #onHandshake(json: string): void {
    if (this.id) return;
    // what it throws, the transport reports as a parse error
    const handshake = parseHandshake(json);
    this.#emit("handshake", handshake);
    if (this.#state === "closed") return;
    this.id = handshake.sid;
    this.#untried = [];
    this.#maxPayload = handshake.maxPayload || Infinity;
    this.#silenceMs = Math.min(handshake.pingInterval + handshake.pingTimeout, MAX_DELAY_MS);
    this.#awaitPing();
    if (this.#state === "closing") return this.#flush();
    this.#state = "open";
    this.#noteTransport();
    run(() => this.#consumer?.onOpen());
    this.#emit("open");
    this.#flush();
    this.#upgrade(handshake);
  }

  /** Waits for the server's next ping (Engine.IO protocol, "Heartbeat"). */
  #awaitPing(): void {
    const { clock, autoUnref } = this.opts;
    this.#timer?.cancel();
    this.#deadlineMs = clock.now() + this.#silenceMs;
    this.#timer = clock.schedule(() => this.#finish("ping timeout"), this.#silenceMs, autoUnref);
  }

  /** Whether the server has been silent for too long, even if no timer has told because the machine slept. */
  #isLate(): boolean {
    return this.opts.clock.now() > this.#deadlineMs;
  }

  #noteTransport(): void {
    websocketWorked = this.transport.name === "websocket";
  }

  #upgrade(handshake: HandshakeData): void {
    const current = this.#transport;
    if (this.#state !== "open" || !current) return;
    this.#cancelUpgrade = this.opts.platform.startUpgrade?.(current, handshake, this.opts, {
      onProbed: (candidate) => this.#emit("upgrading", candidate),
      onUpgraded: (candidate) => {
        // it holds the former transport
        this.#cancelUpgrade = undefined;
        this.#detach()?.abort();
        this.#use(candidate);
        this.#noteTransport();
        this.#emit("upgrade", candidate);
        this.#flush();
      },
      onUpgradeFailed: (error) => this.#emit("upgradeError", error),
    });
  }

  #enqueue(packet: EnginePacket, compress: boolean, onSent?: () => void): void {
    if (this.#state === "closed") return;
    const queued = { ...packet, options: { compress }, onSent };
    this.#emit("packetCreate", queued);
    this.#queue.push(queued);
    this.#queuedBytes += payloadBytes(packet);
    if (this.#stream) return this.#flush();
    if (this.#flushDue) return;
    this.#flushDue = true;
    // what one task sends shares one request
    queueMicrotask(() => {
      this.#flushDue = false;
      this.#flush();
    });
  }

  #flush(): void {
    const transport = this.#transport;
    if (!this.id || !transport?.writable) return;
    const stream = isStream(transport) ? transport : undefined;
    const queue = this.#queue;
    if (queue.length > 0) {
      const batch = queue.splice(0, stream ? queue.length : countFitting(queue, this.#maxPayload));
      for (const packet of batch) this.#queuedBytes -= payloadBytes(packet);
      if (!stream) transport.send(batch);
      else
        for (const packet of batch)
          if (packet.type === "message") stream.sendMessage(packet.data, packet.options.compress);
          else stream.send([packet]);
      for (const { onSent } of batch) run(() => onSent?.());
      this.#emit("flush");
    }
    if (this.#state === "open" && queue.length === 0) this.#stream = stream;
  }

  #finishWhenFlushed(): void {
    if (this.#state === "closing" && this.#queue.length === 0 && this.#transport?.writable)
      this.#finish("forced close");
  }

  #fail(message: string): void {
    this.#onClose("transport error", new TransportError(message));
  }

  /** Hears of the transport no more. */
  #detach(): ClientTransport | undefined {
    this.#transport?.bind(DEAF);
    return this.#transport;
  }

  #finish(reason: string, cause?: unknown, abruptly = false): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#end = [reason, cause];
    this.#timer?.cancel();
    const transport = this.#detach();
    if (abruptly) transport?.abort();
    else transport?.close();
    this.#cancelUpgrade?.();
    this.#leavePage?.();
    this.#stream = undefined;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.id = "";
    run(() => this.#consumer?.onClose(reason, cause));
    this.#emit("close", reason, cause);
  }

  #deliver(consumer: ClientEngineSocketHandler, message: EngineMessage): void {
    try {
      consumer.onMessage(message);
    } catch (error) {
      throwLater(error);
    }
  }

  /** Emits the events of one packet that has come in. */
  #showReceived(packet: EnginePacket): void {
    if (packet.type !== "message") {
      this.#emit("packet", packet);
      return this.#emit("heartbeat");
    }
    const data = inForm(packet.data, this.binaryType);
    this.#emit("packet", { type: "message", data });
    this.#emit("heartbeat");
    this.#emit("data", data);
    this.#emit("message", data);
  }

  #emit<Event extends keyof SocketEvents>(event: Event, ...args: EventParams<SocketEvents, Event>): void {
    run(() => this.emit(event, ...args));
  }
}

/** Calls something of the application's. */
function run(action: () => void): void {
  try {
    action();
  } catch (error) {
    throwLater(error);
  }
}

function isStream(transport: ClientTransport): transport is StreamTransport {
  return transport.sendMessage !== undefined;
}

function isWebSocketClass(transport: TransportConstructor): boolean {
  return transport.prototype.name === "websocket";
}
