import type {
  ClientEngineSocketHandler,
  EngineControlPacket,
  EngineMessage,
  EnginePacket,
  EngineReadyState,
  TransportCloseReason,
  TransportHandler,
} from "@halyard/contracts";
import { toError } from "@halyard/core";
import type { ResolvedOptions } from "../options.ts";
import { DEAF, type ClientTransport, type TransportConstructor } from "../transports/transport.ts";
import { TransportError } from "../transports/transport-error.ts";
import type { Audience } from "./audience.ts";
import { parseHandshake, type HandshakeData } from "./handshake.ts";
import { Heartbeat } from "./heartbeat.ts";
import { onBeforeUnload, onOffline } from "./page-events.ts";
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
  #upgrades: readonly Upgrade[] = [];
  #maxPayload = Infinity;
  #flushDue = false;
  readonly #queue = new SendQueue();
  readonly #options: ResolvedOptions;
  readonly #candidates: TransportConstructor[];
  readonly #audience: Audience;
  readonly #undo: (() => void)[] = [];

  constructor(options: ResolvedOptions, audience: Audience) {
    const { hostname, transports, given } = options;
    this.#options = options;
    this.#audience = audience;
    this.#candidates = [...transports];
    const remembered = given.rememberUpgrade && websocketWorked ? transports.find(isWebSocketClass) : undefined;
    if (remembered !== undefined) this.#candidates.unshift(remembered);
    if (hostname !== "localhost") this.#undo.push(onOffline(() => this.#onOffline()));
    if (given.closeOnBeforeunload) this.#undo.push(onBeforeUnload(() => this.#closeSilently()));
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
    if (this.#audience.observed) this.#audience.emit("flush");
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
    this.#audience.message(message);
  }

  onPacket(packet: EngineControlPacket): void {
    if (this.#audience.observed) this.#audience.emitReceived(packet);
    if (packet.type === "open") this.#onOpenPacket(packet.data);
    else if (packet.type === "ping") this.#onPing();
  }

  onWritable(): void {
    if (!this.#queue.isEmpty) return this.#flush();
    this.#audience.tell((handler) => handler.onDrain?.());
    if (this.#audience.observed) this.#audience.emit("drain");
    this.#finishWhenFlushed();
  }

  onClose(reason: TransportCloseReason, cause?: Error): void {
    if (reason !== "transport close") {
      websocketWorked = false;
      if (this.id === "" && this.#options.given.tryAllTransports && this.#candidates.length > 0) return this.#connect();
      this.#audience.emit("error", cause ?? new TransportError(reason));
    }
    this.#finish(reason, cause);
  }

  onProbed(upgrade: Upgrade): void {
    this.#cancelUpgrades(upgrade);
    this.#audience.emit("upgrading", upgrade.candidate);
  }

  onUpgraded(transport: ClientTransport): void {
    this.#upgrades = [];
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
    const candidate = this.#candidates.shift();
    if (candidate === undefined) {
      // later, so that it can be listened to
      queueMicrotask(() => this.onClose("transport error", new TransportError("No transports available")));
      return;
    }
    this.#use(this.#create(candidate));
    this.#transport?.open();
  }

  #create(transport: TransportConstructor): ClientTransport {
    return new transport(this.#options, this.id);
  }

  #use(transport: ClientTransport): void {
    this.#transport = transport;
    transport.bind(this);
  }

  #onOpenPacket(json: string): void {
    if (this.id !== "") return;
    let handshake: HandshakeData;
    try {
      handshake = parseHandshake(json);
    } catch (error) {
      return this.onClose("parse error", toError(error));
    }
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
    this.#upgrades = this.#options.transports
      .filter(({ prototype: { name } }) => names.includes(name) && name !== current.name)
      .map((candidate) => new Upgrade(this.#create(candidate), current, this));
  }

  #cancelUpgrades(except?: Upgrade): void {
    const upgrades = this.#upgrades;
    this.#upgrades = except === undefined ? [] : [except];
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
    for (const undo of this.#undo) undo();
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
