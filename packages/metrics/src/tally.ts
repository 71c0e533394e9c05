import type { AttributeName, Attributes, SumDefinition } from "./definitions.ts";

/** One number of a metric, for whoever counts to change in place. */
export interface Series {
  readonly attributes: Attributes;
  value: number;
}

/** The numbers of a metric that adds up: kept here, and read when metrics are collected, so that counting is adding. */
export class Tally<Name extends AttributeName = AttributeName> {
  readonly definition: SumDefinition;
  readonly #series = new Map<string, Series>();

  constructor(definition: SumDefinition<Name>) {
    this.definition = definition;
    if (definition.attributes.length === 0) this.at({});
  }

  get series(): Iterable<Series> {
    return this.#series.values();
  }

  /** The number with these attributes. Who counts messages keeps it; others ask each time. */
  at(attributes: Attributes<Name>): Series {
    const given: Attributes = attributes;
    const key = JSON.stringify(this.definition.attributes.map((name) => given[name]));
    const found = this.#series.get(key);
    if (found !== undefined) return found;
    const made: Series = { attributes, value: 0 };
    this.#series.set(key, made);
    return made;
  }
}
