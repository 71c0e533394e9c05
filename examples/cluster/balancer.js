// @ts-check
// Runs nginx.conf or haproxy.cfg as they are, but for the ports.

import { rmSync } from "node:fs";
import { chmod, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { start } from "./programs.js";

/** @type {Readonly<Record<string, { file: string, args: readonly string[] }>>} */
const KINDS = {
  nginx: { file: "nginx.conf", args: ["-p", ".", "-c", "nginx.conf", "-g", "daemon off;"] },
  haproxy: { file: "haproxy.cfg", args: ["-db", "-f", "haproxy.cfg"] },
};

/** What can be chosen. */
export const balancers = Object.keys(KINDS);

/**
 * Starts a balancer in a folder of its own, and waits until it leads to a node.
 *
 * @param {string} kind
 * @param {number} port where it listens; the nodes are on those that follow
 */
export async function startBalancer(kind, port) {
  const plan = KINDS[kind];
  if (plan === undefined) throw new Error(`--balancer has to be ${balancers.join(" or ")}.`);
  const { file, args } = plan;
  const folder = await mkdtemp(join(tmpdir(), `${kind}-`));
  await chmod(folder, 0o755); // nginx started by root goes on as somebody else
  const config = await readFile(new URL(file, import.meta.url), "utf8");
  await writeFile(
    join(folder, file),
    config.replaceAll(/127\.0\.0\.1:300(\d)/g, (_, index) => `127.0.0.1:${port + Number(index)}`),
  );
  const balancer = start(kind, args, { cwd: folder });
  balancer.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  while (!(await isServing(port))) await wait(50);
  return balancer;
}

/** @param {number} port */
async function isServing(port) {
  const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
  return answer?.status === 200;
}
