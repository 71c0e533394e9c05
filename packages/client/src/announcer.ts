import type { EventsMap } from "@halyard/contracts";
import { Listenable } from "@halyard/core";
import { callSafely } from "./call-safely.ts";

/** Tells its listeners what happens; what one of them throws surfaces as an uncaught error. */
export class Announcer<Events extends EventsMap> extends Listenable<Events> {
  protected fire(event: PropertyKey, ...args: readonly unknown[]): void {
    callSafely(this.notify, this, [event, args]);
  }
}
