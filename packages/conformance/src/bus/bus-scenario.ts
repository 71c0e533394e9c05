import type { BusHarness, BusStage } from "./bus-harness.ts";
import type { BusNode } from "./bus-node.ts";

/** What a case has to work with. */
export interface BusScene {
  readonly stage: BusStage;
  readonly harness: BusHarness;
  /** Adds a node whose bus is up. */
  join(): Promise<BusNode>;
  /** Adds a node whose bus has not been started. */
  prepare(): BusNode;
  /** Starts the bus of a node, and waits until it is up. */
  start(node: BusNode): Promise<void>;
  readonly settle: () => Promise<void>;
}

/** One case of the kit. */
export interface BusScenario {
  readonly name: string;
  /** Whether a stage can show it. */
  readonly needs?: (stage: BusStage) => boolean;
  run(scene: BusScene): Promise<void>;
}
