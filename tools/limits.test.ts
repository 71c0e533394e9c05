import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { resolveOptions as resolveEngineOptions } from "../packages/engine.io/src/options.ts";
import { resolveOptions } from "../packages/server/src/options.ts";

/** The limits that `packages/server/README.md` lists are those of the code: none is missing, and every default is right. */
const readme = readFileSync(new URL("../packages/server/README.md", import.meta.url), "utf8");
const section = readme.slice(readme.indexOf("### Limits"), readme.indexOf("\n## ", readme.indexOf("### Limits")));
const [ownTable = "", recoveryTable = ""] = section.split("With `connectionStateRecovery`");

/** Fixed amounts, which no option changes, and thresholds that bound nothing. */
const NO_LIMITS: ReadonlySet<string> = new Set(["engine.pollCloseTimeoutMs", "engine.httpCompression.thresholdBytes"]);

/** The options of a table and their defaults. */
function rowsOf(table: string): [name: string, value: number][] {
  const rows = [...table.matchAll(/^\| `(\w+)`\s*\| `([\w.]+)`\s*\|/gm)];
  return rows.map(([, name = "", value = ""]) => [name, Number(value)]);
}

/** Every number in what becomes of options, by its path. */
function numbersFor(own: object, recovery: object = {}): Map<string, number> {
  const numbers = new Map<string, number>();
  collect("engine", resolveEngineOptions(own));
  collect("server", resolveOptions({ ...own, connectionStateRecovery: recovery }));
  return numbers;

  function collect(path: string, value: unknown): void {
    if (typeof value === "number") numbers.set(path, value);
    else if (typeof value === "object" && value !== null)
      for (const [name, part] of Object.entries(value)) collect(`${path}.${name}`, part);
  }
}

/** The paths at which an option counts. */
function effectOf(own: object, recovery?: object): string[] {
  const defaults = numbersFor({});
  return [...numbersFor(own, recovery)].filter(([path, value]) => defaults.get(path) !== value).map(([path]) => path);
}

const other = (value: number): number => (Number.isFinite(value) ? value + 1 : 1);
const rows = rowsOf(ownTable);
const recoveryRows = rowsOf(recoveryTable);

test.each(rows)("%s is %i by default", (name, value) => {
  expect(effectOf({ [name]: value })).toEqual([]);
  expect(effectOf({ [name]: other(value) })).not.toEqual([]);
});

test.each(recoveryRows)("connectionStateRecovery.%s is %i by default", (name, value) => {
  expect(effectOf({}, { [name]: value })).toEqual([]);
  expect(effectOf({}, { [name]: other(value) })).not.toEqual([]);
});

test("no limit is missing", () => {
  const documented = new Set([
    ...rows.flatMap(([name, value]) => effectOf({ [name]: other(value) })),
    ...recoveryRows.flatMap(([name, value]) => effectOf({}, { [name]: other(value) })),
  ]);
  const missing = [...numbersFor({}).keys()].filter((path) => !documented.has(path) && !NO_LIMITS.has(path));
  expect(missing).toEqual([]);
});
