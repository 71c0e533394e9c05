/** Somebody who has left or fallen silent: a node of ours altogether, or one of socket.io from a namespace. */
export interface Departure {
  readonly node: string;
  /** Absent if the node is gone from every namespace. */
  readonly namespace?: string;
}

/**
 * The other nodes of a cluster, by when they were heard last. A node of ours is a member of every namespace, as it answers for
 * those that it does not have; a node of socket.io has an id, and heartbeats, for each of its namespaces.
 */
export class Members {
  readonly #ours = new Map<string, number>();
  readonly #foreign = new Map<string, Map<string, number>>();

  /** Whether there are others, and all of them understand our own messages. */
  get areAllOurs(): boolean {
    return this.#ours.size > 0 && this.#foreign.size === 0;
  }

  /** The namespaces in which there are nodes of socket.io. */
  get foreignNamespaces(): Iterable<string> {
    return this.#foreign.keys();
  }

  hasForeign(namespace: string): boolean {
    return this.#foreign.has(namespace);
  }

  isOurs(node: string): boolean {
    return this.#ours.has(node);
  }

  /** The ids of all nodes. */
  get all(): string[] {
    return [...this.#ours.keys(), ...[...this.#foreign.values()].flatMap((nodes) => [...nodes.keys()])];
  }

  /** The ids of the nodes that answer for a namespace. */
  of(namespace: string): string[] {
    return [...this.#ours.keys(), ...(this.#foreign.get(namespace)?.keys() ?? [])];
  }

  countOf(namespace: string): number {
    return this.#ours.size + (this.#foreign.get(namespace)?.size ?? 0);
  }

  /** Any message is a sign of life. Returns whether the node was not known. */
  hear(node: string, namespace: string, nowMs: number): boolean {
    if (this.#ours.has(node)) {
      this.#ours.set(node, nowMs);
      return false;
    }
    let nodes = this.#foreign.get(namespace);
    if (nodes === undefined) this.#foreign.set(namespace, (nodes = new Map()));
    const isNew = !nodes.has(node);
    nodes.set(node, nowMs);
    return isNew;
  }

  /** A node has announced that it is one of ours. Returns whether it was not known as such. */
  announce(node: string, nowMs: number): boolean {
    const isNew = !this.#ours.has(node);
    this.#ours.set(node, nowMs);
    if (isNew) for (const namespace of this.#foreign.keys()) this.leave(node, namespace);
    return isNew;
  }

  /** Forgets a node of socket.io in one namespace. Returns whether it was there. */
  leave(node: string, namespace: string): boolean {
    const nodes = this.#foreign.get(namespace);
    const wasThere = nodes?.delete(node) === true;
    if (nodes?.size === 0) this.#foreign.delete(namespace);
    return wasThere;
  }

  /** Forgets a node in all namespaces. Returns whether it was there. */
  remove(node: string): boolean {
    let wasThere = this.#ours.delete(node);
    for (const namespace of this.#foreign.keys()) wasThere = this.leave(node, namespace) || wasThere;
    return wasThere;
  }

  /** Forgets those who were heard last before the given time. */
  removeSilent(sinceMs: number): Departure[] {
    const gone: Departure[] = [];
    for (const [node, heardMs] of this.#ours) if (heardMs < sinceMs) gone.push({ node });
    for (const [namespace, nodes] of this.#foreign)
      for (const [node, heardMs] of nodes) if (heardMs < sinceMs) gone.push({ node, namespace });
    for (const { node, namespace } of gone)
      if (namespace === undefined) this.#ours.delete(node);
      else this.leave(node, namespace);
    return gone;
  }

  /** Gives everybody time anew: nobody could be heard. */
  excuse(nowMs: number): void {
    for (const node of this.#ours.keys()) this.#ours.set(node, nowMs);
    for (const nodes of this.#foreign.values()) for (const node of nodes.keys()) nodes.set(node, nowMs);
  }
}
