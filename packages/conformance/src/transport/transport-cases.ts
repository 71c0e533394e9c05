import type { ConformanceCase } from "../conformance-case.ts";
import { closeCases } from "./close-cases.ts";
import { Endpoint } from "./endpoint.ts";
import { exchangeCases } from "./exchange-cases.ts";
import { handlerCases } from "./handler-cases.ts";
import type { TransportHarness, TransportPair } from "./transport-harness.ts";
import type { TransportScenario } from "./transport-scenario.ts";

/**
 * Lists the cases that every transport must pass. What a transport can do is read from the transports themselves:
 * `pause` is checked where it exists.
 *
 * @example
 * for (const { name, run } of transportCases({ connect: connectedPair })) test(name, run);
 */
export function transportCases(harness: TransportHarness): ConformanceCase[] {
  return [...exchangeCases, ...handlerCases, ...closeCases]
    .filter(({ needs }) => needs === undefined || needs(harness))
    .flatMap((scenario) => [
      { name: scenario.name, run: () => runScenario(harness, scenario, (pair) => pair) },
      {
        name: `${scenario.name} (the other way round)`,
        run: () => runScenario(harness, scenario, ({ near, far }) => ({ near: far, far: near })),
      },
    ]);
}

async function runScenario(
  harness: TransportHarness,
  scenario: TransportScenario,
  orient: (pair: TransportPair) => TransportPair,
): Promise<void> {
  const connected = await harness.connect();
  const pair = orient(connected);
  const timeoutMs = harness.timeoutMs ?? 5_000;
  const near = new Endpoint(pair.near, timeoutMs);
  const far = new Endpoint(pair.far, timeoutMs);
  pair.near.bind(near);
  pair.far.bind(far);
  try {
    await scenario.run({ near, far, connected, harness, settle: harness.settle ?? shortWait });
  } finally {
    pair.near.abort();
    pair.far.abort();
    await harness.dispose?.(connected);
  }
}

function shortWait(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 20);
  });
}
