// @ts-check
// Programs that belong to the cluster: they are started one by one, and end with it, the last first.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { delimiter, resolve } from "node:path";

/** How long a program has to end when it is asked to. */
const PATIENCE_MS = 5_000;

/** @typedef {import("node:child_process").ChildProcess} ChildProcess */

/** @type {ChildProcess[]} */
const running = [];

/**
 * Finds a program: where an environment variable such as REDIS_SERVER_PATH says, on the PATH, or where Debian keeps those of
 * administrators.
 *
 * @param {string} name
 * @returns {string | undefined}
 */
export function find(name) {
  const named = process.env[`${name.toUpperCase().replaceAll("-", "_")}_PATH`];
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return named || folders.map((folder) => resolve(folder, name)).find(isExecutable);
}

/**
 * Starts a program. It does not hear of Ctrl-C itself, so that everything ends in order.
 *
 * @param {string} name as {@link find} takes it
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string>, talks?: boolean, isQuiet?: boolean, cwd?: string }} options `talks`: it is
 *   a program of Node.js that sends messages
 * @returns {ChildProcess}
 */
export function start(name, args, { env = {}, talks = false, isQuiet = false, cwd = "." } = {}) {
  const command = find(name);
  if (command === undefined)
    throw new Error(`This needs ${name}. Debian's packages are redis-server, nginx and haproxy.`);
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ["ignore", isQuiet ? "ignore" : "inherit", "inherit", ...(talks ? [/** @type {const} */ ("ipc")] : [])],
  });
  running.push(child);
  child.once("exit", () => forget(child));
  return child;
}

/** Ends all programs, each before those that were started before it. */
export async function stopAll() {
  for (const child of running.toReversed()) await stop(child);
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {ChildProcess} child */
async function stop(child) {
  if (!running.includes(child)) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  await gone;
  clearTimeout(timer);
}

/** @param {ChildProcess} child */
function forget(child) {
  const index = running.indexOf(child);
  if (index !== -1) running.splice(index, 1);
}
