import type { ConformanceCase } from "../conformance-case.ts";
import { wait, within } from "../wait.ts";
import type { AdapterHarness, AdapterStage } from "./adapter-harness.ts";
import { AdapterNode } from "./adapter-node.ts";
import type { AdapterScenario, AdapterScene, AdapterServer } from "./adapter-scenario.ts";
import { aloneCases } from "./alone-cases.ts";
import { commandCases } from "./command-cases.ts";
import { membershipCases } from "./membership-cases.ts";
import { queryCases } from "./query-cases.ts";

/** How long to wait by default for something that must happen. */
const TIMEOUT_MS = 20_000;

/**
 * Lists the cases that every adapter must pass.
 *
 * @example
 * const prepare = () => {
 *   const network = new MemoryNetwork();
 *   return { join: () => createClusterAdapter(network.join()) };
 * };
 * for (const { name, run } of adapterCases({ prepare })) test(name, run);
 */
export function adapterCases(harness: AdapterHarness): ConformanceCase[] {
  const cases = harness.isAlone === true ? aloneCases : [...commandCases, ...queryCases, ...membershipCases];
  return cases.map((scenario) => ({ name: scenario.name, run: () => runScenario(harness, scenario) }));
}

async function runScenario(harness: AdapterHarness, scenario: AdapterScenario): Promise<void> {
  const stage = await harness.prepare();
  const { scene, nodes } = createScene(harness, stage);
  try {
    if (scenario.needs?.(stage) !== false) await scenario.run(scene);
  } finally {
    // an adapter that hangs must not hide what the case has found
    for (const { adapter } of nodes) await within(adapter.close(), scene.timeoutMs, "close() settles").catch(() => {});
    await stage.dispose?.();
  }
}

function createScene(harness: AdapterHarness, stage: AdapterStage): { scene: AdapterScene; nodes: AdapterNode[] } {
  const timeoutMs = harness.timeoutMs ?? TIMEOUT_MS;
  const nodes: AdapterNode[] = [];
  const servers = new Map<AdapterNode, AdapterServer>();
  const scene: AdapterScene = {
    stage,
    harness,
    timeoutMs,
    serve() {
      const factory = stage.join();
      const server: AdapterServer = {
        factory,
        async open(namespace) {
          const node = new AdapterNode(factory, namespace, timeoutMs);
          nodes.push(node);
          servers.set(node, server);
          await node.start();
          return node;
        },
      };
      return server;
    },
    async three() {
      const all = [
        await scene.serve().open("/"),
        await scene.serve().open("/"),
        await scene.serve().open("/"),
      ] as const;
      for (const node of all) await node.counts(3);
      return all;
    },
    serverOf(node) {
      const server = servers.get(node);
      if (server === undefined) throw new Error("the node is not of this scene");
      return server;
    },
    settle: harness.settle ?? (() => wait(50)),
  };
  return { scene, nodes };
}
