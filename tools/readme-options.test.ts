import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

/** The READMEs tell of every option that the types have (as `api/` lists them), and of no other. */
interface Documented {
  readonly readme: string;
  /** Interfaces with options, each with the report that has it. */
  readonly interfaces: readonly (readonly [report: string, name: string])[];
  /** Not told of, because nobody should need them: other names of something, and what has a page of its own. */
  readonly untold?: readonly string[];
}

const documented: readonly Documented[] = [
  {
    readme: "server",
    interfaces: [
      ["server", "ServerOptions"],
      ["server", "ServerSettings"],
      ["server", "ConnectionStateRecoveryOptions"],
      ["server", "RetryRecordsOptions"],
      ["server", "DrainOptions"],
      ["server", "RetryHint"],
    ],
  },
  {
    readme: "client",
    interfaces: [
      ["client", "ManagerOptions"],
      ["client", "SocketOptions"],
    ],
    untold: ["force new connection"],
  },
  {
    readme: "engine.io",
    interfaces: [
      ["engine.io", "ServerOptions"],
      ["engine.io", "AttachOptions"],
    ],
  },
  {
    readme: "engine.io-client",
    interfaces: [
      ["engine.io-client", "SocketOptions"],
      ["engine.io-client", "NodeOptions"],
    ],
  },
  { readme: "adapter", interfaces: [["adapter", "ClusterOptions"]] },
  {
    readme: "redis-adapter",
    interfaces: [
      ["redis-adapter", "RedisAdapterOptions"],
      ["redis-adapter", "RedisBusOptions"],
      ["redis-adapter", "SessionStorageOptions"],
      ["redis-adapter", "ShardedAdapterOptions"],
      ["redis-adapter", "StreamsAdapterOptions"],
      ["adapter", "ClusterOptions"],
    ],
  },
  {
    readme: "metrics",
    interfaces: [
      ["metrics", "CountingOptions"],
      ["metrics", "ObserveOptions"],
      ["metrics", "PrometheusOptions"],
    ],
  },
  { readme: "socket.io-parser", interfaces: [["contracts", "DecoderLimits"]] },
];

/** Options of other packages that a README may list as well. */
const everywhere = new Set(
  documented.flatMap(({ interfaces }) => interfaces).flatMap(([report, name]) => membersOf(report, name)),
);

describe.each(documented)("packages/$readme/README.md", ({ readme, interfaces, untold = [] }) => {
  const text = readFileSync(new URL(`../packages/${readme}/README.md`, import.meta.url), "utf8");

  test("tells of every option", () => {
    const options = interfaces.flatMap(([report, name]) => membersOf(report, name));
    expect(options).not.toEqual([]);
    const isTold = (option: string): boolean => new RegExp(`\`[^\`\n]*\\b${option}\\b[^\`\n]*\``).test(text);
    expect(options.filter((option) => !untold.includes(option) && !isTold(option))).toEqual([]);
  });

  test("tells of none that there is not", () => {
    const tables = [...text.matchAll(/^\| (?:option|of (?:all|`)).*\n(?:\|.*\n)+/gim)].map(([table]) => table);
    const cells = tables.flatMap((table) => table.split("\n").slice(2)).map((row) => row.split("|")[1] ?? "");
    const named = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name));
    expect(named.filter((name) => !everywhere.has(name))).toEqual([]);
  });
});

/** The members of an interface in a report, without those that it inherits. */
function membersOf(report: string, name: string): string[] {
  const text = readFileSync(new URL(`../api/${report}.api.md`, import.meta.url), "utf8");
  const [, body] = new RegExp(`^interface ${name}\\b[^{]*\\{\\n([^]*?)^\\}`, "m").exec(text) ?? [];
  if (body === undefined) throw new Error(`api/${report}.api.md has no ${name}`);
  return [...body.matchAll(/^ {4}(?:readonly )?"?(\w[\w ]*)"?\??[:(]/gm)].map(([, member = ""]) => member);
}
