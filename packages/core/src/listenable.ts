import type { EventNames, EventsMap, Untyped } from "@halyard/contracts";

interface Registration {
  readonly listener: Untyped;
  readonly once: boolean;
}

/**
 * The listening half of an {@link Emitter}: for objects that users listen to and whose own `emit` does something else.
 * Listeners added or removed while an event is being emitted count from the next event on. The names `1` and `"1"` are
 * the same, as they are for Node.js emitters.
 */
export class Listenable<Events extends EventsMap> {
  /** Made with the first listener: an empty map per object would be most of what an idle one costs. */
  #registrations: Map<string | symbol, readonly Registration[]> | undefined;

  on<Event extends EventNames<Events>>(event: Event, listener: Events[Event]): this {
    return this.#add(event, { listener, once: false });
  }

  once<Event extends EventNames<Events>>(event: Event, listener: Events[Event]): this {
    return this.#add(event, { listener, once: true });
  }

  /** Removes one registration of a listener, all listeners of one event, or all. */
  off<Event extends EventNames<Events>>(event?: Event, listener?: Events[Event]): this {
    if (event === undefined) this.#registrations = undefined;
    else if (listener === undefined) this.#registrations?.delete(nameOf(event));
    else {
      const entry = this.#of(event).find((candidate) => candidate.listener === listener);
      if (entry) this.#remove(nameOf(event), entry);
    }
    return this;
  }

  listeners<Event extends EventNames<Events>>(event: Event): Events[Event][] {
    return this.#of(event).map((entry) => entry.listener);
  }

  hasListeners<Event extends EventNames<Events>>(event: Event): boolean {
    return this.#registrations?.has(nameOf(event)) === true;
  }

  addEventListener<Event extends EventNames<Events>>(event: Event, listener: Events[Event]): this {
    return this.on(event, listener);
  }

  removeListener<Event extends EventNames<Events>>(event?: Event, listener?: Events[Event]): this {
    return this.off(event, listener);
  }

  removeEventListener<Event extends EventNames<Events>>(event?: Event, listener?: Events[Event]): this {
    return this.off(event, listener);
  }

  removeAllListeners<Event extends EventNames<Events>>(event?: Event): this {
    return this.off(event);
  }

  /** Whether anybody has listened to anything yet: while nobody has, nothing needs to be prepared for listeners. */
  protected get observed(): boolean {
    return this.#registrations !== undefined;
  }

  /** Calls the listeners in the order they were added; a listener that throws stops the rest and throws to the caller. */
  protected notify(event: PropertyKey, args: readonly unknown[]): boolean {
    const name = nameOf(event);
    const registrations = this.#registrations?.get(name);
    if (!registrations) return false;
    for (const entry of registrations) {
      if (entry.once) this.#remove(name, entry);
      entry.listener.apply(this, args);
    }
    return true;
  }

  #of(event: PropertyKey): readonly Registration[] {
    return this.#registrations?.get(nameOf(event)) ?? [];
  }

  #add(event: PropertyKey, entry: Registration): this {
    (this.#registrations ??= new Map()).set(nameOf(event), [...this.#of(event), entry]);
    return this;
  }

  #remove(name: string | symbol, entry: Registration): void {
    const rest = this.#of(name).filter((other) => other !== entry);
    if (rest.length === 0) this.#registrations?.delete(name);
    else this.#registrations?.set(name, rest);
  }
}

function nameOf(event: PropertyKey): string | symbol {
  return typeof event === "number" ? String(event) : event;
}
