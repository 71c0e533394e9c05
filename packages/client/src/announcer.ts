import type { EventsMap } from "@halyard/contracts";
import { Listenable, throwLater } from "@halyard/core";

/** Tells its listeners what happens; what one of them throws surfaces as an uncaught error. */
export class Announcer<Events extends EventsMap> extends Listenable<Events> {
  /** @internal */
  protected fire(event: PropertyKey, ...args: readonly unknown[]): void {
    try {
      this.notify(event, args);
    } catch (error) {
      throwLater(error);
    }
  }
}
