import type { AdapterFactory } from "@halyard/contracts";

/** A cluster for one case, with no servers in it. */
export interface AdapterStage {
  /** Makes the factory of one more server, which the kit uses for that server's namespaces. */
  join(): AdapterFactory;
  /** Makes a server die: it says nothing any more, not even goodbye. With it, the kit checks that others notice. */
  kill?(factory: AdapterFactory): void | Promise<void>;
  /** Lets go of the backend; called after each case, also after a failed one, when its adapters are closed. */
  dispose?(): void | Promise<void>;
}

/** What {@link adapterCases} needs to know of an adapter. */
export interface AdapterHarness {
  /** Prepares a cluster for one case. */
  readonly prepare: () => AdapterStage | Promise<AdapterStage>;
  /** Whether its servers reach nobody, as in memory of one process. Then only that is checked. @defaultValue false */
  readonly isAlone?: boolean;
  /** How long to wait for something that must happen, in milliseconds. @defaultValue 20_000 */
  readonly timeoutMs?: number;
  /** Waits until whatever might still arrive has arrived. @defaultValue a wait of 50 ms */
  readonly settle?: () => Promise<void>;
}
