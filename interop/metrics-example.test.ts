import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startExample, type RunningExample } from "./example-process.ts";
import { parseExposition, valuesOf, type ExposedMetric } from "./exposition.ts";

let example: RunningExample;

beforeAll(async () => {
  example = await startExample("metrics/server.js");
});
afterAll(() => example?.process.kill("SIGKILL"));

async function fetchPage(): Promise<readonly ExposedMetric[]> {
  const answer = await fetch(`${example.url}/metrics`);
  expect(answer.headers.get("content-type")).toContain("text/plain; version=0.0.4");
  return parseExposition(await answer.text());
}

test("the page counts what visitors do, until there is something of everything", async () => {
  const awaited = [
    'halyard_connections{halyard_transport="websocket"}',
    'halyard_packets_total{halyard_event="say",halyard_namespace="/",halyard_packet_type="event",network_io_direction="receive"}',
    'halyard_ack_duration_seconds_count{halyard_event="are you there?",halyard_namespace="/"}',
    'halyard_socket_refused_total{error_type="middleware",halyard_namespace="/staff"}',
    "nodejs_eventloop_lag_seconds",
  ];
  let missing: readonly string[] = awaited;
  while (missing.length > 0) {
    const values = valuesOf(await fetchPage()); // a visitor may be there at any time
    missing = awaited.filter((name) => values[name] === undefined);
  }
});

test("the dashboard asks for metrics and labels that there are", async () => {
  const there = new Map((await fetchPage()).map(({ name, samples }) => [name, samples]));
  const dashboard = await readFile(new URL("../examples/metrics/dashboard.json", import.meta.url), "utf8");
  const { panels } = JSON.parse(dashboard) as { panels: { targets: { expr: string }[] }[] };
  const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  expect(queries.length).toBeGreaterThan(20);
  const named = queries.flatMap((query) => query.match(/(?<!by \([^)]*)\bhalyard_\w+(?=\{)/g) ?? []);
  expect(named.length).toBe(queries.length);
  const wrong = named.filter((name) => !there.has(name) && !there.has(name.replace(/_(bucket|sum|count)$/, "")));
  expect(wrong).toEqual([]);
});
