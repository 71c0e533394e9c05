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
  protected override onHandshake({ upgrades }: HandshakeData): void {
    const { name } = this.transport;
    this.#noteTransport();
    if (this.opts.upgrade !== false)
      this.probe(
        usableTransports(this.opts).filter(
          ({ prototype }) => prototype.name !== name && upgrades.includes(prototype.name),
        ),
      );
  }

  /**
   * @internal Moves to the first of other transports that works, without losing, repeating or reordering a message (Engine.IO
   * protocol, "Upgrade"): probe the new one, let the requests of the current one settle, then send the upgrade packet.
   */
  protected probe([better, ...others]: readonly TransportConstructor[]): void {
    const { current, id, opts } = this;
    if (!better || !current) return;
    const candidate = createTransport(better, opts, id);
    /** What is awaited. */
    let step: "open" | "pong" | "pause" | "closed" = "open";
    const cancel = (): boolean => {
      const waited = step;
      step = "closed";
      if (waited === "closed") return false;
      candidate.abort();
      // the current transport goes on
      if (waited === "pause") current.resume?.();
      return true;
    };
    const fail = (cause: unknown): void => {
      if (!cancel()) return;
      const error = new TransportError("probe error", cause);
      error.transport = candidate.name;
      this.fire("upgradeError", error);
      this.probe(others);
    };
    candidate.bind({
      onWritable() {
        if (step !== "open") return;
        step = "pong";
        candidate.send([{ type: "ping", data: "probe" }]);
      },
      onPacket: async (packet) => {
        if (step !== "pong") return;
        if (packet.type !== "pong" || packet.data !== "probe") return fail(packet);
        step = "pause";
        // from now on nothing is sent over the current transport
        this.fire("upgrading", candidate);
        await current.pause?.();
        // the session may have closed, or the new transport failed, while requests settled
        if (step !== "pause") return;
        step = "closed";
        candidate.send([{ type: "upgrade" }]);
        // it holds the former transport
        this.cancelUpgrade = undefined;
        this.detach()?.abort();
        this.use(candidate);
        this.#noteTransport();
        this.fire("upgrade", candidate);
        this.flush();
      },
      onMessage: fail,
      onClose: (_reason, cause) => fail(cause),
    });
    this.cancelUpgrade = () => {
      others = [];
      cancel();
    };
    candidate.open();
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
