import type {
  ClientEngineSocketHandler,
  Clock,
  Decoder,
  DecoderLimits,
  EngineMessage,
  Parser,
  SocketPacket,
  Timer,
} from "@halyard/contracts";
import { codedError, Listenable, systemClock, toError } from "@halyard/core";
import { watchPage } from "@halyard/engine.io-client";
import { toRawPacket } from "@halyard/socket.io-parser";
import { callSafely } from "./call-safely.ts";
import { CLOSED, FAILED, LOST, type ConnectionState, type OpenCallback } from "./connection-state.ts";
import type { Engine } from "./engine.ts";
import type { ConnectionEngine, Hub } from "./hub.ts";
import { resolveSettings, type ManagerOptions, type Settings } from "./options.ts";
import type { AnySocket } from "./socket.ts";
import type { ManagerReservedEvents } from "./typed-events.ts";

/** What a manager is built from; each entry file wires one. */
export interface Wiring {
  /** Makes an engine socket, which starts to connect at once. */
  createEngine(options: ManagerOptions): Engine;
  /** Finds the parser for the option's value. */
  resolveParser(option: unknown): Parser;
}

/** Servers may send more than they take: as much as one WebSocket message of Node.js may hold, in any number of arguments. */
const DECODER_LIMITS: DecoderLimits = { maxPacketBytes: 100 * 1024 * 1024, maxArguments: Infinity };

/** The life of the connection behind a manager: opens it, gets it back when it is lost, and tells the sockets. */
export class Connector extends Listenable<ManagerReservedEvents> implements Hub<AnySocket>, ClientEngineSocketHandler {
  /** What the next connection is made with, the parts of the URL included; changes count from then on. */
  readonly opts: ManagerOptions;
  /** The sockets made so far, by namespace. */
  readonly nsps: Record<string, AnySocket> = Object.create(null);
  /** The engine socket of the current or last connection. There is none before the first, whatever the type says. */
  declare engine: Engine;
  /** @internal */
  protected readonly settings: Settings;
  readonly #wiring: Wiring;
  readonly #parser: Parser;
  readonly #clock: Clock;
  readonly #decoder: Decoder;
  #state: ConnectionState = CLOSED;
  /** When to come back from what ends next, as the server has said. */
  #retryAfterMs: unknown;
  /** Delays since the connection was last open. */
  #attempts = 0;

