import type {
  EngineCloseReason,
  EngineControlPacket,
  EngineMessage,
  EnginePacket,
  EngineReadyState,
  EngineSocketHandler,
  ServerEngineSocket,
  Timer,
  TransportCloseReason,
  Untyped,
} from "@halyard/contracts";
import { codedError, hasCode } from "@halyard/core";
import type { UpgradeFailure } from "@halyard/diagnostics";
import { publishUpgrade, publishUpgradeFailure } from "../diagnostics.ts";
import { PollingTransport } from "../transports/polling.ts";
import { SLOW_CONSUMER, type ServerTransport, type ServerTransportHandler } from "../transports/server-transport.ts";
import type { EngineRequest } from "./handshake-record.ts";
import type { HeaderStore } from "./header-store.ts";
import { Heartbeat, type HeartbeatPeer } from "./heartbeat.ts";
import type { SessionContext, SessionOrigin } from "./session-context.ts";
import { SessionOutput } from "./session-output.ts";
import { Upgrade, type UpgradeOwner } from "./upgrade.ts";

/** Only the closing state has something of its own: a session in any other shares its object with all the rest. */
type State =
  | { readonly name: "opening" }
  | { readonly name: "open" }
  | { readonly name: "closing"; readonly reason: EngineCloseReason; readonly deadline: Timer }
  | { readonly name: "closed" };

const OPENING: State = { name: "opening" };
const OPEN: State = { name: "open" };
const CLOSED: State = { name: "closed" };

/**
 * One client's session: it outlives transport upgrades, keeps what cannot be sent yet, watches over the heartbeat and ends
 * once. Exported to applications as `Socket`.
 */
