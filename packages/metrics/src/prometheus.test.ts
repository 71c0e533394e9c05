import { channel } from "node:diagnostics_channel";
import { channelNames } from "@halyard/diagnostics";
import { Counter, Gauge, register, Registry, type OpenMetricsContentType } from "prom-client";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { publish } from "./messages.fixture.ts";
import { createPrometheusEndpoint, type PrometheusEndpoint, type PrometheusOptions } from "./prometheus.ts";

let registry: Registry;

beforeEach(() => {
  registry = new Registry();
});

function start(options: PrometheusOptions = {}): PrometheusEndpoint {
  const endpoint = createPrometheusEndpoint({ registry, ...options });
  onTestFinished(() => endpoint.stop());
  return endpoint;
}

/** The lines of the text format, without comments. */
async function samples(from: Pick<Registry, "metrics"> = registry): Promise<string[]> {
  return (await from.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

test.each(channelNames)("%s is counted", async (name) => {
  start();
  if (name === "halyard:adapter:close") publish("halyard:adapter:up");
  const before = await samples();
  publish(name);
  expect(await samples()).not.toEqual(before);
});

test("metrics have the names and units of Prometheus", async () => {
  start();
  publish("halyard:engine:open");
  publish("halyard:packet:send");
  publish("halyard:ack:settle", { outcome: "timeout", durationMs: 30 });
  expect(await samples()).toEqual(
    expect.arrayContaining([
      'halyard_connections{halyard_transport="polling"} 1',
      'halyard_connection_opened_total{halyard_transport="polling",halyard_protocol="4"} 1',
      'halyard_packets_total{network_io_direction="transmit",halyard_namespace="/",halyard_packet_type="event"} 3',
      'halyard_packet_io_bytes_total{network_io_direction="transmit",halyard_namespace="/"} 30',
      'halyard_ack_duration_seconds_bucket{le="0.025",halyard_namespace="/",error_type="timeout"} 0',
      'halyard_ack_duration_seconds_bucket{le="0.05",halyard_namespace="/",error_type="timeout"} 1',
      'halyard_ack_duration_seconds_sum{halyard_namespace="/",error_type="timeout"} 0.03',
      "halyard_adapter_backlog_size_bytes 0",
      "halyard_adapter_gaps_total 0",
    ]),
  );
});

test("numbers are the same however often they are fetched", async () => {
  start();
  publish("halyard:adapter:gap");
  publish("halyard:adapter:join");
  await samples();
  expect(await samples()).toEqual(expect.arrayContaining(["halyard_adapter_gaps_total 1", "halyard_adapter_peers 1"]));
});

test("OpenMetrics has them, too", async () => {
  const open = new Registry<OpenMetricsContentType>();
  open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const endpoint = start({ registry: open });
  publish("halyard:adapter:gap");
  expect(await samples(open)).toContain("halyard_adapter_gaps_total 1");
  expect((await open.metrics()).endsWith("# EOF\n")).toBe(true);
  endpoint.stop();
  expect(await samples(open)).toEqual([]);
});

test("the registry is prom-client's own, unless another is given", () => {
  const endpoint = createPrometheusEndpoint();
  onTestFinished(() => endpoint.stop());
  expect(endpoint.registry).toBe(register);
  expect(register.getSingleMetric("halyard_connections")).toBeInstanceOf(Gauge);
});

describe("an endpoint that is stopped", () => {
  test("takes its metrics out, leaves the others, and listens no more", () => {
    new Counter({ name: "orders_total", help: "Orders.", registers: [registry] });
    const endpoint = start();
    endpoint.stop();
    endpoint.stop();
    expect(registry.getMetricsAsArray().map(({ name }) => name)).toEqual(["orders_total"]);
    expect(channelNames.filter((name) => channel(name).hasSubscribers)).toEqual([]);
  });

  test("makes room for another, which it does not touch afterwards", () => {
    const first = start();
    first.stop();
    start();
    first.stop();
    expect(registry.getSingleMetric("halyard_connections")).toBeDefined();
  });
});

test("a registry has the metrics once, and nothing is left behind by a second try", () => {
  const endpoint = start();
  expect(() => start()).toThrow(expect.objectContaining({ code: "ALREADY_OBSERVED" }));
  endpoint.stop();
  expect(channelNames.filter((name) => channel(name).hasSubscribers)).toEqual([]);
  const taken = new Counter({ name: "halyard_adapter_gaps_total", help: "Another's.", registers: [registry] });
  expect(() => start()).toThrow(expect.objectContaining({ code: "ALREADY_OBSERVED" }));
  expect(registry.getMetricsAsArray()).toEqual([taken]);
});

test("an endpoint that cannot be made leaves nothing behind", () => {
  const nameNamespace = (): string => {
    throw new Error("broken");
  };
  expect(() => start({ nameNamespace })).toThrow("broken");
  expect(registry.getMetricsAsArray()).toEqual([]);
  expect(channelNames.filter((name) => channel(name).hasSubscribers)).toEqual([]);
});
