/** A metric of a page in the text format of Prometheus. */
export interface ExposedMetric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary";
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** One line of it. */
interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.+)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;

/** Reads a page as strictly as Prometheus does, and somewhat more. */
export function parseExposition(page: string): ExposedMetric[] {
  if (!page.endsWith("\n")) throw new Error("the last line does not end");
  const metrics = new Map<string, ExposedMetric & { readonly samples: Sample[] }>();
  const seen = new Set<string>();
  let help: [name: string, text: string] | undefined;
  let current: (ExposedMetric & { readonly samples: Sample[] }) | undefined;
  for (const line of page.split("\n").filter((text) => text !== "")) {
    if (line.startsWith("# HELP ")) {
      const [, name = "", text = ""] = /^# HELP (\S+) (.+)$/.exec(line) ?? [];
      help = [name, text];
    } else if (line.startsWith("# TYPE ")) {
      const [, name = "", type = ""] = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line) ?? [];
      if (!NAME.test(name) || help?.[0] !== name || metrics.has(name))
        throw new Error(`a metric begins wrong: ${line}`);
      current = { name, type: type as ExposedMetric["type"], help: help[1], samples: [] };
      metrics.set(name, current);
    } else {
      const sample = parseSample(line);
      if (current === undefined || !belongs(sample.name, current)) throw new Error(`what is ${line}?`);
      const key = sample.name + describeLabels(sample.labels);
      if (seen.has(key)) throw new Error(`twice: ${line}`);
      seen.add(key);
      current.samples.push(sample);
    }
  }
  for (const metric of metrics.values()) if (metric.type === "histogram") checkHistogram(metric);
  return [...metrics.values()];
}

/** The values of a page by name and labels: `up{job="a"}`; of histograms how many values there were. */
export function valuesOf(metrics: readonly ExposedMetric[]): Record<string, number> {
  const values = metrics.flatMap(({ type, samples }) =>
    samples
      .filter(({ name }) => type !== "histogram" || name.endsWith("_count"))
      .map(({ name, labels, value }): [string, number] => [name + describeLabels(labels), value]),
  );
  return Object.fromEntries(values);
}

function describeLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  pairs.sort();
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function parseSample(line: string): Sample {
  const [, name = "", list = "", number = ""] = SAMPLE.exec(line) ?? [];
  const value = number === "+Inf" ? Infinity : Number(number);
  if (name === "" || (Number.isNaN(value) && number.toLowerCase() !== "nan")) throw new Error(`no sample: ${line}`);
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < list.length) {
    const [, label = "", text = ""] = LABEL.exec(list) ?? [];
    if (label === "" || Object.hasOwn(labels, label)) throw new Error(`no labels: ${line}`);
    labels[label] = text;
  }
  return { name, labels, value };
}

function belongs(sample: string, { name, type }: ExposedMetric): boolean {
  if (type !== "histogram") return sample === name && (type !== "counter" || name.endsWith("_total"));
  return ["_bucket", "_sum", "_count"].some((suffix) => sample === name + suffix);
}

/** Buckets grow, and the last one has all. */
function checkHistogram({ name, samples }: ExposedMetric): void {
  const buckets = new Map<string, Sample[]>();
  for (const sample of samples.filter((one) => one.name === `${name}_bucket`)) {
    const { le: _, ...labels } = sample.labels;
    const key = describeLabels(labels);
    buckets.set(key, [...(buckets.get(key) ?? []), sample]);
  }
  for (const [key, series] of buckets) {
    const sorted = series.toSorted((a, b) => bound(a) - bound(b));
    if (sorted.some(({ value }, index) => value < (sorted[index - 1]?.value ?? 0))) throw new Error(`${name}: shrinks`);
    const count = samples.find((one) => one.name === `${name}_count` && describeLabels(one.labels) === key);
    const last = sorted.at(-1);
    if (last?.labels["le"] !== "+Inf" || last.value !== count?.value) throw new Error(`${name}: not all are in +Inf`);
  }
}

function bound({ labels: { le } }: Sample): number {
  return le === "+Inf" ? Infinity : Number(le);
}
