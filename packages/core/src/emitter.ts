import type { EventNames, EventParams, EventsMap } from "@halyard/contracts";
import { Listenable } from "./listenable.ts";

/**
 * A small typed emitter for objects that users listen to, in browsers and Node.js. Listeners added or removed while an
 * event is being emitted count from the next event on.
 *
 * @example
 * const emitter = new Emitter<{ message: (text: string) => void }>();
 * emitter.on("message", (text) => console.log(text));
 */
export class Emitter<Events extends EventsMap> extends Listenable<Events> {
  /** Calls the listeners in the order they were added; a listener that throws stops the rest and throws to the caller. */
  emit<Event extends EventNames<Events>>(event: Event, ...args: EventParams<Events, Event>): boolean {
    return this.notify(event, args);
  }
}
