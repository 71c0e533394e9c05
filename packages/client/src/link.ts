import type { Parser, SocketPacket, Timer } from "@halyard/contracts";
import { Backoff, throwLater, toError } from "@halyard/core";
import { toRawPacket } from "@halyard/socket.io-parser";
import { Connection } from "./connection.ts";
import type { Engine } from "./engine.ts";
import { resolveOptions, type ManagerOptions, type ResolvedOptions } from "./options.ts";
import type { Signal } from "./signal.ts";
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

/** A socket as its link sees it. */
export interface LinkMember {
  readonly active: boolean;
}

/** Whom a link works for. */
export interface LinkOwner<Member extends LinkMember> {
  readonly sockets: ReadonlyMap<string, Member>;
  /** What connections are made with; read anew for each. */
  readonly opts: ManagerOptions;
  hasListeners(event: keyof ManagerReservedEvents): boolean;
}

/** What a link tells. */
export interface LinkVoice<Member> {
  /** Emits on the owner. */
  notify(event: keyof ManagerReservedEvents, args: readonly unknown[]): void;
  /** Tells one of the sockets. */
  signal(member: Member, signal: Signal): void;
}

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

/** The life of the connection behind a manager: opens it, gets it back when it is lost, and tells the sockets. */
export class Link<Member extends LinkMember> {
  readonly options: ResolvedOptions;
  readonly #backoff: Backoff;
  /** Closed on purpose: nothing reopens it but {@link open}. */
  stopped = false;
  /** The latest. */
  engine: Engine | undefined;

  readonly #owner: LinkOwner<Member>;
  readonly #voice: LinkVoice<Member>;
  readonly #wiring: Wiring;
  readonly #parser: Parser;
  #state: State = CLOSED;

  constructor(wiring: Wiring, owner: LinkOwner<Member>, voice: LinkVoice<Member>) {
    const { opts } = owner;
    this.#owner = owner;
    this.#voice = voice;
    this.#wiring = wiring;
    this.#parser = wiring.resolveParser(opts.parser);
    this.options = resolveOptions(opts);
    this.#backoff = new Backoff(this.options.settings);
  }

  open(callback?: OpenCallback): void {
    const { name } = this.#state;
    if (name === "closed" || name === "waiting") this.#attempt({ reconnecting: name === "waiting", callback });
  }

  close(): void {
    const state = this.#state;
    this.stopped = true;
    if (state.name === "closed") return;
    this.#enter(CLOSED);
    if ("connection" in state) state.connection.close(false);
    this.#reportLoss("forced close");
  }

  /** A socket has become active: opens the connection if need be, and tells the socket when it is open. */
  join(socket: Member): void {
    if (this.#state.name === "closed") this.open();
    else if (this.#state.name === "open")
      this.#voice.signal(socket, { type: "open", connection: this.#state.connection });
  }

  /** A socket has left: closes the connection if it was the last. */
  closeIfUnused(): void {
    for (const socket of this.#owner.sockets.values()) if (socket.active) return;
    this.close();
  }

  onPacket(packet: SocketPacket): void {
    const socket = this.#owner.sockets.get(packet.namespace);
    if (socket) this.#voice.signal(socket, packet);
    if (this.#owner.hasListeners("packet")) this.fire("packet", toRawPacket(packet));
  }

  onOpen(connection: Connection): void {
    if (this.#state.name !== "opening") return;
    const { attempt } = this.#state;
    this.#enter({ name: "open", connection });
    this.#signalAll({ type: "open", connection });
    this.fire("open");
    settle(attempt);
    const { attempts } = this.#backoff;
    this.#backoff.reset();
    if (attempt.reconnecting) this.fire("reconnect", attempts);
  }

  onClose(reason: string, cause: unknown): void {
    const state = this.#state;
    if (state.name === "opening") this.#onFailure(state.attempt, toError(cause ?? reason));
    if (state.name !== "open") return;
    if (reason === "transport error") this.#reportError(toError(cause ?? reason));
    this.#enter(CLOSED);
    this.#reportLoss(reason, cause);
    this.#reconnect();
  }

  /** Emits on the manager. */
  fire(event: keyof ManagerReservedEvents, ...args: readonly unknown[]): void {
    try {
      this.#voice.notify(event, args);
    } catch (error) {
      throwLater(error);
    }
  }

  #attempt(attempt: Attempt): void {
    this.stopped = false;
    const engine = this.#wiring.createEngine(this.#owner.opts);
    this.engine = engine;
    const connection = new Connection(engine, this.#parser, this.options.decoderLimits, this);
    const expire = (): void => {
      connection.close(true);
      this.#onFailure(attempt, new Error("timeout"));
    };
    const { timeoutMs } = this.options.settings;
    const timer = timeoutMs === false ? undefined : this.#schedule(expire, timeoutMs);
    this.#enter({ name: "opening", attempt, connection, timer });
  }

  #onFailure(attempt: Attempt, error: Error): void {
    this.#enter(CLOSED);
    this.#reportError(error);
    settle(attempt, error);
    if (attempt.reconnecting || attempt.callback === undefined) this.#reconnect();
    if (attempt.reconnecting) this.fire("reconnect_error", error);
  }

  #reportError(error: Error): void {
    this.#signalAll({ type: "error", error });
    this.fire("error", error);
  }

  #reportLoss(reason: string, details?: unknown): void {
    this.#signalAll({ type: "close", reason, details });
    this.fire("close", reason, details);
  }

  #signalAll(signal: Signal): void {
    // listeners may add sockets, which then find the state as it is
    for (const socket of Array.from(this.#owner.sockets.values())) this.#voice.signal(socket, signal);
  }

  #reconnect(): void {
    // a listener may have opened or stopped it meanwhile
    const { enabled, maxAttempts } = this.options.settings;
    if (this.#state.name !== "closed" || this.stopped || !enabled) return;
    if (this.#backoff.attempts < maxAttempts) {
      this.#enter({ name: "waiting", timer: this.#schedule(() => this.#tryAgain(), this.#backoff.next()) });
      return;
    }
    this.#backoff.reset();
    this.fire("reconnect_failed");
  }

  #tryAgain(): void {
    const waiting = this.#state;
    if (!this.stopped) this.fire("reconnect_attempt", this.#backoff.attempts);
    // a listener may have changed its mind
    if (this.#state !== waiting) return;
    if (this.stopped) this.#enter(CLOSED);
    else this.#attempt({ reconnecting: true, callback: undefined });
  }

  #schedule(callback: () => void, delayMs: number): Timer {
    return this.options.clock.schedule(callback, delayMs, this.options.background);
  }

  #enter(next: State): void {
    if ("timer" in this.#state) this.#state.timer?.cancel();
    this.#state = next;
  }
}

function settle({ callback }: Attempt, ...result: [error?: Error]): void {
  try {
    callback?.(...result);
  } catch (error) {
    throwLater(error);
  }
}
