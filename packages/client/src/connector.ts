import type {
  ClientEngineSocketHandler,
  Decoder,
  EngineMessage,
  EventData,
  Parser,
  SocketPacket,
  Timer,
} from "@halyard/contracts";
import { codedError, toError } from "@halyard/core";
import { watchPage } from "@halyard/engine.io-client";
import { toRawPacket } from "@halyard/socket.io-parser";
import { Announcer } from "./announcer.ts";
import { callSafely } from "./call-safely.ts";
import type { Engine } from "./engine.ts";
import type { ConnectionEngine, Hub, Signal } from "./hub.ts";
import { resolveOptions, type ManagerOptions, type ResolvedOptions } from "./options.ts";
import { signalSocket, type AnySocket } from "./socket.ts";
import type { ManagerReservedEvents } from "./typed-events.ts";

/** What a manager is built from; each entry file wires one. */
export interface Wiring {
  /** Makes an engine socket, which starts to connect at once. */
  createEngine(options: ManagerOptions): Engine;
  /** Finds the parser for the option's value. */
  resolveParser(option: unknown): Parser;
}

/** Hears how an attempt to connect ended. */
export type OpenCallback = (error?: Error) => void;

interface Attempt {
  readonly engine: Engine;
  readonly timer: Timer | undefined;
  /** Whether it is part of getting back a lost connection. */
  readonly reconnecting: boolean;
  readonly callback: OpenCallback | undefined;
}

type State = Partial<Attempt> &
  (
    | /** For good, until it is opened. */ { readonly name: "closed" }
    /** Just now: those who hear of it may still decide what becomes of it. */
    | { readonly name: "lost" }
    /** Just now, and there will be another attempt in a while, which sockets that want to connect wait for. */
    | { readonly name: "failed" }
    /** Between two attempts to reconnect. */
    | { readonly name: "waiting"; readonly timer: Timer }
    | ({ readonly name: "opening" } & Attempt)
    | { readonly name: "open"; readonly engine: Engine }
  );

const CLOSED: State = { name: "closed" };
const LOST: State = { name: "lost" };
const FAILED: State = { name: "failed" };

/** The life of the connection behind a manager: opens it, gets it back when it is lost, and tells the sockets. */
export class Connector extends Announcer<ManagerReservedEvents> {
  /** What the next connection is made with, the parts of the URL included; changes count from then on. */
  readonly opts: ManagerOptions;
  /** The sockets made so far, by namespace. */
  readonly sockets: Map<string, AnySocket> = new Map<string, AnySocket>();
  /** The engine socket of the current or last connection. There is none before the first, whatever the type says. */
  declare engine: Engine;
  /** @internal */
  protected readonly resolved: ResolvedOptions;
  /** @internal */
  protected readonly hub: Hub<AnySocket>;
  readonly #wiring: Wiring;
  readonly #parser: Parser;
  #state: State = CLOSED;
  /** When to come back from what ends next, as the server has said. */
  #retryAfterMs: number | undefined;
  /** Delays since the connection was last open. */
  #attempts = 0;

  /** @internal */
  constructor(wiring: Wiring, options: ManagerOptions) {
    super();
    this.opts = options;
    this.resolved = resolveOptions(options);
    this.#wiring = wiring;
    this.#parser = wiring.resolveParser(options.parser);
    this.hub = new Connector.#Hub(this);
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
    engine?.close(false);
    if (engine || timer) this.#reportLoss("forced close");
  }

  /** The same as {@link close}. */
  disconnect(): void {
    this.close();
  }

  #attempt(reconnecting: boolean, callback?: OpenCallback): void {
    const { decoderLimits, settings } = this.resolved;
    const engine = this.#wiring.createEngine(this.opts);
    const decoder = this.#parser.createDecoder(decoderLimits);
    engine.bind(new Connector.#Handler(this, engine, decoder));
    const timer =
      settings.timeout === false ? undefined : this.hub.schedule(() => this.#onEnd("timeout"), settings.timeout);
    this.engine = engine;
    this.#enter({ name: "opening", engine, timer, reconnecting, callback });
  }

  /** The connection failed, or is lost. */
  #onEnd(reason: string, cause?: unknown): void {
    const { name, engine, reconnecting, callback } = this.#state;
    const { reconnection, reconnectionAttempts } = this.resolved.settings;
    const again = reconnection && (reconnecting || !callback);
    const willRetry = again && this.#attempts < reconnectionAttempts;
    const error = Object.assign(toError(cause ?? reason), { willRetry });
    const wasOpen = name === "open";
    this.#enter(again && !wasOpen ? FAILED : LOST);
    engine?.close(true);
    if (!wasOpen || reason === "transport error") {
      this.#signalAll({ type: "error", error });
      this.fire("error", error);
    }
    if (wasOpen) this.#reportLoss(reason, cause);
    settle(callback, error);
    if (reconnecting || !callback) this.#reconnect();
    if (reconnecting) this.fire("reconnect_error", error);
  }

