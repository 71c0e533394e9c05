import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { apiReports, publishedSurfaces } from "./api-report.ts";

/**
 * What each package declares is committed in `api/`. A change to it is a change to what programs rely on: `pnpm api` writes it
 * down, and whoever reviews the commit sees it.
 */
describe("the packages", () => {
  const folder = fileURLToPath(new URL("../api/", import.meta.url));
  const { surfaces, sources } = publishedSurfaces();
  const reports = apiReports(surfaces, sources);
  const fileOf = (name: string): string => `${name.replace("@halyard/", "")}.api.md`;

  test.each([...reports])("%s declares what api/ says; if that is meant, run `pnpm api`", async (name, report) => {
    await expect(report).toMatchFileSnapshot(folder + fileOf(name));
  });

  test("no report is of a package that is gone", () => {
    expect(readdirSync(folder).toSorted()).toEqual([...reports.keys()].map(fileOf).toSorted());
  });
});

describe("a report", () => {
  /** The report of a package that consists of these files; `index.ts` is its root. */
  function reportOf(files: Readonly<Record<string, string>>): string {
    const surface = { name: "mine", entries: new Map([["mine", "/index.ts"]]) };
    const sources = { read: (file: string) => files[file.slice(1)], find: () => undefined };
    return apiReports([surface], sources).get("mine") ?? "";
  }

  test("shows what is exported, and what that names, but nothing else", () => {
    const report = reportOf({
      "index.ts": `export { make as create } from "./make.ts"; export type { Made } from "./made.ts";`,
      "make.ts": `import type { Recipe } from "./made.ts"; export function make(recipe: Recipe): number { return 1; } export const other: Other = 1;`,
      "made.ts": `/** Tells. */ export interface Made { readonly size: number } export interface Recipe { of?: Made } export type Other = 1;`,
    });
    expect(report).toBe(
      `# API of \`mine\`\n\n\`\`\`ts\n// mine\n\nexport {\n  type Made,\n  make as create,\n};\n\n` +
        `interface Made {\n    readonly size: number;\n}\n\ninterface Recipe {\n    of?: Made;\n}\n\n` +
        `function make(recipe: Recipe): number;\n\`\`\`\n`,
    );
  });

  test("leaves out what programs cannot reach", () => {
    const members = [
      "#a: Hidden = 1;",
      "private b: Hidden = 1;",
      "/** @internal */",
      "constructor(c: Hidden) {}",
      "protected d: number = 1;",
      "e(): void {}",
    ];
    const report = reportOf({ "index.ts": `type Hidden = number; export class Box {\n${members.join("\n")}\n}` });
    expect(report).toContain("class Box {\n    protected d: number;\n    e(): void;\n}");
    expect(report).not.toContain("Hidden");
  });

  test("names other packages instead of showing what is in them", () => {
    const report = reportOf({
      "index.ts": `import type { Duplex as Stream } from "node:stream"; export { Other } from "other"; export const stream: Stream = open();`,
    });
    expect(report).toContain(`export {\n  Other,\n} from "other";`);
    expect(report).toContain(`import {\n  Duplex,\n} from "node:stream";`);
  });

  test("has every overload, and both halves of a class with a namespace", () => {
    const report = reportOf({
      "index.ts": `export function f(a: 1): 1; export function f(a: 2): 2; export function f(a: number): number { return a; }
        export class C { x: number = 1 } export namespace C { export type Reason = "gone"; }`,
    });
    for (const part of ["function f(a: 1): 1;", "function f(a: 2): 2;", "class C {", `type Reason = "gone";`])
      expect(report).toContain(part);
  });
});
