import type { Bus } from "@halyard/contracts";

/** A backend for one case, with nobody on it. */
export interface BusStage {
  /** Makes the bus of one more node. The kit starts and closes it. */
  join(): Bus;
  /**
   * Cuts a bus off from its backend, so that it notices, and returns what undoes it. With it, the kit checks that messages wait
   * meanwhile, and how that is told.
   */
  interrupt?(bus: Bus): (() => void | Promise<void>) | Promise<() => void | Promise<void>>;
  /** Makes something arrive at a bus that is no message. With it, the kit checks that it is skipped. */
  violate?(bus: Bus): void | Promise<void>;
  /** Lets go of the backend; called after each case, also after a failed one, when its buses are closed. */
  dispose?(): void | Promise<void>;
}

/** What {@link busCases} needs to know of a bus. */
export interface BusHarness {
  /** Prepares the backend for one case. */
  readonly prepare: () => BusStage | Promise<BusStage>;
  /** How long to wait for something that must happen, in milliseconds. @defaultValue 10_000 */
  readonly timeoutMs?: number;
  /** Waits until whatever might still arrive has arrived. @defaultValue a wait of 50 ms */
  readonly settle?: () => Promise<void>;
  /** Size in bytes of the large messages that are sent. @defaultValue 300_000 */
  readonly largeMessageBytes?: number;
}
