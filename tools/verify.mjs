// `npm test`: everything that must hold before a change lands, in order, stopping at the first step that fails.
import { spawnSync } from "node:child_process";
import { programs, provide, thisMachine } from "./system.mjs";
import { forgetTotals, recordTotals, report } from "./totals.mjs";

/** @type {readonly (readonly [title: string, command: string])[]} */
const steps = [
  ["build", "pnpm run build"],
  ["types", "pnpm run typecheck"],
  ["lint, direction of dependencies, format", "pnpm run lint"],
  ["packages as published", "pnpm run lint:package"],
  ["unused files, exports and dependencies", "pnpm exec knip"],
  ["bundle sizes", "pnpm exec size-limit"],
  ["documentation", "pnpm run docs:build"],
  ["tests", `pnpm exec vitest run --reporter=default --reporter=json --outputFile.json=${report}`],
  ["changesets", "pnpm exec changeset status"],
];

forgetTotals();
const code = verify();
process.stdout.write(`\n${recordTotals(code === 0)}\n`);
process.exitCode = code;

function verify() {
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" };
  try {
    for (const program of Object.values(programs)) env[program.variable] = provide(program, thisMachine);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
  for (const [title, command] of steps) {
    process.stdout.write(`\n▸ ${title}: ${command}\n`);
    const started = Date.now();
    const { status, error } = spawnSync(command, { shell: true, stdio: ["ignore", "inherit", "inherit"], env });
    if (status !== 0) {
      process.stderr.write(`\n✗ ${title} failed${error === undefined ? "" : `: ${error.message}`}\n`);
      return status ?? 1;
    }
    process.stdout.write(`✓ ${title} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`);
  }
  return 0;
}
