import { ClusterMonitor, type Cluster, type ClusterStats } from "@halyard/adapter";
import type { BusBacklog, BusStatus } from "@halyard/contracts";
import { createLossWarning } from "../connection/warn-of-losses.ts";
import type { ResolvedRedisOptions } from "./options.ts";

/** A change in the number of queries or answers under way. */
export type Pending = "pendingQueries" | "pendingAnswers";

/** One node's part in a cluster, to watch. */
export class PubSubCluster extends ClusterMonitor implements Cluster {
  readonly nodeId: string;
  readonly #backlog: () => BusBacklog;
  readonly #warn: (status: BusStatus) => void;
  readonly #pending: Record<Pending, number> = { pendingQueries: 0, pendingAnswers: 0 };
  readonly #nodes = new Set<string>();

  constructor(nodeId: string, options: Pick<ResolvedRedisOptions, "onError" | "clock">, backlog: () => BusBacklog) {
    super(options.onError);
    this.nodeId = nodeId;
    this.#backlog = backlog;
    this.#warn = createLossWarning(options.clock);
  }

  get nodes(): readonly string[] {
    return [...this.#nodes];
  }

  stats(): ClusterStats {
    return {
      ...this.counted,
      backlog: this.#backlog(),
      ...this.#pending,
    };
  }

  count(what: Pending, change: 1 | -1): void {
    this.#pending[what] += change;
  }

  onCome(node: string): void {
    this.#nodes.add(node);
    this.tell("join", node);
  }

  onGone(node: string): void {
    this.#nodes.delete(node);
    this.tell("leave", node);
  }

  override onStatus(status: BusStatus): void {
    if (this.listeners(status.kind === "left" ? "leave" : status.kind).length === 0) this.#warn(status);
    super.onStatus(status);
  }
}
