import type { EngineMessage, TransportCloseReason } from "@halyard/contracts";
import { createTransport, usableTransports, type ResolvedOptions } from "../options.ts";
import { TransportError } from "../transports/transport-error.ts";
import type { TransportConstructor } from "../transports/transport.ts";
import type { HandshakeData } from "./handshake.ts";
import { Session } from "./session.ts";

/** Whether the last connection of this process got through by WebSocket; see the option `rememberUpgrade`. */
let websocketWorked = false;

/** A session that chooses its transport: falls back to the next one where one does not get through, and moves on to a better one. */
export class UpgradingSession extends Session {
  /** Transports to try if the current one fails to connect. */
  #untried: readonly TransportConstructor[];
  #failure: Error | undefined;

  constructor(opts: ResolvedOptions) {
    super(opts);
    const usable = usableTransports(opts);
    this.#untried = opts.rememberUpgrade && websocketWorked ? [...usable.filter(isWebSocketClass), ...usable] : usable;
    this.#connectNext();
  }

  /** @internal */
  override onClose(reason: TransportCloseReason, cause?: Error): void {
    if (!this.id || reason !== "transport close") websocketWorked = false;
    if (this.id) return super.onClose(reason, cause);
    // who hears of the last failure can tell what was before
    if (cause) cause.cause ??= this.#failure;
    this.#failure = cause;
    if (this.#mayFallBack()) this.#connectNext();
    else super.onClose(reason, cause);
  }

  /** @internal */
  protected override onHandshake(handshake: HandshakeData): void {
    const { current, opts } = this;
    this.#noteTransport();
    this.cancelUpgrade =
      current &&
      opts.platform.startUpgrade?.(current, handshake, opts, {
        onProbed: (candidate) => this.fire("upgrading", candidate),
        onUpgraded: (candidate) => {
          // it holds the former transport
          this.cancelUpgrade = undefined;
          this.detach()?.abort();
          this.use(candidate);
          this.#noteTransport();
          this.fire("upgrade", candidate);
          this.flush();
        },
        onUpgradeFailed: (error) => this.fire("upgradeError", error),
      });
  }

  /** @internal */
  protected override countFitting(): number {
    const { current, maxPayload, queue } = this;
    if (current?.sendMessage) return queue.length;
    let bytes = -1;
    // with as many separators as there are packets before it
    const last = queue.findIndex(({ data }) => (bytes += 1 + this.sizeOf(data)) > maxPayload);
    return last < 0 ? queue.length : last || 1;
  }

  /** @internal */
  protected override sizeOf(data?: EngineMessage): number {
    const size = super.sizeOf(data);
    // in payloads, binary travels as `b` and base64
    return typeof data !== "object" || this.current?.sendMessage ? size : 1 + 4 * Math.ceil(size / 3);
  }

  /** What blocks WebSocket seldom blocks polling; where polling fails, WebSocket seldom works. */
  #mayFallBack(): boolean {
    return this.#untried.length > 0 && (this.opts.tryAllTransports ?? this.transport.name !== "polling");
  }

  #connectNext(): void {
    const [next, ...untried] = this.#untried;
    this.#untried = untried;
    // later, so that it can be listened to
    if (!next)
      return queueMicrotask(() => this.onClose("transport error", new TransportError("No transports available")));
    const { clock, autoUnref, fallbackTimeout = 5_000 } = this.opts;
    const transport = createTransport(next, this.opts, "");
    this.use(transport);
    this.timer?.cancel();
    if (this.#mayFallBack())
      this.timer = clock.schedule(
        () => {
          // once it is writable, it got through, and the server takes its time
          if (!transport.writable) transport.abort();
        },
        fallbackTimeout,
        autoUnref,
      );
    transport.open();
  }

  #noteTransport(): void {
    websocketWorked = this.transport.name === "websocket";
  }
}

function isWebSocketClass(transport: TransportConstructor): boolean {
  return transport.prototype.name === "websocket";
}
