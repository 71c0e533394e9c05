import type {
  ClientEngineSocketHandler,
  EngineControlPacket,
  EngineMessage,
  EnginePacket,
  EngineReadyState,
  TransportCloseReason,
  TransportHandler,
} from "@halyard/contracts";
import { resolveFor, usableTransports, type ResolvedOptions } from "../options.ts";
import { DEAF, type ClientTransport, type TransportConstructor } from "../transports/transport.ts";
import { TransportError } from "../transports/transport-error.ts";
import type { Audience } from "./audience.ts";
import { parseHandshake } from "./handshake.ts";
import { Heartbeat } from "./heartbeat.ts";
import { watchPage } from "./page-events.ts";
import { SendQueue, type QueuedPacket } from "./send-queue.ts";
import { Upgrade, type UpgradeListener } from "./upgrade.ts";

/** Above this many bytes underway, a message that may be dropped should be. */
const HIGH_WATER_BYTES = 1024 * 1024;

type State =
  | { readonly name: "opening" }
  | { readonly name: "open"; readonly heartbeat: Heartbeat }
  /** Flushing. If it began before the handshake, there is no heartbeat until then. */
  | { readonly name: "closing"; readonly heartbeat?: Heartbeat }
  | { readonly name: "closed"; readonly reason: string; readonly cause: unknown };

type StreamTransport = ClientTransport & Required<Pick<ClientTransport, "sendMessage">>;

/** Whether the last connection of this process got through by WebSocket; see the option `rememberUpgrade`. */
let websocketWorked = false;

/** One connection: from the choice of a transport through handshake, heartbeats and upgrades to its end. */
export class Session implements TransportHandler, UpgradeListener {
  /** Empty before the handshake and after the end. */
  id = "";
  readonly options: ResolvedOptions;
  #state: State = { name: "opening" };
  /** The one in use, or used last. */
  transport: ClientTransport | undefined;
  /** The transport, while messages can go straight to it. */
  #stream: StreamTransport | undefined;
  #upgrade: Upgrade | undefined;
  /** Transports to try if the current one fails to connect; none once connected. */
  #untried: readonly TransportConstructor[] | undefined;
  #maxPayload = Infinity;
  #flushDue = false;
  readonly #queue = new SendQueue();
  readonly #audience: Audience;
  readonly #leavePage: (() => void) | undefined;