  /** @internal */
  constructor(wiring: Wiring, options: ManagerOptions) {
    super();
    this.opts = options;
    this.settings = resolveSettings(options);
    this.#wiring = wiring;
    this.#parser = wiring.resolveParser(options.parser);
    const { clock = systemClock, decoderLimits } = options;
    this.#clock = clock;
    this.#decoder = this.#parser.createDecoder(
      decoderLimits ? { ...DECODER_LIMITS, ...decoderLimits } : DECODER_LIMITS,
    );
  }

  /**
   * Opens the connection unless it is open or being opened. The callback hears of the result of this attempt; with a
   * callback, a first attempt that fails is not followed by others.
   */
  open(callback?: OpenCallback): this {
    const { name, engine } = this.#state;
    if (!engine) this.#attempt(name === "waiting", callback);
    return this;
  }

  /** The same as {@link open}. */
  connect(callback?: OpenCallback): this {
    return this.open(callback);
  }

  /** Closes the connection; the sockets are told with reason `forced close`, and nothing is reopened by itself. */
  close(): void {
    const { engine, timer } = this.#state;
    this.#enter(CLOSED);
    this.#drop(engine, false);
    if (engine || timer) this.#reportLoss("forced close");
  }

  /** The same as {@link close}. */
  disconnect(): void {
    this.close();
  }

  /** @internal */
  now(): number {
    return this.#clock.now();
  }

  /** @internal */
  schedule(callback: () => void, delayMs: number): Timer {
    return this.#clock.schedule(callback, delayMs, this.opts.autoUnref);
  }

  /** @internal */
  recall(callback: () => void, retryAfterMs: unknown): Timer | undefined {
    return isDelay(retryAfterMs) && this.settings.reconnection
      ? this.schedule(callback, this.#spread(retryAfterMs))
      : undefined;
  }

  /** @internal */
  join(socket: AnySocket): void {
    const { name, engine } = this.#state;
    if (name === "open") socket.onOpen(engine);
    else if (name !== "waiting" && name !== "failed") this.open();
  }

  /** @internal */
  leave(): void {
    for (const socket of Object.values(this.nsps)) if (socket.active) return;
    this.close();
  }

  /** @internal */
  bytesOf(packet: SocketPacket): number {
    try {
      return this.#parser.encode(packet).reduce((bytes, message) => bytes + message.length, 0);
    } catch {
      // whoever sends it will hear of that
      return 0;
    }
  }

  /** @internal */
  sendPacket(engine: ConnectionEngine, packet: SocketPacket, compress: boolean): void {
    const messages = this.#parser.encode(packet);
    for (const message of messages) if (!engine.fits(message)) throw codedError("PAYLOAD_TOO_LARGE");
    for (const message of messages) engine.transmit(message, compress);
  }

  /** @internal */
  onOpen(): void {
    const { engine } = this;
    const { reconnecting, callback } = this.#state;
    const attempts = this.#attempts;
    this.#enter({ name: "open", engine });
    this.#tellAll((socket) => socket.onOpen(engine));
    this.fire("open");
    settle(callback);
    this.#attempts = 0;
    if (reconnecting) this.fire("reconnect", attempts);
  }

  /** @internal */
  onPing(): void {
    this.fire("ping");
  }

  /** @internal */
  onMessage(message: EngineMessage): void {
    const isAsIs = typeof message === "string" || this.engine.binaryType === "nodebuffer";
    let packet: SocketPacket | undefined;
    try {
      // whatever the parser, bytes come out in the kind they went in
      packet = this.#decoder.write(isAsIs ? message : bufferOf(message));
    } catch (error) {
      return this.onClose("parse error", error);
    }
    if (!packet) return;
    const { type, namespace } = packet;
    const socket = this.nsps[namespace];
    if (socket) socket.onPacket(packet, type === "disconnect" && this.#takeHint());
    // stock servers send nothing to a namespace that was not joined
    else if (type === "event" && namespace === "/~") [, this.#retryAfterMs] = packet.data;
    if (this.hasListeners("packet")) this.fire("packet", toRawPacket(packet));
  }

  /** @internal The connection failed, or is lost. */
  onClose(reason: string, cause?: unknown): void {
    const { name, engine, reconnecting, callback } = this.#state;
    const { reconnection, reconnectionAttempts } = this.settings;
    const again = reconnection && (reconnecting || !callback);
    const willRetry = again && this.#attempts < reconnectionAttempts;
    const error = Object.assign(toError(cause ?? reason), { willRetry });
    const wasOpen = name === "open";
    this.#enter(again && !wasOpen ? FAILED : LOST);
    this.#drop(engine, true);
    if (!wasOpen || reason === "transport error") {
      this.#tellAll((socket) => socket.onFailure(error));
      this.fire("error", error);
    }
    if (wasOpen) this.#reportLoss(reason, cause);
    settle(callback, error);
    if (reconnecting || !callback) this.#reconnect();
    if (reconnecting) this.fire("reconnect_error", error);
  }

  #attempt(reconnecting: boolean, callback?: OpenCallback): void {
    const { timeout } = this.settings;
    const engine = this.#wiring.createEngine(this.opts);
    engine.bind(this);
    this.#decoder.reset();
    this.engine = engine;
    const timer = timeout === false ? undefined : this.schedule(() => this.onClose("timeout"), timeout);
    this.#enter({ name: "opening", engine, timer, reconnecting, callback });
  }

  /** Hears of the engine no more. */
  #drop(engine: Engine | undefined, discard: boolean): void {
    engine?.unbind();
    engine?.close(discard);
  }

  #reportLoss(reason: string, details?: unknown): void {
    this.#tellAll((socket) => socket.onClose(reason, details));
    this.fire("close", reason, details);
  }

  #tellAll(tell: (socket: AnySocket) => void): void {
    // listeners may add sockets, which then find the state as it is
    Object.values(this.nsps).forEach(tell);
  }

  #reconnect(): void {
    const { reconnection, reconnectionAttempts, reconnectionDelay, reconnectionDelayMax, randomizationFactor } =
      this.settings;
    if (this.#state !== LOST && this.#state !== FAILED) return;
    this.#enter(CLOSED);
    if (!reconnection) return;
    if (this.#attempts >= reconnectionAttempts) {
      this.#attempts = 0;
      this.fire("reconnect_failed");
      return;
    }
    // randomized after the cap, so that clients which lost the same server do not come back in step
    const delayMs =
      Math.min(reconnectionDelayMax, reconnectionDelay * 2 ** this.#attempts++) *
        (1 + randomizationFactor * (2 * Math.random() - 1)) +
      this.#spread(this.#takeHint());
    const timer = this.schedule(() => this.#tryAgain(), delayMs);
    const unwatch = watchPage((event) => {
      if (event === "online") this.#tryAgain();
    });
    const cancel = (): void => {
      timer.cancel();
      unwatch?.();
    };
    this.#enter({ name: "waiting", timer: { cancel } });
  }

  #takeHint(): unknown {
    const hint = this.#retryAfterMs;
    this.#retryAfterMs = undefined;
    return hint;
  }

  /** Never sooner than the server said, and not all clients at once. */
  #spread(delayMs: unknown): number {
    return isDelay(delayMs) ? delayMs * (1 + this.settings.randomizationFactor * Math.random()) : 0;
  }

  #tryAgain(): void {
    const waiting = this.#state;
    const { settings } = this;
    if (settings.reconnection) this.fire("reconnect_attempt", this.#attempts);
    // a listener may have changed its mind
    if (this.#state !== waiting) return;
    if (settings.reconnection) this.#attempt(true);
    else this.#enter(CLOSED);
  }

  #enter(next: ConnectionState): void {
    this.#state.timer?.cancel();
    this.#state = next;
  }
}

function settle(callback: OpenCallback | undefined, ...result: [error?: Error]): void {
  if (callback) callSafely(callback, undefined, result);
}

function isDelay(value: unknown): value is number {
  return typeof value === "number";
}

/** The buffer of a message, which applications in browsers expect; without a copy where it holds nothing else. */
function bufferOf(bytes: Uint8Array): ArrayBuffer {
  const { buffer } = bytes;
  return buffer.byteLength === bytes.byteLength && buffer instanceof ArrayBuffer
    ? buffer
    : new Uint8Array(bytes).buffer;
}
