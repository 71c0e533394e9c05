import type { Cluster, ClusterEvents, ClusterStats } from "@halyard/adapter";
import type { BusBacklog, BusStatus } from "@halyard/contracts";
import { Emitter } from "@halyard/core";
import { createLossWarning } from "../connection/warn-of-losses.ts";
import type { ResolvedRedisOptions } from "./options.ts";

/** A change in the number of queries or answers under way. */
export type Pending = "pendingQueries" | "pendingAnswers";

/** One node's part in a cluster, to watch. */
export class PubSubCluster extends Emitter<ClusterEvents> implements Cluster {
  readonly nodeId: string;
  readonly #options: Pick<ResolvedRedisOptions, "onError">;
  readonly #backlog: () => BusBacklog;
  readonly #warn: (status: BusStatus) => void;
  readonly #pending: Record<Pending, number> = { pendingQueries: 0, pendingAnswers: 0 };
  #nodes: ReadonlySet<string> = new Set();
  #malformed = 0;
  #dropped = 0;
  #gaps = 0;

  constructor(nodeId: string, options: Pick<ResolvedRedisOptions, "onError" | "clock">, backlog: () => BusBacklog) {
    super();
    this.nodeId = nodeId;
    this.#options = options;
    this.#backlog = backlog;
    this.#warn = createLossWarning(options.clock);
  }

  get nodes(): readonly string[] {
    return [...this.#nodes];
  }

  stats(): ClusterStats {
    return {
      malformed: this.#malformed,
      dropped: this.#dropped,
      gaps: this.#gaps,
      backlog: this.#backlog(),
      ...this.#pending,
    };
  }

  count(what: Pending, change: 1 | -1): void {
    this.#pending[what] += change;
  }

  onNodes(nodes: ReadonlySet<string>): void {
    const before = this.#nodes;
    this.#nodes = nodes;
    for (const node of nodes) if (!before.has(node)) this.#tell("join", node);
    for (const node of before) if (!nodes.has(node)) this.#tell("leave", node);
  }

  onMalformed(cause: unknown): void {
    this.#malformed++;
    this.#tell("malformed", cause);
  }

  onStatus(status: BusStatus): void {
    if (this.listeners(status.kind === "left" ? "leave" : status.kind).length === 0) this.#warn(status);
    switch (status.kind) {
      case "up":
        return this.#tell("up");
      case "down":
        return this.#tell("down", status.cause);
      case "dropped":
        this.#dropped += status.messages;
        return this.#tell("dropped", status.messages, status.bytes, status.cause);
      case "gap":
        this.#gaps++;
        return this.#tell("gap", status.cause);
      case "left":
        return this.#tell("leave", status.node);
    }
  }

  #tell(...[event, ...args]: Occurrence): void {
    try {
      this.notify(event, args);
    } catch (thrown) {
      this.#options.onError(thrown);
    }
  }
}

/** An event with its arguments. */
type Occurrence = {
  [Event in keyof ClusterEvents]: [event: Event, ...args: Parameters<ClusterEvents[Event]>];
}[keyof ClusterEvents];
