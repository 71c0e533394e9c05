import type { ClusterQuery, ClusterReply } from "@halyard/contracts";
import { PendingQuery } from "./pending-query.ts";

/** The queries of this node that wait for others. */
export class Queries {
  readonly #nodeId: string;
  readonly #pending = new Map<string, PendingQuery>();
  #count = 0;

  /** Ids of queries carry the node's: some backends bring answers to everybody. */
  constructor(nodeId: string) {
    this.#nodeId = nodeId;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Begins to wait for answers, until the signal aborts; see {@link PendingQuery} for the rest. */
  open(
    kind: ClusterQuery["kind"],
    nodes: Iterable<string>,
    countsUnnamed: boolean,
    signal: AbortSignal,
  ): { readonly requestId: string; readonly pending: PendingQuery } {
    const requestId = `${this.#nodeId}.${(this.#count++).toString(36)}`;
    const expire = (): void => pending.expire();
    const pending = new PendingQuery(kind, nodes, countsUnnamed, () => {
      this.#pending.delete(requestId);
      signal.removeEventListener("abort", expire);
    });
    this.#pending.set(requestId, pending);
    if (signal.aborted) pending.expire();
    else signal.addEventListener("abort", expire, { once: true });
    return { requestId, pending };
  }

  take(node: string, requestId: string, replies: readonly ClusterReply[], isLast: boolean): void {
    this.#pending.get(requestId)?.take(node, replies, isLast);
  }

  /** A node has left: nobody waits for it any more. */
  miss(node: string): void {
    for (const pending of this.#pending.values()) pending.miss(node);
  }

  /** Ends all of them, with what has arrived. */
  close(): void {
    for (const pending of this.#pending.values()) pending.expire();
  }
}
