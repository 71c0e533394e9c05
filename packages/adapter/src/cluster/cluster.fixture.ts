import type { Adapter, AdapterHost, ClusterCommand, ClusterQuery, ClusterReply, MissingNode } from "@halyard/contracts";
import { FakeClock } from "@halyard/core/testing";
import { createClusterAdapter, MemoryNetwork, type Cluster, type NetworkFaults } from "../index.ts";

/** A node of a test: its adapter for one namespace, and what it was told to do. */
export interface TestNode {
  readonly id: string;
  readonly adapter: Adapter;
  readonly cluster: Cluster;
  readonly executed: ClusterCommand[];
  readonly asked: ClusterQuery[];
  /** How often its namespace was told that something may have been lost. */
  gaps: number;
  /** What it answers, and how. */
  reply: (query: ClusterQuery, signal: AbortSignal) => AsyncIterable<ClusterReply>;
}

/** Nodes over a network in memory, under a clock that the test moves. */
export class TestCluster {
  readonly clock: FakeClock = new FakeClock();
  readonly network: MemoryNetwork;

  constructor(faults: NetworkFaults = {}, seed = 1) {
    this.network = new MemoryNetwork({ clock: this.clock, faults, seed });
  }

  /** Adds a node, which others hear of once the messages have been delivered. */
  async join(id: string, namespace = "/"): Promise<TestNode> {
    const factory = createClusterAdapter(this.network.join(id), { clock: this.clock });
    const executed: ClusterCommand[] = [];
    const asked: ClusterQuery[] = [];
    const host: AdapterHost = {
      namespace,
      onGap: () => void node.gaps++,
      execute: (command) => void executed.push(command),
      async *answer(query, signal) {
        asked.push(query);
        yield* node.reply(query, signal);
      },
    };
    const node: TestNode = {
      id,
      adapter: factory(host),
      cluster: factory.cluster,
      executed,
      asked,
      gaps: 0,
      reply: () => noReplies,
    };
    await node.adapter.start();
    await settle();
    return node;
  }
}

/** The answer of a node that has nothing to say. */
export const noReplies: AsyncIterable<never> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
};

/** Lets everything arrive that is under way, and what that brings about. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Reads the whole answer to a query. */
export async function read(
  replies: AsyncIterable<ClusterReply | MissingNode>,
): Promise<(ClusterReply | MissingNode)[]> {
  const list: (ClusterReply | MissingNode)[] = [];
  for await (const reply of replies) list.push(reply);
  return list;
}