  #reportLoss(reason: string, details?: unknown): void {
    this.#signalAll({ type: "close", reason, details });
    this.fire("close", reason, details);
  }

  #signalAll(signal: Signal): void {
    // listeners may add sockets, which then find the state as it is
    for (const socket of Array.from(this.sockets.values())) signalSocket(socket, signal);
  }

  #reconnect(): void {
    const { reconnection, reconnectionAttempts, reconnectionDelay, reconnectionDelayMax, randomizationFactor } =
      this.resolved.settings;
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
    const timer = this.hub.schedule(() => this.#tryAgain(), delayMs);
    const unwatch = watchPage((event) => {
      if (event === "online") this.#tryAgain();
    });
    const cancel = (): void => {
      timer.cancel();
      unwatch?.();
    };
    this.#enter({ name: "waiting", timer: { cancel } });
  }

  #takeHint(): number | undefined {
    const hint = this.#retryAfterMs;
    this.#retryAfterMs = undefined;
    return hint;
  }

  /** Never sooner than the server said, and not all clients at once. */
  #spread(delayMs = 0): number {
    return delayMs * (1 + this.resolved.settings.randomizationFactor * Math.random());
  }

  #tryAgain(): void {
    const waiting = this.#state;
    const { settings } = this.resolved;
    if (settings.reconnection) this.fire("reconnect_attempt", this.#attempts);
    // a listener may have changed its mind
    if (this.#state !== waiting) return;
    if (settings.reconnection) this.#attempt(true);
    else this.#enter(CLOSED);
  }

  #enter(next: State): void {
    this.#state.timer?.cancel();
    this.#state = next;
  }

  /** What the sockets may ask for. A class, as is {@link Connector.#Handler}: closures would cost memory per manager. */
  static readonly #Hub = class implements Hub<AnySocket> {
    readonly #owner: Connector;

    constructor(owner: Connector) {
      this.#owner = owner;
    }

    now(): number {
      return this.#owner.resolved.clock.now();
    }

    schedule(callback: () => void, delayMs: number): Timer {
      const { clock, background } = this.#owner.resolved;
      return clock.schedule(callback, delayMs, background);
    }

    recall(callback: () => void, retryAfterMs: number | undefined): Timer | undefined {
      return typeof retryAfterMs === "number" && this.#owner.resolved.settings.reconnection
        ? this.schedule(callback, this.#owner.#spread(retryAfterMs))
        : undefined;
    }

    join(socket: AnySocket): void {
      const { name, engine } = this.#owner.#state;
      if (name === "open") signalSocket(socket, { type: "open", engine });
      else if (name !== "waiting" && name !== "failed") this.#owner.open();
    }

    leave(): void {
      for (const socket of this.#owner.sockets.values()) if (socket.active) return;
      this.#owner.close();
    }

    bytesOf(packet: SocketPacket): number {
      try {
        return this.#owner.#parser.encode(packet).reduce((bytes, message) => bytes + message.length, 0);
      } catch {
        // whoever sends it will hear of that
        return 0;
      }
    }

    send(engine: ConnectionEngine, packet: SocketPacket, compress: boolean): void {
      const messages = this.#owner.#parser.encode(packet);
      for (const message of messages)
        if (!engine.fits(message)) throw codedError("PAYLOAD_TOO_LARGE", "payload too large");
      for (const message of messages) engine.transmit(message, compress);
    }
  };

  /** Hears of one engine, as long as it is the current one. */
  static readonly #Handler = class implements ClientEngineSocketHandler {
    readonly #owner: Connector;
    readonly #engine: Engine;
    readonly #decoder: Decoder;

    constructor(owner: Connector, engine: Engine, decoder: Decoder) {
      this.#owner = owner;
      this.#engine = engine;
      this.#decoder = decoder;
    }

    get #isCurrent(): boolean {
      return this.#owner.#state.engine === this.#engine;
    }

    onOpen(): void {
      if (!this.#isCurrent) return;
      const owner = this.#owner;
      const engine = this.#engine;
      const { reconnecting, callback } = owner.#state;
      const attempts = owner.#attempts;
      owner.#enter({ name: "open", engine });
      owner.#signalAll({ type: "open", engine });
      owner.fire("open");
      settle(callback);
      owner.#attempts = 0;
      if (reconnecting) owner.fire("reconnect", attempts);
    }

    onPing(): void {
      if (this.#isCurrent) this.#owner.fire("ping");
    }

    onMessage(message: EngineMessage): void {
      if (!this.#isCurrent) return;
      const owner = this.#owner;
      const isAsIs = typeof message === "string" || this.#engine.binaryType === "nodebuffer";
      let packet: SocketPacket | undefined;
      try {
        // whatever the parser, bytes come out in the kind they went in
        packet = this.#decoder.write(isAsIs ? message : bufferOf(message));
      } catch (error) {
        return owner.#onEnd("parse error", error);
      }
      if (!packet) return;
      const socket = owner.sockets.get(packet.namespace);
      if (packet.type === "disconnect") {
        if (socket) signalSocket(socket, { type: "dismissed", retryAfterMs: owner.#takeHint() });
      } else if (socket) signalSocket(socket, packet);
      else if (packet.type === "event" && packet.namespace === "/~") owner.#retryAfterMs = hintOf(packet.data);
      if (owner.hasListeners("packet")) owner.fire("packet", toRawPacket(packet));
    }

    onClose(reason: string, cause?: unknown): void {
      if (this.#isCurrent) this.#owner.#onEnd(reason, cause);
    }
  };
}

function settle(callback: OpenCallback | undefined, ...result: [error?: Error]): void {
  if (callback) callSafely(callback, undefined, result);
}

/** When to come back. Stock servers send nothing to a namespace that was not joined. */
function hintOf([, retryAfterMs]: EventData): number | undefined {
  return typeof retryAfterMs === "number" ? retryAfterMs : undefined;
}

/** The buffer of a message, which applications in browsers expect; without a copy where it holds nothing else. */
function bufferOf(bytes: Uint8Array): ArrayBuffer {
  const { buffer } = bytes;
  return buffer.byteLength === bytes.byteLength && buffer instanceof ArrayBuffer
    ? buffer
    : new Uint8Array(bytes).buffer;
}
