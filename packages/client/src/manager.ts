import type { DefaultEventsMap, EventsMap } from "@halyard/contracts";
import { Listenable } from "@halyard/core";
import { readUri } from "@halyard/engine.io-client";
import type { Engine } from "./engine.ts";
import { Link, type OpenCallback, type Wiring } from "./link.ts";
import type { AttemptSettings, ManagerOptions, SocketOptions } from "./options.ts";
import { signalSocket, Socket, type AnySocket } from "./socket.ts";
import type { ManagerReservedEvents } from "./typed-events.ts";

/**
 * Owns the connection that the sockets of one server share, and gets it back when it is lost.
 *
 * Emits `open`, `close`, `error`, `ping`, `packet` and the `reconnect` family; see {@link ManagerReservedEvents}.
 */
export class ManagerCore<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
> extends Listenable<ManagerReservedEvents> {
  /** What the next connection is made with, the parts of the URL included; changes count from then on. */
  readonly opts: ManagerOptions;
  /** The sockets made so far, by namespace. */
  readonly sockets: ReadonlyMap<string, Socket<ListenEvents, EmitEvents>>;
  readonly #sockets = new Map<string, Socket<ListenEvents, EmitEvents>>();
  readonly #link: Link<AnySocket>;

  constructor(wiring: Wiring, target: string | ManagerOptions | undefined, given?: ManagerOptions) {
    super();
    const options = typeof target === "object" ? target : { ...given, ...(target && readUri(target).options) };
    this.opts = { ...options, path: options.path || "/socket.io" };
    this.sockets = this.#sockets;
    this.#link = new Link<AnySocket>(wiring, this, {
      notify: (event, args) => this.notify(event, args),
      signal: signalSocket,
    });
    if (this.#link.options.autoConnect) this.open();
  }

  /** The engine socket of the current or last connection. There is none before the first, whatever the type says. */
  get engine(): Engine {
    return this.#link.engine as Engine;
  }

  /** Whether to reconnect by itself. */
  reconnection(): boolean;
  reconnection(enabled: boolean): this;
  reconnection(enabled?: boolean): this | boolean {
    if (enabled === false) this.#link.stopped = true;
    return this.#setting("enabled", enabled);
  }

  /** Attempts before giving up. */
  reconnectionAttempts(): number;
  reconnectionAttempts(count: number): this;
  reconnectionAttempts(count?: number): this | number {
    return this.#setting("maxAttempts", count);
  }

  /** First delay before an attempt, in milliseconds. */
  reconnectionDelay(): number;
  reconnectionDelay(delayMs: number): this;
  reconnectionDelay(delayMs?: number): this | number {
    return this.#setting("minMs", delayMs);
  }

  /** Cap of the delay before an attempt, in milliseconds, before it is randomized. */
  reconnectionDelayMax(): number;
  reconnectionDelayMax(delayMs: number): this;
  reconnectionDelayMax(delayMs?: number): this | number {
    return this.#setting("maxMs", delayMs);
  }

  /** Share of the delay that is random, from 0 to 1. */
  randomizationFactor(): number;
  randomizationFactor(factor: number): this;
  randomizationFactor(factor?: number): this | number {
    return this.#setting("jitter", factor);
  }

  /** Milliseconds that one attempt may take; `false` for no limit. */
  timeout(): number | false;
  timeout(delayMs: number | false): this;
  timeout(delayMs?: number | false): this | number | false {
    return this.#setting("timeoutMs", delayMs);
  }

  /**
   * Opens the connection unless it is open or being opened. The callback hears of the result of this attempt; with a
   * callback, a first attempt that fails is not followed by others.
   */
  open(callback?: OpenCallback): this {
    this.#link.open(callback);
    return this;
  }

  /** The same as {@link open}. */
  connect(callback?: OpenCallback): this {
    return this.open(callback);
  }

  /** Returns the socket of a namespace; made and connected if need be. */
  socket(nsp: string, options: SocketOptions = {}): Socket<ListenEvents, EmitEvents> {
    const socket = this.#sockets.get(nsp) ?? new Socket(this, this.#link, nsp, options);
    this.#sockets.set(nsp, socket);
    if (this.#link.options.autoConnect && !socket.active) socket.connect();
    return socket;
  }

  /** Closes the connection; the sockets are told with reason `forced close`, and nothing is reopened by itself. */
  close(): void {
    this.#link.close();
  }

  /** The same as {@link close}. */
  disconnect(): void {
    this.close();
  }

  #setting<Name extends keyof AttemptSettings>(
    name: Name,
    value: AttemptSettings[Name] | undefined,
  ): this | AttemptSettings[Name] {
    const { settings } = this.#link.options;
    if (value === undefined) return settings[name];
    settings[name] = value;
    return this;
  }
}
