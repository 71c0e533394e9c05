import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { allDefinitions } from "./definitions.fixture.ts";
import type { MetricDefinition } from "./definitions.ts";
import { metricName } from "./prometheus-names.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** The row of a metric in the README's tables. */
function rowOf(definition: MetricDefinition): string {
  const { name, kind, unit, attributes, description } = definition;
  const names = `\`${name}\`<br>\`${metricName(definition)}\``;
  const split = attributes.map((attribute) => `\`${attribute}\``).join(", ");
  return `| ${names} | ${kind}, \`${unit}\` | ${split} | ${description} |`.replace("|  |", "| |");
}

function rowsOf(markdown: string): string[] {
  const rows = markdown.split("\n").filter((line) => line.startsWith("| `halyard.") && line.includes("<br>"));
  return rows.map((row) => row.replaceAll(/ +/g, " "));
}

test("the README has every metric, as it is, and no other", () => {
  expect(rowsOf(readme)).toEqual(allDefinitions().map(rowOf));
});

test("the README tells of every attribute, and of no other", () => {
  const attributes = new Set(allDefinitions().flatMap((definition): readonly string[] => definition.attributes));
  const [, table = ""] = /^\| attribute .*\n.*\n((?:\|.*\n)+)/m.exec(readme) ?? [];
  const told = [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, name = ""]) => name);
  expect(told.toSorted()).toEqual([...attributes].toSorted());
});