  constructor(options: ResolvedOptions, audience: Audience) {
    this.options = options;
    this.#audience = audience;
    const usable = usableTransports(options);
    this.#untried =
      options.given.rememberUpgrade && websocketWorked ? [...usable.filter(isWebSocketClass), ...usable] : usable;
    this.#leavePage = watchPage(
      options.host === "localhost" ? undefined : () => this.#onOffline(),
      options.given.closeOnBeforeunload ? () => this.#closeSilently() : undefined,
    );
    this.#connect();
  }

  /** Packets that wait for the transport. */
  get queued(): readonly QueuedPacket[] {
    return this.#queue.entries;
  }

  get readyState(): EngineReadyState {
    return this.#state.name;
  }

  get writable(): boolean {
    const state = this.#state;
    if (state.name !== "open" || state.heartbeat.expired || this.transport?.writable !== true) return false;
    return this.bufferedBytes < HIGH_WATER_BYTES;
  }

  get bufferedBytes(): number {
    return this.#queue.bytes + (this.transport?.bufferedBytes ?? 0);
  }

  bind(handler: ClientEngineSocketHandler): void {
    if (this.id !== "") handler.onOpen();
    this.#audience.bind(handler);
    const state = this.#state;
    if (state.name === "closed") handler.onClose(state.reason, state.cause);
  }

  transmit(message: EngineMessage, compress: boolean, onSent?: () => void): void {
    const stream = this.#stream;
    if (!stream || onSent !== undefined || this.#audience.observed)
      this.#enqueue({ type: "message", data: message }, compress, onSent);
    else stream.sendMessage(message, compress);
  }

  hasPingExpired(): boolean {
    const state = this.#state;
    if (state.name !== "open") return state.name === "closed";
    if (!state.heartbeat.expired) return false;
    queueMicrotask(() => this.#finish("ping timeout"));
    return true;
  }

  close(discard: boolean): void {
    const state = this.#state;
    if (state.name === "closed" || (state.name === "closing" && !discard)) return;
    if (discard || (this.id === "" && this.#queue.isEmpty)) return this.#finish("forced close", undefined, discard);
    this.#stream = undefined;
    this.#state = { ...state, name: "closing" };
    this.#upgrade?.cancel();
    this.#flush();
    this.#finishWhenFlushed();
  }

  onMessage(message: EngineMessage): void {
    if (this.#audience.observed) {
      this.#audience.emitReceived({ type: "message", data: message });
      if (this.#state.name === "closed") return;
    }
    if (!this.#audience.message(message)) this.#fail("nobody listens");
  }

  onPacket(packet: EngineControlPacket): void {
    if (this.#audience.observed) this.#audience.emitReceived(packet);
    if (packet.type === "open") this.#onOpenPacket(packet.data);
    else if (packet.type === "ping") this.#onPing();
  }

  onWritable(): void {
    if (!this.#queue.isEmpty) return this.#flush();
    this.#audience.notify("drain", (consumer) => consumer.onDrain?.());
    this.#finishWhenFlushed();
  }

  onClose(reason: TransportCloseReason, cause?: Error): void {
    if (reason !== "transport close") {
      websocketWorked = false;
      if (this.options.given.tryAllTransports && this.#untried?.length) return this.#connect();
      this.#audience.emit("error", cause ?? new TransportError(reason));
    }
    this.#finish(reason, cause);
  }

  onProbed({ candidate }: Upgrade): void {
    this.#audience.emit("upgrading", candidate);
  }

  onUpgraded({ candidate }: Upgrade): void {
    this.#upgrade = undefined;
    this.transport?.bind(DEAF);
    this.transport?.abort();
    this.#use(candidate);
    websocketWorked = candidate.name === "websocket";
    this.#audience.emit("upgrade", candidate);
    this.#flush();
  }

  onUpgradeFailed({ candidate }: Upgrade, cause: unknown): void {
    this.#upgrade = undefined;
    const error = new TransportError("probe error", cause);
    error.transport = candidate.name;
    this.#audience.emit("upgradeError", error);
  }

  #connect(): void {
    const [next, ...untried] = this.#untried ?? [];
    this.#untried = untried;
    // later, so that it can be listened to
    if (!next) return queueMicrotask(() => this.#fail("No transports available"));
    const transport = this.#create(next);
    this.#use(transport);
    transport.open();
  }

  #create(transport: TransportConstructor): ClientTransport {
    return new transport(resolveFor(transport.prototype.name, this.options), this.id);
  }

  #use(transport: ClientTransport): void {
    this.transport = transport;
    transport.bind(this);
  }

  #onOpenPacket(json: string): void {
    if (this.id !== "") return;
    // what it throws, the transport reports as a parse error
    const handshake = parseHandshake(json);
    const { sid, pingInterval, pingTimeout, maxPayload } = handshake;
    this.#audience.emit("handshake", handshake);
    if (this.#state.name === "closed") return;
    const { clock, background } = this.options;
    const silenceMs = pingInterval + pingTimeout;
    const heartbeat = new Heartbeat(clock, silenceMs, background, () => this.#finish("ping timeout"));
    this.id = sid;
    this.#untried = undefined;
    this.#maxPayload = maxPayload || Infinity;
    if (this.#state.name === "closing") {
      this.#state = { name: "closing", heartbeat };
      return this.#flush();
    }
    this.#state = { name: "open", heartbeat };
    websocketWorked = this.transport?.name === "websocket";
    this.#audience.notify("open", (consumer) => consumer.onOpen());
    this.#flush();
    this.#startUpgrade(handshake.upgrades);
  }

  #onPing(): void {
    const state = this.#state;
    if (state.name !== "open" && state.name !== "closing") return;
    state.heartbeat?.restart();
    this.#enqueue({ type: "pong" }, false);
    this.#audience.notify("ping", (consumer) => consumer.onPing?.());
    this.#audience.emit("pong");
  }

  /** Moves on to the first other transport that both ends have. */
  #startUpgrade(offered: readonly string[]): void {
    const current = this.transport;
    if (this.#state.name !== "open" || !current || this.options.given.upgrade === false) return;
    const better = usableTransports(this.options).find(
      ({ prototype: { name } }) => name !== current.name && offered.includes(name),
    );
    if (better) this.#upgrade = new Upgrade(this.#create(better), current, this);
  }

  #enqueue(packet: EnginePacket, compress: boolean, onSent?: () => void): void {
    const { name } = this.#state;
    if (name === "closed" || (name === "closing" && packet.type === "message")) return;
    if (this.#audience.observed) this.#audience.emit("packetCreate", { ...packet, options: { compress } });
    this.#queue.push(packet, compress, onSent);
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
    const transport = this.transport;
    if (this.id === "" || transport?.writable !== true) return;
    const stream = isStream(transport) ? transport : undefined;
    if (!this.#queue.isEmpty) {
      const batch = this.#queue.take(!stream ? this.#maxPayload : Infinity);
      if (!stream) transport.send(batch.map(({ packet }) => packet));
      else
        for (const { packet, compress } of batch)
          if (packet.type === "message") stream.sendMessage(packet.data, compress);
          else stream.send([packet]);
      for (const { onSent } of batch) this.#audience.run(() => onSent?.());
      this.#audience.emit("flush");
    }
    if (this.#state.name === "open" && this.#queue.isEmpty) this.#stream = stream;
  }

  #finishWhenFlushed(): void {
    if (this.#state.name === "closing" && this.#queue.isEmpty && this.transport?.writable) this.#finish("forced close");
  }

  #fail(message: string): void {
    this.onClose("transport error", new TransportError(message));
  }

  #onOffline(): void {
    const description = "network connection lost";
    this.#finish("transport close", new TransportError(description, description), true);
  }

  #closeSilently(): void {
    this.transport?.bind(DEAF);
    this.transport?.close();
  }

  #finish(reason: string, cause?: unknown, abruptly = false): void {
    const state = this.#state;
    if (state.name === "closed") return;
    if (state.name !== "opening") state.heartbeat?.stop();
    this.#state = { name: "closed", reason, cause };
    const transport = this.transport;
    transport?.bind(DEAF);
    if (abruptly) transport?.abort();
    else transport?.close();
    this.#upgrade?.cancel();
    this.#leavePage?.();
    this.#stream = undefined;
    this.#queue.clear();
    this.id = "";
    this.#audience.notify("close", (consumer) => consumer.onClose(reason, cause), reason, cause);
  }
}

function isStream(transport: ClientTransport): transport is StreamTransport {
  return transport.sendMessage !== undefined;
}

function isWebSocketClass(transport: TransportConstructor): boolean {
  return transport.prototype.name === "websocket";
}
