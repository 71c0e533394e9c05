// Finds the programs that the tests run against for real, and installs what is missing where that is possible.
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * @typedef {object} Program
 * @property {string} title what to call it in a message
 * @property {string} variable the environment variable that says where it is
 * @property {readonly string[]} names what it is called on the PATH
 * @property {string} debian the Debian package that holds it
 */

/** @type {Readonly<Record<"chromium" | "haproxy" | "nginx" | "openssl" | "redis", Program>>} */
export const programs = {
  chromium: {
    title: "Chromium",
    variable: "CHROMIUM_PATH",
    names: ["chromium", "chromium-browser", "google-chrome"],
    debian: "chromium",
  },
  haproxy: { title: "HAProxy", variable: "HAPROXY_PATH", names: ["haproxy"], debian: "haproxy" },
  nginx: { title: "nginx", variable: "NGINX_PATH", names: ["nginx"], debian: "nginx" },
  openssl: { title: "OpenSSL", variable: "OPENSSL_PATH", names: ["openssl"], debian: "openssl" },
  redis: {
    title: "Redis",
    variable: "REDIS_SERVER_PATH",
    names: ["redis-server", "valkey-server"],
    debian: "redis-server",
  },
};

/**
 * @typedef {object} Machine what this script needs to know and do; tests pass their own
 * @property {Readonly<Record<string, string | undefined>>} env
 * @property {boolean} isRoot
 * @property {(path: string) => boolean} isExecutable
 * @property {(command: string, args: readonly string[]) => boolean} run true when it succeeded
 */

/** @type {Machine} */
export const thisMachine = {
  env: process.env,
  isRoot: process.getuid?.() === 0,
  isExecutable(path) {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  },
  run: (command, args) =>
    spawnSync(command, args, {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    }).status === 0,
};

/**
 * Answers where a program is, installing it first if need be.
 * @param {Program} program
 * @param {Machine} machine
 * @returns {string} its path
 * @throws when it is missing and cannot be installed; the message says what to do
 */
export function provide(program, machine) {
  const found = find(program, machine);
  if (found !== undefined) return found;
  const advice = `The tests need ${program.title}: install it (Debian's package is "${program.debian}") or set ${program.variable} to its path.`;
  if (!machine.isRoot || onPath(["apt-get"], machine) === undefined) throw new Error(advice);
  const installed =
    machine.run("apt-get", ["update", "-qq"]) &&
    machine.run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", program.debian]);
  const path = installed ? find(program, machine) : undefined;
  if (path === undefined) throw new Error(`Installing Debian's package "${program.debian}" failed. ${advice}`);
  return path;
}

/** @param {Program} program @param {Machine} machine */
function find(program, machine) {
  const named = machine.env[program.variable];
  if (named === undefined || named === "") return onPath(program.names, machine);
  if (!machine.isExecutable(named))
    throw new Error(`${program.variable} is "${named}", which is not an executable file.`);
  return named;
}

/** @param {readonly string[]} names @param {Machine} machine */
function onPath(names, machine) {
  // where Debian keeps servers, which is not on everybody's PATH
  const folders = `${machine.env["PATH"] ?? ""}${delimiter}/usr/sbin`
    .split(delimiter)
    .filter((folder) => folder !== "");
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(machine.isExecutable);
}
