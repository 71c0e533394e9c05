import { codedError } from "@halyard/core";
import { Counter, Gauge, Histogram, type OpenMetricsContentType, type Registry } from "prom-client";
import type { Collector, Distribution } from "./book.ts";
import type { Attributes, HistogramDefinition, MetricDefinition } from "./definitions.ts";
import { labelName, labelsOf, metricName } from "./prometheus-names.ts";
import type { Tally } from "./tally.ts";

type AnyRegistry = Registry | Registry<OpenMetricsContentType>;

/** What all metrics of `prom-client` are made of. */
interface Description {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
  readonly registers: AnyRegistry[];
}

/** The metrics of a book in a registry. */
export class Registration implements Collector {
  readonly #registry: AnyRegistry;
  readonly #names: string[] = [];

  constructor(registry: AnyRegistry) {
    this.#registry = registry;
  }

  /** @throws `ALREADY_OBSERVED` */
  addTally(tally: Tally): void {
    const description = this.#claim(tally.definition);
    if (tally.definition.kind === "counter") readCounter(description, tally);
    else readGauge(description, tally);
  }

  /** @throws `ALREADY_OBSERVED` */
  addHistogram(definition: HistogramDefinition): Distribution {
    const histogram = new Histogram({ ...this.#claim(definition), buckets: [...definition.boundaries] });
    const known = new WeakMap<Attributes, Record<string, string>>(); // attributes of messages are the same object each time
    return (value, attributes) => {
      let labels = known.get(attributes);
      if (labels === undefined) known.set(attributes, (labels = labelsOf(attributes)));
      histogram.observe(labels, value);
    };
  }

  /** Takes out what was put in. */
  undo(): void {
    for (const name of this.#names.splice(0)) this.#registry.removeSingleMetric(name);
  }

  #claim(definition: MetricDefinition): Description {
    const name = metricName(definition);
    if (this.#registry.getSingleMetric(name) !== undefined)
      throw codedError("ALREADY_OBSERVED", `the registry has ${name} already: stop the other endpoint first`);
    this.#names.push(name);
    const { description: help, attributes } = definition;
    return { name, help, labelNames: attributes.map(labelName), registers: [this.#registry] };
  }
}

function readCounter(description: Description, tally: Tally): void {
  new Counter({
    ...description,
    collect() {
      this.reset();
      for (const { value, attributes } of tally.series) this.inc(labelsOf(attributes), value);
    },
  });
}

function readGauge(description: Description, tally: Tally): void {
  new Gauge({
    ...description,
    collect() {
      for (const { value, attributes } of tally.series) this.set(labelsOf(attributes), value);
    },
  });
}
