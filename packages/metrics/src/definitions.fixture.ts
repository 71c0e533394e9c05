import { Book } from "./book.ts";
import { count } from "./count.ts";
import type { MetricDefinition } from "./definitions.ts";
import { resolveOptions } from "./options.ts";

/** All metrics that there are. */
export function allDefinitions(): readonly MetricDefinition[] {
  const book = new Book({ addTally: () => {}, addHistogram: () => () => {} });
  count(book, resolveOptions({}))();
  return book.definitions;
}
