import type { AdapterFactory, Bus } from "@halyard/contracts";
import { ClusterNode } from "./cluster-node.ts";
import type { ClusterOptions } from "./cluster-options.ts";
import type { Cluster } from "./cluster.ts";
import { writeCommand } from "./write-message.ts";

/** Makes the adapters of one server's namespaces, which share a bus. */
export interface ClusterAdapterFactory extends AdapterFactory {
  /** This node's part in the cluster, to watch. */
  readonly cluster: Cluster;
}

/**
 * Makes the adapter of a server that is one of several: commands and queries go over a bus, which serves all namespaces. The bus
 * is started with the server and closed with it; each server needs a factory, and a bus, of its own.
 * @throws `INVALID_OPTION`
 *
 * @example
 * const adapter = createClusterAdapter(bus);
 * const io = new Server(3000, { adapter });
 * adapter.cluster.on("leave", (node) => console.log(`${node} is gone`));
 */
export function createClusterAdapter(bus: Bus, options: ClusterOptions = {}): ClusterAdapterFactory {
  const node = new ClusterNode(bus, options);
  const factory: AdapterFactory = (host) => {
    const { namespace } = host;
    node.open(host);
    return {
      start: () => node.start(host),
      serverCount: () => node.serverCount(namespace),
      publish: (command) => node.publish(namespace, writeCommand(namespace, command)),
      query: (query, signal) => node.query(namespace, query, signal),
      roomChanged: (room, change) => node.roomChanged(namespace, room, change),
      close: () => node.close(host),
    };
  };
  return Object.assign(factory, { cluster: node });
}
