import type { DefaultEventsMap, EventsMap } from "@halyard/contracts";
import { readUri } from "@halyard/engine.io-client";
import { Connector, type Wiring } from "./connector.ts";
import type { ManagerOptions, Settings, SocketOptions } from "./options.ts";
import { Socket } from "./socket.ts";

/**
 * Owns the connection that the sockets of one server share, and gets it back when it is lost.
 *
 * Emits `open`, `close`, `error`, `ping`, `packet` and the `reconnect` family; see {@link ManagerReservedEvents}.
 */
export class ManagerCore<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
> extends Connector {
  /** @internal */
  constructor(wiring: Wiring, target: string | ManagerOptions | undefined, given?: ManagerOptions) {
    const options = typeof target === "object" ? target : { ...given, ...(target && readUri(target).options) };
    super(wiring, { ...options, path: options.path || "/socket.io" });
    if (options.autoConnect !== false) this.open();
  }

  /** Whether to reconnect by itself. */
  reconnection(): boolean;
  reconnection(enabled: boolean): this;
  reconnection(enabled?: boolean): this | boolean {
    return this.#setting("reconnection", enabled);
  }

  /** Attempts before giving up. */
  reconnectionAttempts(): number;
  reconnectionAttempts(count: number): this;
  reconnectionAttempts(count?: number): this | number {
    return this.#setting("reconnectionAttempts", count);
  }

  /** First delay before an attempt, in milliseconds. */
  reconnectionDelay(): number;
  reconnectionDelay(delayMs: number): this;
  reconnectionDelay(delayMs?: number): this | number {
    return this.#setting("reconnectionDelay", delayMs);
  }

  /** Cap of the delay before an attempt, in milliseconds, before it is randomized. */
  reconnectionDelayMax(): number;
  reconnectionDelayMax(delayMs: number): this;
  reconnectionDelayMax(delayMs?: number): this | number {
    return this.#setting("reconnectionDelayMax", delayMs);
  }

  /** Share of the delay that is random, from 0 to 1. */
  randomizationFactor(): number;
  randomizationFactor(factor: number): this;
  randomizationFactor(factor?: number): this | number {
    return this.#setting("randomizationFactor", factor);
  }

  /** Milliseconds that one attempt may take; `false` for no limit. */
  timeout(): number | false;
  timeout(delayMs: number | false): this;
  timeout(delayMs?: number | false): this | number | false {
    return this.#setting("timeout", delayMs);
  }

  /** Returns the socket of a namespace; made and connected if need be. */
  socket(nsp: string, options: SocketOptions = {}): Socket<ListenEvents, EmitEvents> {
    const socket: Socket<ListenEvents, EmitEvents> = this.nsps[nsp] ?? this.create(nsp, options);
    this.nsps[nsp] = socket;
    if (this.opts.autoConnect !== false && !socket.active) socket.connect();
    return socket;
  }

  /** @internal */
  protected create(nsp: string, options: SocketOptions): Socket<ListenEvents, EmitEvents> {
    return new Socket(this, nsp, options);
  }

  #setting<Name extends keyof Settings>(name: Name, value: Settings[Name] | undefined): this | Settings[Name] {
    const { settings } = this;
    if (value === undefined) return settings[name];
    settings[name] = value;
    return this;
  }
}
