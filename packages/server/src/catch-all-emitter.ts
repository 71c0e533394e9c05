import type { EventsMap } from "@halyard/contracts";
import { CatchAll, type AnyListener } from "./catch-all.ts";
import { TypedEmitter } from "./typed-events.ts";

/** The catch-all listeners of an emitter for what comes in, if it has had any. */
export let incomingCatchAll: (emitter: CatchAllEmitter<EventsMap, EventsMap>) => CatchAll | undefined;

/** The catch-all listeners of an emitter for what goes out, if it has had any. */
export let outgoingCatchAll: (emitter: CatchAllEmitter<EventsMap, EventsMap>) => CatchAll | undefined;

/** Adds to single events the listeners of all of them, for each direction. Who sends and receives has to call them. */
export abstract class CatchAllEmitter<
  ListenEvents extends EventsMap,
  ReservedEvents extends EventsMap,
> extends TypedEmitter<ListenEvents, ReservedEvents> {
  // made with the first listener: few sockets have any
  #incoming: CatchAll | undefined;
  #outgoing: CatchAll | undefined;

  /** Adds a listener for every event from the client. */
  onAny(listener: AnyListener): this {
    (this.#incoming ??= new CatchAll()).append(listener);
    return this;
  }

  /** Adds a listener for every event from the client, before the others. */
  prependAny(listener: AnyListener): this {
    (this.#incoming ??= new CatchAll()).prepend(listener);
    return this;
  }

  /** Removes one such listener, or all. */
  offAny(listener?: AnyListener): this {
    this.#incoming?.remove(listener);
    return this;
  }

  /** The listeners that hear every incoming event. */
  listenersAny(): AnyListener[] {
    return this.#incoming?.list() ?? [];
  }

  /** Adds a listener for every event to the client. */
  onAnyOutgoing(listener: AnyListener): this {
    (this.#outgoing ??= new CatchAll()).append(listener);
    return this;
  }

  /** Adds a listener for every event to the client, before the others. */
  prependAnyOutgoing(listener: AnyListener): this {
    (this.#outgoing ??= new CatchAll()).prepend(listener);
    return this;
  }

  /** Removes one such listener, or all. */
  offAnyOutgoing(listener?: AnyListener): this {
    this.#outgoing?.remove(listener);
    return this;
  }

  /** The listeners that hear every outgoing event. */
  listenersAnyOutgoing(): AnyListener[] {
    return this.#outgoing?.list() ?? [];
  }

  static {
    incomingCatchAll = (emitter) => emitter.#incoming;
    outgoingCatchAll = (emitter) => emitter.#outgoing;
  }
}
