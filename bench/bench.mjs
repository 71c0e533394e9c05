// Side-by-side benchmarks: node bench.mjs --help
import { appendFileSync, mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { scenarios } from "./driver/scenarios.mjs";
import { median, table } from "./driver/statistics.mjs";

const { values: flags } = parseArgs({
  options: {
    scenario: { type: "string", default: "echo-50-1,echo-50-32,broadcast-1k" },
    targets: { type: "string", default: "socketio,halyard" },
    rounds: { type: "string", default: "5" },
    ms: { type: "string", default: "1500" },
    warm: { type: "string", default: "800" },
    server: { type: "string", default: "{}" },
    out: { type: "string", default: "results/results.jsonl" },
    profile: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (flags.help) {
  process.stdout
    .write(`node bench.mjs [--scenario a,b|all] [--targets socketio,halyard,ws] [--rounds 5] [--ms 1500] [--warm 800]
               [--server '{"pingInterval":5000}'] [--out results/results.jsonl] [--profile]

Rounds are interleaved, in reversed order every other round. The first target is the base of the ratios:
"ratio" is the median over rounds of base / target in the same round, "best" the ratio of their best rounds.

Scenarios: ${Object.keys(scenarios).join(", ")}
`);
  process.exit(0);
}

const targets = flags.targets.split(",");
const chosen = flags.scenario === "all" ? Object.keys(scenarios) : flags.scenario.split(",");
const unknown = chosen.filter((name) => !(name in scenarios));
if (unknown.length > 0) {
  process.stderr.write(`unknown scenario: ${unknown.join(", ")} (see --help)\n`);
  process.exit(1);
}
mkdirSync("results", { recursive: true });
let failures = 0;
for (const name of chosen) await compare(name);
process.exit(failures === 0 ? 0 : 1);

async function compare(name) {
  const { run, key, columns, skip } = scenarios[name];
  const rounds = [];
  for (let round = 0; round < Number(flags.rounds); round++) {
    const results = {};
    for (const target of round % 2 === 0 ? targets : targets.toReversed()) {
      if (skip?.(target)) continue;
      const context = {
        scenario: name,
        target,
        windowMs: Number(flags.ms),
        warmMs: Number(flags.warm),
        serverOptions: JSON.parse(flags.server),
        profile: flags.profile,
      };
      try {
        results[target] = await run(context);
        appendFileSync(
          flags.out,
          `${JSON.stringify({ scenario: name, target, round, date: new Date().toISOString(), ...results[target] })}\n`,
        );
      } catch (error) {
        failures++;
        process.stderr.write(`${name}, ${target}: ${error.message}\n`);
      }
    }
    rounds.push(results);
  }
  process.stdout.write(`\n## ${name} (${rounds.length} rounds; ratios of ${key})\n${summary(rounds, key, columns)}\n`);
}

function summary(rounds, key, columns) {
  const [base] = targets;
  const of = (target, column) => rounds.map((round) => round[target]?.[column] ?? Number.NaN);
  const best = (target) => Math.min(...of(target, key).filter(Number.isFinite));
  const rows = targets
    .filter((target) => rounds.some((round) => target in round))
    .map((target) => ({
      target,
      ...Object.fromEntries(columns.map((column) => [column, median(of(target, column))])),
      ratio: median(of(target, key).map((value, round) => of(base, key)[round] / value)),
      best: best(base) / best(target),
    }));
  return table(rows, ["target", ...columns, "ratio", "best"]);
}
