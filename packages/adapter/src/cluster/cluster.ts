import type { BusBacklog } from "@halyard/contracts";
import type { Emitter } from "@halyard/core";

/** What happens in a cluster, as one node sees it. */
export interface ClusterEvents {
  /** Messages flow in both directions; also at the start. */
  up: () => void;
  /** The backend is away: messages of this node wait in the backlog. Clients of this node are served as before. */
  down: (cause: unknown) => void;
  /** Messages of this node were never sent. */
  dropped: (messages: number, bytes: number, cause: unknown) => void;
  /** Messages of other nodes may have been missed. */
  gap: (cause: unknown) => void;
  /** A node was heard for the first time. A node of socket.io has an id for each of its namespaces. */
  join: (node: string) => void;
  /** A node has left, or was silent for too long. */
  leave: (node: string) => void;
  /** Something came in that cannot be read, and was skipped. */
  malformed: (cause: unknown) => void;
}

/** What a node has counted, and what waits at present. */
export interface ClusterStats {
  /** Messages that could not be read, and were skipped. */
  readonly malformed: number;
  /** Messages of this node that were never sent. */
  readonly dropped: number;
  /** How often messages of others may have been missed. */
  readonly gaps: number;
  /** Messages of this node that wait because the backend is away. */
  readonly backlog: BusBacklog;
  /** Queries of this node that others have not finished to answer. */
  readonly pendingQueries: number;
  /** Queries of others that this node has not finished to answer. */
  readonly pendingAnswers: number;
}

/**
 * One node's part in a cluster, to watch.
 *
 * @example
 * const adapter = createClusterAdapter(bus);
 * adapter.cluster.on("down", (cause) => console.warn("the other nodes are out of reach", cause));
 */
export interface Cluster extends Pick<Emitter<ClusterEvents>, "on" | "once" | "off" | "listeners"> {
  /** This node's id, as the results of others name it. */
  readonly nodeId: string;
  /** The ids of the other nodes. A node of socket.io has one for each of its namespaces. */
  readonly nodes: readonly string[];
  /** What the node has sent, received and lost since it started. */
  stats(): ClusterStats;
}
