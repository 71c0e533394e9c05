import type { Bus, Clock } from "@halyard/contracts";
import { systemClock } from "@halyard/core";
import { Faults, type NetworkFaults } from "./faults.ts";
import { MemoryBus, type NetworkPeer } from "./memory-bus.ts";

/** Options of a network in memory. */
export interface MemoryNetworkOptions {
  /** What goes wrong, for tests. @defaultValue nothing */
  faults?: NetworkFaults;
  /** Makes faults the same in each run. @defaultValue 1 */
  seed?: number;
  /** Where delays get their time from. @defaultValue the machine's */
  clock?: Clock;
}

/**
 * Connects servers of one process. Messages are copied as a serialiser would, and arrive in a later turn of the event loop. For
 * tests, messages can get lost, late or doubled, and nodes can be cut off from each other.
 *
 * @example
 * const network = new MemoryNetwork();
 * const servers = [3001, 3002].map((port) => new Server(port, { adapter: createClusterAdapter(network.join()) }));
 */
export class MemoryNetwork {
  readonly #peers = new Set<NetworkPeer>();
  readonly #clock: Clock;
  readonly #faults: Faults;
  #groups: readonly ReadonlySet<string>[] = [];

  constructor(options: MemoryNetworkOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#faults = new Faults(options.faults ?? {}, options.seed ?? 1);
  }

  /** Makes the bus of one more node. */
  join(nodeId: string = crypto.randomUUID()): Bus {
    return new MemoryBus(nodeId, {
      clock: this.#clock,
      attach: (peer) => {
        this.#peers.add(peer);
        this.#inform(peer);
      },
      detach: (peer) => void this.#peers.delete(peer),
      carry: (message, from, to) => this.#carry(message, from, to),
    });
  }

  /** Replaces what goes wrong from now on. */
  setFaults(faults: NetworkFaults): void {
    this.#faults.set(faults);
  }

  /**
   * Cuts the network into groups of nodes that reach each other only within. A node in none of them is alone, and told that its
   * bus is down.
   */
  partition(...groups: readonly (readonly string[])[]): void {
    this.#groups = groups.map((group) => new Set(group));
    for (const peer of this.#peers) this.#inform(peer);
  }

  /** Makes the network whole again. */
  heal(): void {
    this.#groups = [];
    for (const peer of this.#peers) this.#inform(peer);
  }

  #carry(message: unknown, from: string, to: string | undefined): void {
    for (const peer of this.#peers) {
      if (peer.nodeId === from || (to !== undefined && peer.nodeId !== to) || !this.#isLinked(from, peer.nodeId))
        continue;
      for (const delayMs of this.#faults.deliveries()) peer.receive(message, from, delayMs);
    }
  }

  #isLinked(one: string, other: string): boolean {
    return this.#groups.length === 0 || this.#groups.some((group) => group.has(one) && group.has(other));
  }

  #inform(peer: NetworkPeer): void {
    const isCutOff = this.#groups.length > 0 && !this.#groups.some((group) => group.has(peer.nodeId));
    peer.setLink(isCutOff ? "down" : "up");
  }
}
