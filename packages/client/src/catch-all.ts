import type { EventsMap, Untyped } from "@halyard/contracts";
import { Listenable } from "@halyard/core";
import { callSafely } from "./call-safely.ts";

/** Hears every event: its name, then its arguments. */
export type CatchAllListener = (...args: Untyped[]) => void;

/** Adds to single events the listeners of all of them, one list for each direction. */
export class CatchAllAnnouncer<Events extends EventsMap> extends Listenable<Events> {
  // made when first asked for: few sockets have any
  #incoming: CatchAllListener[] | undefined;
  #outgoing: CatchAllListener[] | undefined;

  /** Adds a listener of all events that arrive: their names, then their arguments. */
  onAny(listener: CatchAllListener): this {
    this.listenersAny().push(listener);
    return this;
  }

  /** Like {@link onAny}, before the others. */
  prependAny(listener: CatchAllListener): this {
    this.listenersAny().unshift(listener);
    return this;
  }

  /** Removes one such listener, or all. */
  offAny(listener?: CatchAllListener): this {
    remove(this.listenersAny(), listener);
    return this;
  }

  /** The listeners of all events that arrive; the array may be changed. */
  listenersAny(): CatchAllListener[] {
    return (this.#incoming ??= []);
  }

  /** Adds a listener of all events that are sent: their names, then their arguments. Acknowledgements are left out. */
  onAnyOutgoing(listener: CatchAllListener): this {
    this.listenersAnyOutgoing().push(listener);
    return this;
  }

  /** Like {@link onAnyOutgoing}, before the others. */
  prependAnyOutgoing(listener: CatchAllListener): this {
    this.listenersAnyOutgoing().unshift(listener);
    return this;
  }

  /** Removes one such listener, or all. */
  offAnyOutgoing(listener?: CatchAllListener): this {
    remove(this.listenersAnyOutgoing(), listener);
    return this;
  }

  /** The listeners of all events that are sent; the array may be changed. */
  listenersAnyOutgoing(): CatchAllListener[] {
    return (this.#outgoing ??= []);
  }

  /** @internal */
  protected tellIncoming(data: readonly unknown[]): void {
    if (this.#incoming) tell(this.#incoming, this, data);
  }

  /** @internal */
  protected tellOutgoing(data: readonly unknown[]): void {
    if (this.#outgoing) tell(this.#outgoing, this, data);
  }
}

function remove(listeners: CatchAllListener[], listener: CatchAllListener | undefined): void {
  const at = listener ? listeners.indexOf(listener) : 0;
  if (at >= 0) listeners.splice(at, listener ? 1 : Infinity);
}

function tell(listeners: readonly CatchAllListener[], self: object, data: readonly unknown[]): void {
  for (const listener of Array.from(listeners)) callSafely(listener, self, data);
}
