import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** The README of the diagnostics lists every channel with the fields of its messages, as `api/` has them. */
const report = readFileSync(new URL("../api/diagnostics.api.md", import.meta.url), "utf8");
const readme = readFileSync(new URL("../packages/diagnostics/README.md", import.meta.url), "utf8");

test("the README lists every channel, and none that there is not, with all fields", () => {
  expect(documented()).toEqual(declared());
});

function declared(): Record<string, readonly string[]> {
  const types = [...bodyOf("DiagnosticsMessages").matchAll(/"(halyard:[\w:-]+)": (\w+);/g)];
  expect(types.length).toBeGreaterThan(20);
  return Object.fromEntries(
    types.map(([, channel = "", type = ""]) => [
      channel,
      [...bodyOf(type).matchAll(/^ {4}readonly (\w+\??):/gm)].map(([, field = ""]) => field),
    ]),
  );
}

function documented(): Record<string, readonly string[]> {
  const rows = [...readme.matchAll(/^\| `(halyard:[\w:-]+)` +\|[^|]*\|([^|]*)\|$/gm)];
  return Object.fromEntries(
    rows.map(([, channel = "", fields = ""]) => [
      channel,
      [...fields.matchAll(/`(\w+\??)`/g)].map(([, field = ""]) => field),
    ]),
  );
}

function bodyOf(name: string): string {
  const [, body] = new RegExp(`^interface ${name} \\{\\n([^]*?)^\\}`, "m").exec(report) ?? [];
  if (body === undefined) throw new Error(`api/diagnostics.api.md has no ${name}`);
  return body;
}