export class Session
  extends SessionOutput<SessionContext<Session>>
  implements ServerEngineSocket<EngineRequest>, ServerTransportHandler, HeartbeatPeer, UpgradeOwner
{
  readonly #heartbeat: Heartbeat;
  #state: State = OPENING;
  #handler: EngineSocketHandler | undefined;
  #upgrade: Upgrade | undefined;
  #isUpgraded = false;
  #readingHolds = 0;

  constructor(origin: SessionOrigin, transport: ServerTransport, context: SessionContext<Session>) {
    super(origin, transport, context);
    this.#heartbeat = new Heartbeat(this, origin.protocol, context.heartbeat);
    transport.bind(this);
  }

  override get readyState(): EngineReadyState {
    return this.#state.name;
  }

  /** The server that the session belongs to, whose type is that of `Socket`. */
  get server(): Untyped {
    return this.context.server;
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

  get receivedBytes(): number {
    return this.transport.receivedBytes;
  }

  /** Sends the handshake. Called once, before anything else. */
  open(handshakeJson: string, initialPacket: EngineMessage | undefined): void {
    this.#state = OPEN;
    this.sendPacket({ type: "open", data: handshakeJson }, true);
    if (initialPacket !== undefined) this.transmit(initialPacket, true);
    this.#heartbeat.start();
  }

  bind(handler: EngineSocketHandler): void {
    this.#handler = handler;
  }

  close(discard = false): void {
    const canWait = !discard || (this.transport.stream !== undefined && this.bufferedBytes === 0);
    if (canWait) {
      if (this.#enterClosing("forced close")) this.transport.close();
    } else if (this.#state.name === "closing") this.#end(this.#state.reason);
    else if (this.#state.name === "open") this.#end("forced close");
  }

  /**
   * As `close`, because the server goes away; does not wait for a client that is not polling and misses nothing, unless it has
   * stopped polling to upgrade: then it would hear of the end from nobody.
   */
  shutDown(reason: EngineCloseReason): void {
    const transport = this.transport;
    const isIdle = transport.stream === undefined && !transport.writable && this.bufferedBytes === 0;
    this.#enterClosing(reason);
    if (isIdle && this.#upgrade === undefined) this.#end(reason);
    else transport.shutDown();
  }

  reject(cause: Error): void {
    if (this.#state.name !== "closed") this.#endPolitely("parse error", cause);
  }

  pauseReading(): () => void {
    if (this.#readingHolds++ === 0) this.transport.pauseReading();
    let isHolding = true;
    return () => {
      if (!isHolding) return;
      isHolding = false;
      if (--this.#readingHolds === 0) this.transport.resumeReading();
    };
  }

  /** Tries to move the session to another transport; ends the transport if that is not possible now. */
  beginUpgrade(next: ServerTransport): void {
    const from = this.#pollingTransport;
    if (from === undefined || !this.canUpgrade) next.close();
    else this.#upgrade = new Upgrade(this, from, next, this.context.upgrade);
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
    this.flush();
    this.#upgrade?.onIdlePoll();
  }

  override onFlushed(afterWait: boolean): void {
    super.onFlushed(afterWait);
    if (afterWait) this.#handler?.onDrain?.();
  }

  onClose(reason: TransportCloseReason, cause?: Error): void {
    if (this.#state.name === "closing") this.#finish(this.#state.reason);
    else this.#finish(hasCode(cause, SLOW_CONSUMER) ? "slow consumer" : reason, cause);
  }

  sendPing(): void {
    this.sendPacket({ type: "ping" }, false);
  }

  onSilence(): void {
    this.#end("ping timeout");
  }

  onUpgrading(next: ServerTransport): void {
    this.announce("upgrading", next);
  }

  onUpgradeFailed(reason: UpgradeFailure): void {
    if (this.#upgrade !== undefined) publishUpgradeFailure(this.id, this.#upgrade, reason);
    this.#upgrade = undefined;
  }

  onUpgraded(next: ServerTransport): void {
    const previous = this.#pollingTransport;
    if (this.#upgrade !== undefined) publishUpgrade(this.id, this.#upgrade);
    this.#upgrade = undefined;
    this.replaceTransport(next);
    this.#isUpgraded = true;
    next.bind(this);
    previous?.bind(IGNORE);
    previous?.release();
    previous?.abort();
    this.announce("upgrade", next);
    this.startStream();
    if (this.#state.name === "closing") {
      if (this.#state.reason === "forced close") next.close();
      else next.shutDown();
    } else if (this.#readingHolds > 0) next.pauseReading();
    else next.resumeReading();
  }

  get #pollingTransport(): PollingTransport | undefined {
    return this.transport instanceof PollingTransport ? this.transport : undefined;
  }

  #onHeartbeat(type: "ping" | "pong"): void {
    if ((type === "ping") !== (this.protocol === 3)) {
      this.#endPolitely("transport error", codedError("BAD_HEARTBEAT", "invalid heartbeat direction"));
      return;
    }
    if (type === "pong") this.#heartbeat.onPong();
    else {
      this.#heartbeat.onPing();
      if (!this.owesPong) this.sendPacket({ type: "pong" }, false);
    }
    this.announce("heartbeat");
  }

  #enterClosing(reason: EngineCloseReason): boolean {
    if (this.#state.name !== "open") return false;
    this.#heartbeat.stop();
    // a client that does not poll may have vanished; one that misses nothing is not waited for as long
    const { closeTimeoutMs, pollCloseTimeoutMs } = this.context;
    const isOwed = this.transport.stream !== undefined || this.bufferedBytes > 0;
    const waitMs = isOwed ? pollCloseTimeoutMs : Math.min(closeTimeoutMs, pollCloseTimeoutMs);
    const deadline = this.context.heartbeat.clock.schedule(() => this.#end(reason), waitMs, true);
    this.#state = { name: "closing", reason, deadline };
    return true;
  }

  /** Ends the session and its transport at once. */
  #end(reason: EngineCloseReason, cause?: Error): void {
    const transport = this.transport;
    this.#finish(reason, cause);
    transport.abort(cause);
  }

  /** Ends the session at once, for what its client has done; a connection is closed as the client expects it. */
  #endPolitely(reason: EngineCloseReason, cause: Error): void {
    const transport = this.transport;
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
    if (this.#upgrade !== undefined) this.onUpgradeFailed("session over");
    this.endOutput();
    this.context.onClosed(this, reason, cause);
    this.guard(() => this.#handler?.onClose(reason, cause));
    this.announce("close", reason, cause); // whose listeners may look at what was not sent
    this.dropQueued();
  }

  #announceMessage(message: EngineMessage): void {
    if (this.listenerCount("packet") > 0) this.announce("packet", { type: "message", data: message });
    this.announce("data", message);
    this.announce("message", message);
  }

  protected override stopSending(): void {
    this.#enterClosing("slow consumer");
  }

  protected override giveUp(cause: Error): void {
    this.#end("slow consumer", cause);
  }

  protected override tellDrain(): void {
    this.context.onDrain(this);
  }

  protected override tellFlush(packets: readonly EnginePacket[]): void {
    this.context.onFlush(this, packets);
  }

  protected override get headerStore(): HeaderStore {
    return this.context.headerStore;
  }

  protected override report(error: unknown): void {
    this.context.report(error, this);
  }
}

/** For a transport that has been replaced. */
const IGNORE: ServerTransportHandler = {
  onMessage: () => {},
  onPacket: () => {},
  onWritable: () => {},
  onClose: () => {},
};
