import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { resolveOptions as resolveEngineOptions } from "../packages/engine.io/src/options.ts";
import { resolveOptions } from "../packages/server/src/options.ts";

/** The limits that `packages/server/README.md` lists are those of the code: none is missing, and every default is right. */
const readme = readFileSync(new URL("../packages/server/README.md", import.meta.url), "utf8");
const section = readme.slice(readme.indexOf("### Limits"), readme.indexOf("\n## ", readme.indexOf("### Limits")));
/** The table of the options themselves, then those of options that are under another one. */
const [ownTable = "", ...nestedTables] = section.split(/With `(?=\w+`, under that option)/);

/** Fixed amounts, which no option changes, and thresholds that bound nothing. */
const NO_LIMITS: ReadonlySet<string> = new Set(["engine.pollCloseTimeoutMs", "engine.httpCompression.thresholdBytes"]);

/** The options of a table and their defaults. */
function rowsOf(table: string): [name: string, value: number][] {
  const rows = [...table.matchAll(/^\| `(\w+)`\s*\| `([\w.]+)`\s*\|/gm)];
  return rows.map(([, name = "", value = ""]) => [name, Number(value)]);
}

/** Every number in what becomes of options, by its path. */
function numbersFor(own: object): Map<string, number> {
  const numbers = new Map<string, number>();
  collect("engine", resolveEngineOptions(own));
  collect("server", resolveOptions({ connectionStateRecovery: {}, ...own }));
  return numbers;

  function collect(path: string, value: unknown): void {
    if (typeof value === "number") numbers.set(path, value);
    else if (typeof value === "object" && value !== null)
      for (const [name, part] of Object.entries(value)) collect(`${path}.${name}`, part);
  }
}

/** The paths at which options count. */
function effectOf(options: object): string[] {
  const defaults = numbersFor({});
  return [...numbersFor(options)].filter(([path, value]) => defaults.get(path) !== value).map(([path]) => path);
}

/** Every documented limit: its name, its default, and the options that set it. */
const limits = [
  ...rowsOf(ownTable).map(([name, value]) => [name, value, (set: number): object => ({ [name]: set })] as const),
  ...nestedTables.flatMap((table) => {
    const [group = ""] = table.split("`");
    return rowsOf(table).map(
      ([name, value]) => [`${group}.${name}`, value, (set: number): object => ({ [group]: { [name]: set } })] as const,
    );
  }),
];

const other = (value: number): number => (Number.isFinite(value) ? value + 1 : 1);

test.each(limits)("%s is %d by default", (_, value, options) => {
  expect(effectOf(options(value))).toEqual([]);
  expect(effectOf(options(other(value)))).not.toEqual([]);
});

test("no limit is missing", () => {
  const documented = new Set(limits.flatMap(([, value, options]) => effectOf(options(other(value)))));
  const missing = [...numbersFor({}).keys()].filter((path) => !documented.has(path) && !NO_LIMITS.has(path));
  expect(missing).toEqual([]);
});
