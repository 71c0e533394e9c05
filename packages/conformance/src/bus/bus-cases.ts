import type { ConformanceCase } from "../conformance-case.ts";
import { wait, within } from "../wait.ts";
import type { BusHarness } from "./bus-harness.ts";
import { BusNode } from "./bus-node.ts";
import type { BusScenario, BusScene } from "./bus-scenario.ts";
import { deliveryCases } from "./delivery-cases.ts";
import { statusCases } from "./status-cases.ts";

/** How long to wait by default for something that must happen. */
const TIMEOUT_MS = 10_000;

/**
 * Lists the cases that every bus must pass. What a bus can do is read from it: `peerCount`, `allowBatches` and `topicChanged` are
 * checked where they exist.
 *
 * @example
 * for (const { name, run } of busCases({ prepare: () => new MemoryNetwork() })) test(name, run);
 */
export function busCases(harness: BusHarness): ConformanceCase[] {
  return [...deliveryCases, ...statusCases].map((scenario) => ({
    name: scenario.name,
    run: () => runScenario(harness, scenario),
  }));
}

async function runScenario(harness: BusHarness, scenario: BusScenario): Promise<void> {
  const timeoutMs = harness.timeoutMs ?? TIMEOUT_MS;
  const stage = await harness.prepare();
  const nodes: BusNode[] = [];
  const scene: BusScene = {
    stage,
    harness,
    prepare() {
      const node = new BusNode(stage.join(), timeoutMs);
      nodes.push(node);
      return node;
    },
    async start(node) {
      node.bus.topicChanged?.({ namespace: "/" }, "created");
      await within(node.bus.start(node), timeoutMs, "start() settles");
      await node.isTold("up");
    },
    async join() {
      const node = scene.prepare();
      await scene.start(node);
      return node;
    },
    settle: harness.settle ?? (() => wait(50)),
  };
  try {
    if (scenario.needs?.(stage) !== false) await scenario.run(scene);
  } finally {
    // a bus that hangs must not hide what the case has found
    for (const { bus } of nodes) await within(bus.close(), timeoutMs, "close() settles").catch(() => {});
    await stage.dispose?.();
  }
}
