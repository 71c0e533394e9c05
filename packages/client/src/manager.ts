import type { Clock, DefaultEventsMap, EventsMap, Parser, SocketPacket, Timer } from "@halyard/contracts";
import { Listenable, toError } from "@halyard/core";
import { Connection, type ConnectionOwner, type Member } from "./connection.ts";
import type { Engine } from "./engine.ts";
import { resolveOptions, type ManagerOptions, type ResolvedOptions, type SocketOptions } from "./options.ts";
import { Reconnection } from "./reconnection.ts";
import { Socket, type SocketHost } from "./socket.ts";
import { throwLater } from "./throw-later.ts";
import type { ManagerReservedEvents, ReceivedPacket } from "./typed-events.ts";

/** What a manager is built from; each entry file wires one. */
export interface Wiring {
  /** Makes an engine socket, which starts to connect at once. */
  createEngine(uri: string | undefined, options: ManagerOptions): Engine;
  /** Finds the parser for the option's value. */
  resolveParser(option: unknown): Parser;
  resolveClock(options: ManagerOptions): Clock;
}

type OpenCallback = (error?: Error) => void;

interface Attempt {
  /** Whether it is part of getting back a lost connection. */
  readonly reconnecting: boolean;
  readonly callback: OpenCallback | undefined;
}

type State =
  | { readonly name: "closed" }
  /** Between two attempts to reconnect. */
  | { readonly name: "waiting"; readonly timer: Timer }
  | {
      readonly name: "opening";
      readonly attempt: Attempt;
      readonly connection: Connection;
      readonly timer: Timer | undefined;
    }
  | { readonly name: "open"; readonly connection: Connection };

const CLOSED: State = { name: "closed" };
/** In the order of their numbers in the protocol (v5, "Packet types"). */
const PACKET_TYPES: readonly SocketPacket["type"][] = ["connect", "disconnect", "event", "ack", "connect_error"];

/**
 * Owns the connection that the sockets of one server share, and gets it back when it is lost.
 *
 * Emits `open`, `close`, `error`, `ping`, `packet` and the `reconnect` family; see {@link ManagerReservedEvents}.
 */
