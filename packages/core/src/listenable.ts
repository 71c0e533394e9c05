import type { EventNames, EventsMap, Untyped } from "@halyard/contracts";
import { throwLater } from "./throw-later.ts";

interface Registration {
  readonly listener: Untyped;
  readonly once: boolean;
}

/** Which listeners to remove. */
type Selection<Events extends EventsMap, Event extends keyof Events> = [event?: Event, listener?: Events[Event]];

const NONE: readonly Registration[] = [];

/**
 * The listening half of an {@link Emitter}: for objects that users listen to and whose own `emit` does something else.
 * Listeners added or removed while an event is being emitted count from the next event on. The names `1` and `"1"` are
 * the same, as they are for Node.js emitters.
 */
export class Listenable<Events extends EventsMap> {
  /** Made with the first listener: an empty record per object would be most of what an idle one costs. */
  #registrations: Record<PropertyKey, readonly Registration[] | undefined> | undefined;

  /** Calls a listener each time. */
  on<Event extends EventNames<Events>>(event: Event, listener: Events[Event]): this {
    return this.#add(event, listener, false);
  }

  /** Calls a listener the next time only. */
  once<Event extends EventNames<Events>>(event: Event, listener: Events[Event]): this {
    return this.#add(event, listener, true);
  }

  /**
   * Removes one registration of a listener, all listeners of one event, or all. What is given counts even if it is
   * undefined: a listener that does not exist yet must not take the others with it.
   */
  off<Event extends EventNames<Events>>(...given: Selection<Events, Event>): this {
    const [event, listener] = given;
    if (given.length === 0) this.#registrations = undefined;
    else {
      const name = event as PropertyKey;
      const entry = this.#of(name).find((candidate) => candidate.listener === listener);
      this.#keep(name, (other) => given.length > 1 && other !== entry);
    }
    return this;
  }

  /** The listeners of an event, in the order in which they are called. */
  listeners<Event extends EventNames<Events>>(event: Event): Events[Event][] {
    return this.#of(event).map((entry) => entry.listener);
  }

  /** Whether anybody listens to an event. */
  hasListeners<Event extends EventNames<Events>>(event: Event): boolean {
    return this.#of(event).length > 0;
  }

  /** The same as {@link on}. */
  addEventListener<Event extends EventNames<Events>>(event: Event, listener: Events[Event]): this {
    return this.on(event, listener);
  }

  /** The same as {@link off}. */
  removeListener<Event extends EventNames<Events>>(...given: Selection<Events, Event>): this {
    return this.off(...given);
  }

  /** The same as {@link off}. */
  removeEventListener<Event extends EventNames<Events>>(...given: Selection<Events, Event>): this {
    return this.off(...given);
  }

  /** The same as {@link off}. */
  removeAllListeners<Event extends EventNames<Events>>(...given: Selection<Events, Event>): this {
    return this.off(...given);
  }

  /** Whether anybody has listened to anything yet: while nobody has, nothing needs to be prepared for listeners. */
  protected get observed(): boolean {
    return this.#registrations !== undefined;
  }

  /** Calls the listeners in the order they were added; a listener that throws stops the rest and throws to the caller. */
  protected notify(event: PropertyKey, args: readonly unknown[]): boolean {
    const registrations = this.#of(event);
    for (const entry of registrations) {
      if (entry.once) this.#keep(event, (other) => other !== entry);
      entry.listener.apply(this, args);
    }
    return registrations.length > 0;
  }

  /** Calls the listeners; what one of them throws surfaces as an uncaught error, and disturbs nobody here. */
  protected fire(event: PropertyKey, ...args: readonly unknown[]): void {
    try {
      this.notify(event, args);
    } catch (error) {
      throwLater(error);
    }
  }

  #of(event: PropertyKey): readonly Registration[] {
    return this.#registrations?.[event] ?? NONE;
  }

  #add(event: PropertyKey, listener: Untyped, once: boolean): this {
    // without a prototype, whose members would pass for listeners
    this.#registrations ??= Object.create(null) as Record<PropertyKey, readonly Registration[]>;
    this.#registrations[event] = [...this.#of(event), { listener, once }];
    return this;
  }

  #keep(event: PropertyKey, predicate: (entry: Registration) => boolean): void {
    const rest = this.#of(event).filter(predicate);
    // names may be made up by the thousand
    if (rest.length === 0) delete this.#registrations?.[event];
    else if (this.#registrations) this.#registrations[event] = rest;
  }
}
