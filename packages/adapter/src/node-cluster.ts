export type { ClusterOptions } from "./cluster/cluster-options.ts";
export type { Cluster, ClusterEvents, ClusterStats } from "./cluster/cluster.ts";
export type { ClusterAdapterFactory } from "./cluster/create-cluster-adapter.ts";
export { createAdapter } from "./node-cluster/create-adapter.ts";
export { setupPrimary, type PrimaryRole } from "./node-cluster/setup-primary.ts";
export { setupWorker, type StickyServer } from "./node-cluster/setup-worker.ts";