export class ManagerCore<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
> extends Listenable<ManagerReservedEvents> {
  /** What the next connection is made with; changes count from then on. */
  readonly opts: ManagerOptions;
  /** The engine socket of the current or last connection; there is none before the first. */
  engine!: Engine;
  /** The sockets made so far, by namespace. */
  readonly sockets: Map<string, Socket<ListenEvents, EmitEvents>> = new Map();

  readonly #uri: string | undefined;
  readonly #wiring: Wiring;
  readonly #options: ResolvedOptions;
  readonly #parser: Parser;
  readonly #clock: Clock;
  readonly #reconnection: Reconnection;
  readonly #host: SocketHost;
  /** The namespaces that are to be connected. */
  readonly #members = new Map<string, Member>();
  #timeoutMs: number | false;
  #state: State = CLOSED;
  /** Closed on purpose: nothing reopens it but {@link open}. */
  #stopped = false;

  constructor(wiring: Wiring, target: string | ManagerOptions | undefined, given?: ManagerOptions) {
    super();
    const [uri, options = {}] = typeof target === "object" ? [undefined, target] : [target, given];
    this.opts = { ...options, path: options.path || "/socket.io" };
    this.#uri = uri;
    this.#wiring = wiring;
    this.#options = resolveOptions(options);
    this.#parser = wiring.resolveParser(options.parser);
    this.#clock = wiring.resolveClock(options);
    this.#reconnection = new Reconnection(this.#options);
    this.#timeoutMs = this.#options.timeoutMs;
    this.#host = {
      clock: this.#clock,
      background: this.#options.background,
      join: (namespace, member) => this.#join(namespace, member),
      leave: (namespace) => void this.#members.delete(namespace),
      closeIfUnused: () => {
        if (this.#members.size === 0) this.close();
      },
    };
    if (this.#options.autoConnect) this.open();
  }

  /** Whether to reconnect by itself. */
  reconnection(): boolean;
  reconnection(enabled: boolean): this;
  reconnection(enabled?: boolean): this | boolean {
    if (enabled === undefined) return this.#reconnection.enabled;
    this.#reconnection.enabled = enabled;
    if (!enabled) this.#stopped = true;
    return this;
  }

  /** Attempts before giving up. */
  reconnectionAttempts(): number;
  reconnectionAttempts(count: number): this;
  reconnectionAttempts(count?: number): this | number {
    if (count === undefined) return this.#reconnection.maxAttempts;
    this.#reconnection.maxAttempts = count;
    return this;
  }

  /** First delay before an attempt, in milliseconds. */
  reconnectionDelay(): number;
  reconnectionDelay(delayMs: number): this;
  reconnectionDelay(delayMs?: number): this | number {
    if (delayMs === undefined) return this.#reconnection.delays.minMs;
    this.#reconnection.delays.minMs = delayMs;
    return this;
  }

  /** Cap of the delay before an attempt, in milliseconds, before it is randomized. */
  reconnectionDelayMax(): number;
  reconnectionDelayMax(delayMs: number): this;
  reconnectionDelayMax(delayMs?: number): this | number {
    if (delayMs === undefined) return this.#reconnection.delays.maxMs;
    this.#reconnection.delays.maxMs = delayMs;
    return this;
  }

  /** Share of the delay that is random, from 0 to 1. */
  randomizationFactor(): number;
  randomizationFactor(factor: number): this;
  randomizationFactor(factor?: number): this | number {
    if (factor === undefined) return this.#reconnection.delays.jitter;
    this.#reconnection.delays.jitter = factor;
    return this;
  }

  /** Milliseconds that one attempt may take; `false` for no limit. */
  timeout(): number | false;
  timeout(delayMs: number | false): this;
  timeout(delayMs?: number | false): this | number | false {
    if (delayMs === undefined) return this.#timeoutMs;
    this.#timeoutMs = delayMs;
    return this;
  }

  /**
   * Opens the connection unless it is open or being opened. The callback hears of the result of this attempt; with a
   * callback, a first attempt that fails is not followed by others.
   */
  open(callback?: OpenCallback): this {
    if (this.#state.name === "opening" || this.#state.name === "open") return this;
    this.#open({ reconnecting: this.#state.name === "waiting", callback });
    return this;
  }

  /** The same as {@link open}. */
  connect(callback?: OpenCallback): this {
    return this.open(callback);
  }

  /** Returns the socket of a namespace; made and connected if need be. */
  socket(nsp: string, options: SocketOptions = {}): Socket<ListenEvents, EmitEvents> {
    const existing = this.sockets.get(nsp);
    const socket = existing ?? new Socket(this, this.#host, nsp, options);
    this.sockets.set(nsp, socket);
    if (this.#options.autoConnect && !socket.active) socket.connect();
    return socket;
  }

  /** Closes the connection; the sockets are told with reason `forced close`, and nothing is reopened by itself. */
  close(): void {
    const state = this.#state;
    this.#stopped = true;
    if (state.name === "closed") return;
    this.#enter(CLOSED);
    if ("connection" in state) state.connection.close(false);
    this.#onLost("forced close", undefined);
  }

  /** The same as {@link close}. */
  disconnect(): void {
    this.close();
  }

  readonly #owner: ConnectionOwner = {
    members: this.#members,
    onOpen: (connection) => this.#onOpen(connection),
    onPing: () => this.#fire("ping", []),
    onPacket: (packet) => {
      if (this.hasListeners("packet")) this.#fire("packet", [describe(packet)]);
    },
    onClose: (reason, cause) => this.#onClose(reason, cause),
  };

  #join(namespace: string, member: Member): void {
    this.#members.set(namespace, member);
    if (this.#state.name === "closed") this.open();
    else if (this.#state.name === "open") member.onOpen(this.#state.connection);
  }

  #open(attempt: Attempt): void {
    this.#stopped = false;
    const engine = this.#wiring.createEngine(this.#uri, this.opts);
    this.engine = engine;
    const connection = new Connection(engine, this.#parser, this.#options.decoderLimits, this.#owner);
    const expire = (): void => {
      connection.close(true);
      this.#onFailure(attempt, new Error("timeout"));
    };
    const timer =
      this.#timeoutMs === false ? undefined : this.#clock.schedule(expire, this.#timeoutMs, this.#options.background);
    this.#enter({ name: "opening", attempt, connection, timer });
  }

  #onOpen(connection: Connection): void {
    if (this.#state.name !== "opening") return;
    const { attempt } = this.#state;
    this.#enter({ name: "open", connection });
    for (const member of Array.from(this.#members.values())) member.onOpen(connection);
    this.#fire("open", []);
    settle(attempt, undefined);
    if (!attempt.reconnecting) return;
    const { attempts } = this.#reconnection;
    this.#reconnection.reset();
    this.#fire("reconnect", [attempts]);
  }

  #onClose(reason: string, cause: unknown): void {
    const state = this.#state;
    if (state.name === "opening") this.#onFailure(state.attempt, toError(cause ?? reason));
    if (state.name !== "open") return;
    if (reason === "transport error") this.#onError(toError(cause ?? reason));
    this.#enter(CLOSED);
    this.#reconnection.reset();
    this.#onLost(reason, cause);
    this.#reconnect();
  }

  #onLost(reason: string, details: unknown): void {
    for (const member of Array.from(this.#members.values())) member.onClose(reason, details);
    this.#fire("close", [reason, details]);
  }

  #onFailure(attempt: Attempt, error: Error): void {
    this.#enter(CLOSED);
    this.#onError(error);
    settle(attempt, error);
    if (attempt.reconnecting || attempt.callback === undefined) this.#reconnect();
    if (attempt.reconnecting) this.#fire("reconnect_error", [error]);
  }

  #onError(error: Error): void {
    for (const member of Array.from(this.#members.values())) member.onError(error);
    this.#fire("error", [error]);
  }

  #reconnect(): void {
    // a listener may have opened or stopped it meanwhile
    if (this.#state.name !== "closed" || this.#stopped || !this.#reconnection.enabled) return;
    const delayMs = this.#reconnection.nextDelayMs();
    if (delayMs === undefined) {
      this.#reconnection.reset();
      this.#fire("reconnect_failed", []);
      return;
    }
    const timer = this.#clock.schedule(() => this.#tryAgain(), delayMs, this.#options.background);
    this.#enter({ name: "waiting", timer });
  }

  #tryAgain(): void {
    const waiting = this.#state;
    if (this.#stopped) return this.#enter(CLOSED);
    this.#fire("reconnect_attempt", [this.#reconnection.attempts]);
    // a listener may have changed its mind
    if (this.#state !== waiting) return;
    if (this.#stopped) this.#enter(CLOSED);
    else this.#open({ reconnecting: true, callback: undefined });
  }

  #enter(next: State): void {
    if ("timer" in this.#state) this.#state.timer?.cancel();
    this.#state = next;
  }

  #fire(event: keyof ManagerReservedEvents, args: readonly unknown[]): void {
    try {
      this.notify(event, args);
    } catch (error) {
      throwLater(error);
    }
  }
}

function settle(attempt: Attempt, error: Error | undefined): void {
  try {
    if (error === undefined) attempt.callback?.();
    else attempt.callback?.(error);
  } catch (thrown) {
    throwLater(thrown);
  }
}

function describe(packet: SocketPacket): ReceivedPacket {
  const { type, namespace, ...rest } = packet;
  return { type: PACKET_TYPES.indexOf(type), nsp: namespace, ...rest };
}
