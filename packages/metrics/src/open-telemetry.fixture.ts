import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type MetricData,
} from "@opentelemetry/sdk-metrics";

/** A collection of the SDK, and what is in it. */
export interface Collection {
  readonly provider: MeterProvider;
  /** The metrics as the SDK exports them now. */
  collect(): Promise<readonly MetricData[]>;
  /** The values now, such as `halyard.sockets{halyard.namespace=/}`; of histograms how many values there were, and their sum. */
  read(): Promise<Record<string, number | readonly [count: number, sum: number | undefined]>>;
}

/** Makes one. */
export function createCollection(): Collection {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 31 - 1 });
  const provider = new MeterProvider({ readers: [reader] });
  const collect = async (): Promise<readonly MetricData[]> => {
    exporter.reset();
    await provider.forceFlush();
    return exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
  };
  return {
    provider,
    collect,
    read: async () => Object.fromEntries((await collect()).flatMap(pointsOf)),
  };
}

function pointsOf(metric: MetricData): [string, number | readonly [number, number | undefined]][] {
  const nameOf = (attributes: object): string => {
    const pairs = Object.entries(attributes).map(([name, value]) => `${name}=${value}`);
    return pairs.length === 0 ? metric.descriptor.name : `${metric.descriptor.name}{${pairs.join(",")}}`;
  };
  if (metric.dataPointType === DataPointType.SUM)
    return metric.dataPoints.map(({ attributes, value }) => [nameOf(attributes), value]);
  if (metric.dataPointType === DataPointType.HISTOGRAM)
    return metric.dataPoints.map(({ attributes, value }) => [nameOf(attributes), [value.count, value.sum]]);
  throw new Error(`what is ${metric.descriptor.name}?`);
}
