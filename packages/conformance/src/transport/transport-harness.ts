import type { Transport } from "@halyard/contracts";

/** Two transports that are connected to each other, both open, with nothing in flight. */
export interface TransportPair {
  readonly near: Transport;
  readonly far: Transport;
}

/** What {@link transportCases} needs to know of a transport. */
export interface TransportHarness {
  /**
   * Makes a fresh pair for one case. Each case runs in both directions, so that either end may be the implementation
   * under test and the other one a double. Handlers are bound as soon as the promise settles.
   */
  readonly connect: () => TransportPair | Promise<TransportPair>;
  /** Lets go of what a pair holds besides its transports; called after each case, also after a failed one. */
  readonly dispose?: (pair: TransportPair) => void | Promise<void>;
  /** How long to wait for something that must happen, in milliseconds. @defaultValue 5_000 */
  readonly timeoutMs?: number;
  /** Waits until whatever might still arrive has arrived. @defaultValue a wait of 20 ms */
  readonly settle?: () => Promise<void>;
  /** Size in bytes of the large messages that are sent. @defaultValue 300_000 */
  readonly largeMessageBytes?: number;
  /**
   * Whether the other end learns of an abort by the connection alone. False for transports whose peers notice it by
   * their heartbeat. @defaultValue true
   */
  readonly noticesAbort?: boolean;
  /**
   * Makes the peer of `far` send something outside the grammar to it. With it, the kit checks that the violation ends
   * the transport.
   */
  readonly violate?: (pair: TransportPair) => void | Promise<void>;
}
