// `npm test`: everything that must hold before a change lands, stopping at the first stage in which a step fails.
import { spawn } from "node:child_process";
import { programs, provide, thisMachine } from "./system.mjs";
import { forgetTotals, recordTotals, report } from "./totals.mjs";

/** @typedef {readonly [title: string, command: string]} Step */

/**
 * What runs after what. The steps of one stage do not need each other; they run two at a time, for a machine with two cores.
 * @type {readonly (readonly Step[])[]}
 */
const stages = [
  [["build", "pnpm run build"]],
  [
    ["packages as published", "pnpm run lint:package"],
    ["documentation", "pnpm run docs:build"],
    ["types", "pnpm run typecheck"],
    ["lint, direction of dependencies, format", "pnpm run lint"],
    ["unused files, exports and dependencies", "pnpm exec knip"],
    ["bundle sizes", "pnpm exec size-limit"],
    ["changesets", "pnpm exec changeset status"],
  ],
  [["tests", `pnpm exec vitest run --reporter=default --reporter=json --outputFile.json=${report}`]],
];
const AT_A_TIME = 2;

forgetTotals();
const hasPassed = await verify();
process.stdout.write(`\n${recordTotals(hasPassed)}\n`);
process.exitCode = hasPassed ? 0 : 1;

async function verify() {
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" };
  try {
    for (const program of Object.values(programs)) env[program.variable] = provide(program, thisMachine);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return false;
  }
  for (const stage of stages) if (!(await runStage(stage, env))) return false;
  return true;
}

/**
 * Runs all the steps of a stage, also after one has failed, so that everything that is wrong is seen at once.
 * @param {readonly Step[]} stage
 * @param {NodeJS.ProcessEnv} env
 */
async function runStage(stage, env) {
  const waiting = [...stage];
  let hasPassed = true;
  const work = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift())
      if (!(await runStep(step, env, stage.length === 1))) hasPassed = false;
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return hasPassed;
}

/**
 * @param {Step} step
 * @param {NodeJS.ProcessEnv} env
 * @param {boolean} isAlone its output is shown as it comes; else at its end, not mixed with that of others
 * @returns {Promise<boolean>} true when it succeeded
 */
function runStep([title, command], env, isAlone) {
  const started = Date.now();
  const heading = `\n▸ ${title}: ${command}\n`;
  if (isAlone) process.stdout.write(heading);
  const child = spawn(command, {
    shell: true,
    stdio: ["ignore", isAlone ? "inherit" : "pipe", isAlone ? "inherit" : "pipe"],
    env,
  });
  /** @type {Buffer[]} */
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (bytes) => output.push(bytes));
  return new Promise((resolve) => {
    /** @param {boolean} isDone @param {string} why */
    const end = (isDone, why) => {
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      if (!isAlone) process.stdout.write(Buffer.concat([Buffer.from(heading), ...output]));
      if (isDone) process.stdout.write(`✓ ${title} (${seconds} s)\n`);
      else process.stderr.write(`\n✗ ${title} failed${why}\n`);
      resolve(isDone);
    };
    child.once("error", (error) => end(false, `: ${error.message}`));
    child.once("close", (code) => end(code === 0, ""));
  });
}
