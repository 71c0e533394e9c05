import type { EventNames, EventParams, EventsMap, Untyped } from "@halyard/contracts";

interface Registration {
  readonly listener: Untyped;
  readonly once: boolean;
}

/**
 * A small typed emitter for objects that users listen to, in browsers and Node.js. Listeners added or removed while an
 * event is being emitted count from the next event on.
 *
 * @example
 * const emitter = new Emitter<{ message: (text: string) => void }>();
 * emitter.on("message", (text) => console.log(text));
 */
export class Emitter<Events extends EventsMap> {
  readonly #registrations = new Map<PropertyKey, readonly Registration[]>();

  on<Event extends EventNames<Events>>(event: Event, listener: Events[Event]): this {
    return this.#add(event, { listener, once: false });
  }

  once<Event extends EventNames<Events>>(event: Event, listener: Events[Event]): this {
    return this.#add(event, { listener, once: true });
  }

  /** Removes one listener, all of one event, or all. */
  off<Event extends EventNames<Events>>(event?: Event, listener?: Events[Event]): this {
    if (event === undefined) {
      this.#registrations.clear();
      return this;
    }
    const rest = listener === undefined ? [] : this.#of(event).filter((entry) => entry.listener !== listener);
    if (rest.length === 0) this.#registrations.delete(event);
    else this.#registrations.set(event, rest);
    return this;
  }

  /** Calls the listeners in the order they were added; a listener that throws stops the rest and throws to the caller. */
  emit<Event extends EventNames<Events>>(event: Event, ...args: EventParams<Events, Event>): boolean {
    const registrations = this.#registrations.get(event);
    if (registrations === undefined) return false;
    for (const entry of registrations) {
      if (entry.once) this.#remove(event, entry);
      entry.listener.apply(this, args);
    }
    return true;
  }

  listeners<Event extends EventNames<Events>>(event: Event): Events[Event][] {
    return this.#of(event).map((entry) => entry.listener);
  }

  hasListeners<Event extends EventNames<Events>>(event: Event): boolean {
    return this.#registrations.has(event);
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

  #of(event: PropertyKey): readonly Registration[] {
    return this.#registrations.get(event) ?? [];
  }

  #add(event: PropertyKey, entry: Registration): this {
    this.#registrations.set(event, [...this.#of(event), entry]);
    return this;
  }

  #remove(event: PropertyKey, entry: Registration): void {
    const rest = this.#of(event).filter((other) => other !== entry);
    if (rest.length === 0) this.#registrations.delete(event);
    else this.#registrations.set(event, rest);
  }
}
