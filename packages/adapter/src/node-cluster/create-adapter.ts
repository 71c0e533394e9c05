import type { ClusterOptions } from "../cluster/cluster-options.ts";
import { createClusterAdapter, type ClusterAdapterFactory } from "../cluster/create-cluster-adapter.ts";
import { WorkerBus } from "./worker-bus.ts";

/**
 * Makes the adapter of a server in a worker of `node:cluster`, whose primary process has called `setupPrimary()`, ours or that of
 * `@socket.io/cluster-adapter`.
 * @throws `INVALID_OPTION`
 *
 * @example
 * const io = new Server(3000, { adapter: createAdapter() });
 */
export function createAdapter(options: ClusterOptions = {}): ClusterAdapterFactory {
  return createClusterAdapter(new WorkerBus(process), options);
}
