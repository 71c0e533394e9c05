import type { BusStatus } from "@halyard/contracts";
import { Emitter } from "@halyard/core";
import type { ClusterEvents, ClusterStats } from "./cluster.ts";

/** An event with its arguments. */
type ClusterOccurrence = {
  [Event in keyof ClusterEvents]: [event: Event, ...args: Parameters<ClusterEvents[Event]>];
}[keyof ClusterEvents];

/** Counts and tells what happens in a cluster: what all implementations of `Cluster` have in common. */
export class ClusterMonitor extends Emitter<ClusterEvents> {
  readonly #onError: (thrown: unknown) => void;
  #malformed = 0;
  #dropped = 0;
  #gaps = 0;

  /** `onError` takes what listeners throw. */
  constructor(onError: (thrown: unknown) => void) {
    super();
    this.#onError = onError;
  }

  /** What has been counted so far. */
  get counted(): Pick<ClusterStats, "malformed" | "dropped" | "gaps"> {
    return { malformed: this.#malformed, dropped: this.#dropped, gaps: this.#gaps };
  }

  /** Something came in that cannot be read. */
  onMalformed(cause: unknown): void {
    this.#malformed++;
    this.tell("malformed", cause);
  }

  /** The backend has changed, or lost something. */
  onStatus(status: BusStatus): void {
    switch (status.kind) {
      case "up":
        return this.tell("up");
      case "down":
        return this.tell("down", status.cause);
      case "dropped":
        this.#dropped += status.messages;
        return this.tell("dropped", status.messages, status.bytes, status.cause);
      case "gap":
        this.#gaps++;
        return this.tell("gap", status.cause);
      case "left":
        return this.tell("leave", status.node);
    }
  }

  /** Calls the listeners of an event. Does not throw. */
  tell(...[event, ...args]: ClusterOccurrence): void {
    try {
      this.notify(event, args);
    } catch (thrown) {
      this.#onError(thrown);
    }
  }
}
