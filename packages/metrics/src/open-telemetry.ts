import {
  createNoopMeter,
  metrics,
  type BatchObservableCallback,
  type Meter,
  type Observable,
} from "@opentelemetry/api";
import { codedError } from "@halyard/core";
import manifest from "../package.json" with { type: "json" };
import { Book, type Collector, type Distribution } from "./book.ts";
import { count } from "./count.ts";
import type { HistogramDefinition } from "./definitions.ts";
import { resolveOptions, type CountingOptions } from "./options.ts";
import type { Tally } from "./tally.ts";

/** What {@link observe} takes. */
export interface ObserveOptions extends CountingOptions {
  /**
   * What makes the instruments.
   * @defaultValue the meter `@halyard/metrics` of the global `MeterProvider`
   */
  readonly meter?: Meter;
}

/** Two observations would report different numbers as the same series. */
const observed = new WeakSet<Meter>();

/**
 * Counts what all Halyard servers of this process do, as metrics of OpenTelemetry; returns what ends that. Numbers are added up
 * here, and read when a reader collects; durations are recorded as they end.
 *
 * To be called after the SDK has set its global `MeterProvider`, unless it is given a meter: without an SDK it does nothing, and costs
 * nothing. The end may be called any number of times; after it the SDK goes on to export what it was told last, and the same
 * meter may be observed anew, from zero.
 * @throws `ALREADY_OBSERVED` when the meter is in use by another observation; `INVALID_OPTION`
 *
 * @example
 * import { metrics } from "@opentelemetry/api";
 * import { MeterProvider } from "@opentelemetry/sdk-metrics";
 * import { observe } from "@halyard/metrics";
 *
 * metrics.setGlobalMeterProvider(new MeterProvider({ readers: [] }));
 * const stop = observe();
 */
export function observe(options: ObserveOptions = {}): () => void {
  const resolved = resolveOptions(options);
  const meter = options.meter ?? metrics.getMeter(manifest.name, manifest.version);
  if (meter === createNoopMeter()) return () => {};
  if (observed.has(meter))
    throw codedError("ALREADY_OBSERVED", "this meter has the metrics already: end the other observation first");

  const reporter = new Reporter(meter);
  const stopCounting = count(new Book(reporter), resolved);
  observed.add(meter);
  const stopReporting = reporter.start();
  let hasStopped = false;
  return () => {
    if (hasStopped) return; // the meter may be another observation's by now
    hasStopped = true;
    stopCounting();
    stopReporting();
    observed.delete(meter);
  };
}

/** Tells a meter what is in a book. */
class Reporter implements Collector {
  readonly #meter: Meter;
  readonly #sums: { readonly tally: Tally; readonly instrument: Observable }[] = [];

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  addTally(tally: Tally): void {
    const { name, kind, unit, description } = tally.definition;
    const options = { unit, description };
    const instrument =
      kind === "counter"
        ? this.#meter.createObservableCounter(name, options)
        : this.#meter.createObservableUpDownCounter(name, options);
    this.#sums.push({ tally, instrument });
  }

  addHistogram({ name, unit, description, boundaries }: HistogramDefinition): Distribution {
    const advice = { explicitBucketBoundaries: [...boundaries] };
    const histogram = this.#meter.createHistogram(name, { unit, description, advice });
    return (value, attributes) => histogram.record(value, attributes);
  }

  /** Tells sums whenever they are collected; returns what ends that. */
  start(): () => void {
    const instruments = this.#sums.map(({ instrument }) => instrument);
    const tell: BatchObservableCallback = (result) => {
      for (const { tally, instrument } of this.#sums)
        for (const { value, attributes } of tally.series) result.observe(instrument, value, attributes);
    };
    this.#meter.addBatchObservableCallback(tell, instruments);
    return () => this.#meter.removeBatchObservableCallback(tell, instruments);
  }
}
