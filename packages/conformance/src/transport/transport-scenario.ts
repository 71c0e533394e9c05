import type { Endpoint } from "./endpoint.ts";
import type { TransportHarness, TransportPair } from "./transport-harness.ts";

/** What a scenario works with. */
export interface TransportScene {
  readonly near: Endpoint;
  readonly far: Endpoint;
  /** The pair as the harness made it, whichever way round the case runs. */
  readonly connected: TransportPair;
  readonly harness: TransportHarness;
  /** Waits until whatever might still arrive has arrived. */
  readonly settle: () => Promise<void>;
}

/** One case, written for one direction. */
export interface TransportScenario {
  readonly name: string;
  /** Whether the harness allows for this case. */
  readonly needs?: (harness: TransportHarness) => boolean;
  readonly run: (scene: TransportScene) => Promise<void>;
}
