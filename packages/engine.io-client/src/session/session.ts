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
import { SendQueue } from "./send-queue.ts";
import { Upgrade, type UpgradeListener } from "./upgrade.ts";

/** Above this many bytes underway, a message that may be dropped should be. */
const HIGH_WATER_BYTES = 1024 * 1024;

type State =
  | { readonly name: "opening" }
  | { readonly name: "open"; readonly heartbeat: Heartbeat }
  /** Flushing. If it began before the handshake, there is no heartbeat until then. */
  | { readonly name: "closing"; readonly heartbeat?: Heartbeat }
  | { readonly name: "closed"; readonly reason: string; readonly cause: unknown };

const NONE: readonly Upgrade[] = [];

type StreamTransport = ClientTransport & Required<Pick<ClientTransport, "sendMessage">>;

/** Whether the last connection of this process got through by WebSocket; see the option `rememberUpgrade`. */
let websocketWorked = false;

/** One connection: from the choice of a transport through handshake, heartbeats and upgrades to its end. */
export class Session implements TransportHandler, UpgradeListener {
  /** Empty before the handshake and after the end. */
  id = "";
  #state: State = { name: "opening" };
  #transport: ClientTransport | undefined;
  /** The transport, while messages can go straight to it. */
  #stream: StreamTransport | undefined;
  #upgrades: readonly Upgrade[] = NONE;
  /** How many transports have failed to connect. */
  #failures = 0;
  #maxPayload = Infinity;
  #flushDue = false;
  readonly #queue = new SendQueue();
  readonly #options: ResolvedOptions;
  readonly #audience: Audience;
  readonly #leavePage: (() => void) | undefined;

