export type { ClusterOptions } from "./cluster/cluster-options.ts";
export type { Cluster, ClusterEvents, ClusterStats } from "./cluster/cluster.ts";
export { createClusterAdapter, type ClusterAdapterFactory } from "./cluster/create-cluster-adapter.ts";
export { createInMemoryAdapter } from "./in-memory-adapter.ts";
export type { NetworkFaults } from "./memory-bus/faults.ts";
export { MemoryNetwork, type MemoryNetworkOptions } from "./memory-bus/memory-network.ts";
export { createMemoryStorage } from "./recovery/memory-storage.ts";
