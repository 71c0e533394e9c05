import type { BusStatus } from "@halyard/contracts";
import { Emitter } from "@halyard/core";
import {
  adapterClose,
  adapterDown,
  adapterDrop,
  adapterGap,
  adapterJoin,
  adapterLeave,
  adapterMalformed,
  adapterUp,
} from "@halyard/diagnostics";
import type { ClusterEvents, ClusterStats } from "./cluster.ts";

/** An event with its arguments. */
type ClusterOccurrence = {
  [Event in keyof ClusterEvents]: [event: Event, ...args: Parameters<ClusterEvents[Event]>];
}[keyof ClusterEvents];

/** Counts and tells what happens in a cluster: what all implementations of `Cluster` have in common. */
export abstract class ClusterMonitor extends Emitter<ClusterEvents> {
  readonly #onError: (thrown: unknown) => void;
  #malformed = 0;
  #dropped = 0;
  #gaps = 0;

  /** This node's id. */
  abstract readonly nodeId: string;

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

  /** This node has left the cluster. To be called once, when nothing else happens in it. */
  onEnd(): void {
    if (adapterClose.hasSubscribers) adapterClose.publish({ nodeId: this.nodeId });
  }

  /** Calls the listeners of an event. Does not throw. */
  tell(...occurrence: ClusterOccurrence): void {
    const [event, ...args] = occurrence;
    publish(this.nodeId, occurrence);
    try {
      this.notify(event, args);
    } catch (thrown) {
      this.#onError(thrown);
    }
  }
}

/** Tells those who listen to the diagnostics channels. */
function publish(nodeId: string, occurrence: ClusterOccurrence): void {
  switch (occurrence[0]) {
    case "up":
      if (adapterUp.hasSubscribers) adapterUp.publish({ nodeId });
      return;
    case "down":
      if (adapterDown.hasSubscribers) adapterDown.publish({ nodeId, ...because(occurrence[1]) });
      return;
    case "dropped": {
      const [, messages, bytes, cause] = occurrence;
      if (adapterDrop.hasSubscribers) adapterDrop.publish({ nodeId, messages, bytes, ...because(cause) });
      return;
    }
    case "gap":
      if (adapterGap.hasSubscribers) adapterGap.publish({ nodeId, ...because(occurrence[1]) });
      return;
    case "join":
      if (adapterJoin.hasSubscribers) adapterJoin.publish({ nodeId, peerId: occurrence[1] });
      return;
    case "leave":
      if (adapterLeave.hasSubscribers) adapterLeave.publish({ nodeId, peerId: occurrence[1] });
      return;
    case "malformed":
      if (adapterMalformed.hasSubscribers) adapterMalformed.publish({ nodeId });
  }
}

function because(cause: unknown): { readonly cause?: unknown } {
  return cause === undefined ? {} : { cause };
}