  constructor(options: ResolvedOptions, audience: Audience) {
    this.#options = options;
    this.#audience = audience;
    this.#leavePage = watchPage(
      options.host === "localhost" ? undefined : () => this.#onOffline(),
      options.given.closeOnBeforeunload ? () => this.#closeSilently() : undefined,
    );
    this.#connect();
  }

  get readyState(): EngineReadyState {
    return this.#state.name;
  }

  get transport(): ClientTransport | undefined {
    return this.#transport;
  }

  get writable(): boolean {
    const state = this.#state;
    if (state.name !== "open" || state.heartbeat.expired || this.#transport?.writable !== true) return false;
    return this.bufferedBytes < HIGH_WATER_BYTES;
  }

  get bufferedBytes(): number {
    return this.#queue.bytes + (this.#transport?.bufferedBytes ?? 0);
  }

  bind(handler: ClientEngineSocketHandler): void {
    if (this.id !== "") handler.onOpen();
    this.#audience.bind(handler);
    const state = this.#state;
    if (state.name === "closed") handler.onClose(state.reason, state.cause);
  }

  transmit(message: EngineMessage, compress: boolean, onSent?: () => void): void {
    const stream = this.#stream;
    if (stream === undefined) return this.#enqueue({ type: "message", data: message }, compress, onSent);
    if (this.#audience.observed) this.#emitCreated({ type: "message", data: message }, compress);
    stream.sendMessage(message, compress);
    onSent?.();
    this.#audience.emit("flush");
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
    this.#cancelUpgrades();
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
    this.#audience.tell((handler) => handler.onDrain?.());
    this.#audience.emit("drain");
    this.#finishWhenFlushed();
  }

  onClose(reason: TransportCloseReason, cause?: Error): void {
    if (reason !== "transport close") {
      websocketWorked = false;
      if (this.#retry()) return;
      this.#audience.emit("error", cause ?? new TransportError(reason));
    }
    this.#finish(reason, cause);
  }

  onProbed(upgrade: Upgrade): void {
    this.#cancelUpgrades(upgrade);
    this.#audience.emit("upgrading", upgrade.candidate);
  }

  onUpgraded(transport: ClientTransport): void {
    this.#upgrades = NONE;
    this.#transport?.bind(DEAF);
    this.#transport?.abort();
    this.#use(transport);
    websocketWorked = transport.name === "websocket";
    this.#audience.emit("upgrade", transport);
    this.#flush();
  }

  onUpgradeFailed(upgrade: Upgrade, cause: unknown): void {
    this.#upgrades = this.#upgrades.filter((other) => other !== upgrade);
    const error = new TransportError("probe error", cause);
    error.transport = upgrade.candidate.name;
    this.#audience.emit("upgradeError", error);
  }

  #connect(): void {
    const { given } = this.#options;
    const usable = usableTransports(this.#options);
    const remembered = given.rememberUpgrade && websocketWorked ? usable.find(isWebSocketClass) : undefined;
    const choice = remembered ?? usable[this.#failures];
    // later, so that it can be listened to
    if (choice === undefined) return queueMicrotask(() => this.#fail("No transports available"));
    this.#use(this.#create(choice));
    this.#transport?.open();
  }

  /** Tries the next transport, if there is one and none has connected yet. */
  #retry(): boolean {
    const { length } = usableTransports(this.#options);
    if (this.id || !this.#options.given.tryAllTransports || ++this.#failures >= length) return false;
    this.#connect();
    return true;
  }

  #create(transport: TransportConstructor): ClientTransport {
    return new transport(resolveFor(transport.prototype.name, this.#options), this.id);
  }

  #use(transport: ClientTransport): void {
    this.#transport = transport;
    transport.bind(this);
  }

  #onOpenPacket(json: string): void {
    if (this.id !== "") return;
    // what it throws, the transport reports as a parse error
    const handshake = parseHandshake(json);
    const { sid, pingInterval, pingTimeout, maxPayload } = handshake;
    this.#audience.emit("handshake", handshake);
    if (this.#state.name === "closed") return;
    const { clock, background } = this.#options;
    const silenceMs = pingInterval + pingTimeout;
    const heartbeat = new Heartbeat(clock, silenceMs, background, () => this.#finish("ping timeout"));
    this.id = sid;
    this.#maxPayload = maxPayload || Infinity;
    if (this.#state.name === "closing") {
      this.#state = { name: "closing", heartbeat };
      return this.#flush();
    }
    this.#state = { name: "open", heartbeat };
    websocketWorked = this.#transport?.name === "websocket";
    this.#audience.tell((handler) => handler.onOpen());
    this.#audience.emit("open");
    this.#flush();
    this.#startUpgrades(handshake.upgrades);
  }

  #onPing(): void {
    const state = this.#state;
    if (state.name !== "open" && state.name !== "closing") return;
    state.heartbeat?.restart();
    this.#enqueue({ type: "pong" }, false);
    this.#audience.tell((handler) => handler.onPing?.());
    this.#audience.emit("ping");
    this.#audience.emit("pong");
  }

  #startUpgrades(names: readonly string[]): void {
    const current = this.#transport;
    if (this.#state.name !== "open" || current === undefined || this.#options.given.upgrade === false) return;
    this.#upgrades = usableTransports(this.#options)
      .filter(({ prototype: { name } }) => names.includes(name) && name !== current.name)
      .map((candidate) => new Upgrade(this.#create(candidate), current, this));
  }

  #cancelUpgrades(except?: Upgrade): void {
    const upgrades = this.#upgrades;
    this.#upgrades = except === undefined ? NONE : [except];
    for (const upgrade of upgrades) if (upgrade !== except) upgrade.cancel();
  }

  #enqueue(packet: EnginePacket, compress: boolean, onSent?: () => void): void {
    const { name } = this.#state;
    if (name === "closed" || (name === "closing" && packet.type === "message")) return;
    if (this.#audience.observed) this.#emitCreated(packet, compress);
    this.#queue.push(packet, compress, onSent);
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
    if (this.id === "" || transport?.writable !== true) return;
    const stream = isStream(transport) ? transport : undefined;
    if (!this.#queue.isEmpty) {
      const batch = this.#queue.take(stream === undefined ? this.#maxPayload : Infinity);
      if (stream === undefined) transport.send(batch.map(({ packet }) => packet));
      else
        for (const { packet, compress } of batch)
          if (packet.type === "message") stream.sendMessage(packet.data, compress);
          else stream.send([packet]);
      for (const { onSent } of batch) onSent?.();
      this.#audience.emit("flush");
    }
    if (this.#state.name === "open" && this.#queue.isEmpty) this.#stream = stream;
  }

  #emitCreated(packet: EnginePacket, compress: boolean): void {
    this.#audience.emit("packetCreate", { ...packet, options: { compress } });
  }

  #finishWhenFlushed(): void {
    if (this.#state.name === "closing" && this.#queue.isEmpty && this.#transport?.writable)
      this.#finish("forced close");
  }

  #fail(message: string): void {
    this.onClose("transport error", new TransportError(message));
  }

  #onOffline(): void {
    const description = "network connection lost";
    this.#finish("transport close", new TransportError(description, description), true);
  }

  #closeSilently(): void {
    this.#transport?.bind(DEAF);
    this.#transport?.close();
  }

  #finish(reason: string, cause?: unknown, abruptly = false): void {
    const state = this.#state;
    if (state.name === "closed") return;
    if (state.name !== "opening") state.heartbeat?.stop();
    this.#state = { name: "closed", reason, cause };
    const transport = this.#transport;
    transport?.bind(DEAF);
    if (abruptly) transport?.abort();
    else transport?.close();
    this.#cancelUpgrades();
    this.#leavePage?.();
    this.#stream = undefined;
    this.#queue.clear();
    this.id = "";
    this.#audience.tell((handler) => handler.onClose(reason, cause));
    this.#audience.emit("close", reason, cause);
  }
}

function isStream(transport: ClientTransport): transport is StreamTransport {
  return transport.sendMessage !== undefined;
}

function isWebSocketClass(transport: TransportConstructor): boolean {
  return transport.prototype.name === "websocket";
}
