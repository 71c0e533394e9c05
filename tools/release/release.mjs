// `pnpm release`: builds, packs every package, proves the packed files in applications of every kind, and publishes what changesets
// have given a new version. `--dry-run` stops before publishing; `--only <name>` proves one kind of application.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { programs, provide, thisMachine } from "../system.mjs";
import { applications } from "./applications.mjs";
import { layOut } from "./lay-out.mjs";
import { pack } from "./pack.mjs";

/** Far above what any command of an application takes. */
const PATIENCE_MS = 10 * 60_000;

const { values } = parseArgs({ options: { "dry-run": { type: "boolean" }, only: { type: "string" } } });
const chosen = applications.filter(({ name }) => values.only === undefined || name === values.only);
if (chosen.length === 0)
  fail(`there is no such application; there are ${applications.map(({ name }) => name).join(", ")}`);

const chromium = provide(programs.chromium, thisMachine);
const work = mkdtempSync(join(tmpdir(), "halyard-release-"));
run("pnpm run build");
run("pnpm run lint:package");
const tarballs = pack(work);
const failures = chosen.filter((application) => !proves(application)).map(({ name }) => name);
rmSync(work, { recursive: true, force: true });
if (failures.length > 0) fail(`the packages do not work in: ${failures.join(", ")}`);
process.stdout.write(`\nThe packages work in: ${chosen.map(({ name }) => name).join(", ")}.\n`);
if (values["dry-run"] === true) process.stdout.write("Nothing was published.\n");
else run("pnpm exec changeset publish");

/** @param {import("./applications.mjs").Application} application */
function proves(application) {
  const folder = layOut(work, application, tarballs);
  const env = { ...process.env, CHROMIUM_PATH: chromium };
  for (const command of ["npm install --no-audit --no-fund --loglevel=error", ...application.commands]) {
    process.stdout.write(`▸ ${application.name}: ${command}\n`);
    const how = { cwd: folder, shell: true, env, timeout: PATIENCE_MS };
    const { status } = spawnSync(command, { ...how, stdio: ["ignore", "inherit", "inherit"] });
    if (status !== 0) return false;
  }
  return true;
}

/** @param {string} command */
function run(command) {
  process.stdout.write(`▸ ${command}\n`);
  const { status } = spawnSync(command, { shell: true, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

/**
 * @param {string} why
 * @returns {never}
 */
function fail(why) {
  process.stderr.write(`${why}\n`);
  process.exit(1);
}
