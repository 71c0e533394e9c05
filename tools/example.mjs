// `npm run example -- <name> [options]`: installs and builds what one of the examples needs, and runs it.
import { spawn, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";

const PNPM = ["--yes", "pnpm@12.21.0"];
const names = readdirSync(new URL("../examples", import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const [name = "", ...args] = process.argv.slice(2);

if (!names.includes(name)) {
  process.stderr.write(`Which example? npm run example -- <name>, where <name> is one of ${names.join(", ")}.\n`);
  process.exit(1);
}
const own = `@halyard/example-${name}`;
run(["install", "--filter", "halyard", "--filter", `${own}...`]);
run(["run", "build", `--filter=${own}...`]);

// Ctrl-C reaches the example too, which ends by itself; this process waits for it.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {});
const example = spawn("npx", [...PNPM, "--filter", own, "run", "--silent", "start", ...args], { stdio: "inherit" });
example.on("exit", (code) => process.exit(code ?? 1));

/** @param {readonly string[]} command */
function run(command) {
  const { status } = spawnSync("npx", [...PNPM, ...command], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
