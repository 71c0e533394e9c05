import type { ClusterQuery, MissingNode } from "@halyard/contracts";

/** The backend can be reached, and messages flow in both directions; told at the start, too. */
export interface AdapterUp {
  /** This server's id in the cluster. */
  readonly nodeId: string;
}

/** The backend is away: messages to other servers wait, and those of others do not arrive. */
export interface AdapterDown {
  readonly nodeId: string;
  /** What is known of the cause. */
  readonly cause?: unknown;
}

/** This server has left the cluster, as it was closed: nothing else is told of that node. */
export interface AdapterClose {
  readonly nodeId: string;
}

/** Messages to other servers wait. Told when the first one does, whenever their bytes have doubled since, and when none waits any more. */
export interface AdapterBacklog {
  readonly nodeId: string;
  /** Messages that wait now; 0 when none does any more. */
  readonly messages: number;
  /** Their bytes. */
  readonly bytes: number;
}

/** Messages to other servers were never sent: there were too many, they were too old, or they cannot be sent at all. */
export interface AdapterDrop {
  readonly nodeId: string;
  readonly messages: number;
  readonly bytes: number;
  /** What is known of the cause. */
  readonly cause?: unknown;
}

/** Messages of other servers may have been missed. */
export interface AdapterGap {
  readonly nodeId: string;
  /** What is known of the cause. */
  readonly cause?: unknown;
}

/** Another server was heard for the first time. A server of socket.io has an id for each of its namespaces. */
export interface AdapterJoin {
  readonly nodeId: string;
  /** The other server's id. */
  readonly peerId: string;
}

/** Another server has left, or was silent for too long. */
export interface AdapterLeave {
  readonly nodeId: string;
  /** The other server's id. */
  readonly peerId: string;
}

/** A message of another server could not be read, and was skipped. */
export interface AdapterMalformed {
  readonly nodeId: string;
}

/** A question to the other servers is over: whether all have answered, or not all of them. */
export interface AdapterQuery {
  readonly namespace: string;
  readonly kind: ClusterQuery["kind"];
  /** Parts of answers that came: sockets, rooms, counts or acknowledgements. */
  readonly replies: number;
  /** Servers whose answer is not complete. None if the others are not known by name. */
  readonly missing: readonly Pick<MissingNode, "node" | "reason">[];
  /** Milliseconds since it was asked. */
  readonly durationMs: number;
}
