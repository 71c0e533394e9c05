/**
 * What the servers of a cluster answered: an array, with the ids of the servers whose answer is not complete, because they were
 * silent for too long or have gone meanwhile. Empty if everybody has answered.
 */
export interface ClusterResult<Item> extends Array<Item> {
  readonly missingNodes: readonly string[];
}

/** Adds the ids to an array, in a way that comparing, copying and printing it do not see. */
export function withMissingNodes<Item>(items: Item[], missingNodes: readonly string[]): ClusterResult<Item> {
  const result = Object.assign(items, { missingNodes });
  Object.defineProperty(result, "missingNodes", { enumerable: false });
  return result;
}
