import type { AttributeName, Attributes, HistogramDefinition, MetricDefinition, SumDefinition } from "./definitions.ts";
import { Tally } from "./tally.ts";

/** Takes one value of a histogram, in its unit. */
export type Distribution<Name extends AttributeName = AttributeName> = (
  value: number,
  attributes: Attributes<Name>,
) => void;

/** Where metrics are collected from. */
export interface Collector {
  /** Reads the numbers whenever metrics are collected. */
  addTally(tally: Tally): void;
  /** Keeps the values itself. */
  addHistogram(definition: HistogramDefinition): Distribution;
}

/** The metrics of one observation: those who count define them here. */
export class Book {
  readonly definitions: MetricDefinition[] = [];
  readonly #collector: Collector;

  constructor(collector: Collector) {
    this.#collector = collector;
  }

  /** Begins a metric that only grows. */
  counter<const Name extends AttributeName>(definition: Omit<SumDefinition<Name>, "kind">): Tally<Name> {
    return this.#addTally({ ...definition, kind: "counter" });
  }

  /** Begins a metric of how many there are at the moment. */
  upDownCounter<const Name extends AttributeName>(definition: Omit<SumDefinition<Name>, "kind">): Tally<Name> {
    return this.#addTally({ ...definition, kind: "up-down counter" });
  }

  /** Begins a metric of durations in seconds. */
  histogram<const Name extends AttributeName>(
    definition: Omit<HistogramDefinition<Name>, "kind" | "unit">,
  ): Distribution<Name> {
    const complete = { ...definition, kind: "histogram", unit: "s" } as const;
    this.definitions.push(complete);
    return this.#collector.addHistogram(complete);
  }

  #addTally<Name extends AttributeName>(definition: SumDefinition<Name>): Tally<Name> {
    const tally = new Tally(definition);
    this.definitions.push(definition);
    this.#collector.addTally(tally);
    return tally;
  }
}
