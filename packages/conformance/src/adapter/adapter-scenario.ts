import type { AdapterFactory } from "@halyard/contracts";
import type { AdapterHarness, AdapterStage } from "./adapter-harness.ts";
import type { AdapterNode } from "./adapter-node.ts";

/** A server of a case. */
export interface AdapterServer {
  readonly factory: AdapterFactory;
  /** Opens a namespace. */
  open(namespace: string): Promise<AdapterNode>;
}

/** What a case has to work with. */
export interface AdapterScene {
  readonly stage: AdapterStage;
  readonly harness: AdapterHarness;
  readonly timeoutMs: number;
  serve(): AdapterServer;
  /** Adds three servers that have the main namespace, and waits until they know each other. */
  three(): Promise<readonly [AdapterNode, AdapterNode, AdapterNode]>;
  /** The server of a node that {@link three} has added. */
  serverOf(node: AdapterNode): AdapterServer;
  readonly settle: () => Promise<void>;
}

/** One case of the kit. */
export interface AdapterScenario {
  readonly name: string;
  /** Whether a stage can show it. */
  readonly needs?: (stage: AdapterStage) => boolean;
  run(scene: AdapterScene): Promise<void>;
}
