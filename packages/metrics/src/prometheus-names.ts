import type { Attributes, MetricDefinition } from "./definitions.ts";

const UNITS: Readonly<Record<string, string>> = { s: "_seconds", By: "_bytes" };

/** The name that OpenTelemetry's rules for Prometheus give a metric: `halyard_packet_io_bytes_total` for `halyard.packet.io` in bytes. */
export function metricName({ name, unit, kind }: MetricDefinition): string {
  return `${withoutDots(name)}${UNITS[unit] ?? ""}${kind === "counter" ? "_total" : ""}`;
}

/** The same for the names of attributes. */
export function labelName(attribute: string): string {
  return withoutDots(attribute);
}

/** Attributes as labels. */
export function labelsOf(attributes: Attributes): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [labelName(name), value]));
}

function withoutDots(name: string): string {
  return name.replaceAll(".", "_");
}
