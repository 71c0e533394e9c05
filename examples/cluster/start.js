// @ts-check
// Starts the whole cluster: Redis, three nodes and a load balancer, on PORT (3000) and the four ports above it.
// `npm start -- --balancer haproxy` chooses the balancer; Ctrl-C ends everything.

import { once } from "node:events";
import { parseArgs } from "node:util";
import { balancers, startBalancer } from "./balancer.js";
import { find, start, stopAll } from "./programs.js";

const NAMES = ["a", "b", "c"];
/** How soon a node that has died is started again. */
const RESTART_MS = 2_000;

const { values } = parseArgs({ options: { balancer: { type: "string" } } });
const port = Number(process.env["PORT"] ?? 3000);
const redisPort = port + NAMES.length + 1;
let state = /** @type {"running" | "stopping"} */ ("running");

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => void stop(0));
process.once("uncaughtException", fail);
process.once("unhandledRejection", fail);

const kind = values.balancer ?? balancers.find((name) => find(name) !== undefined) ?? "nginx";

startRedis();
await Promise.all(NAMES.map((name, index) => startNode(name, index)));
const balancer = await startBalancer(kind, port);
balancer.once("exit", () => fail(new Error(`${kind} has ended.`)));
console.log(`
  Three nodes behind ${kind}: http://localhost:${port}

  Open it in several tabs. End a node with kill -9 and its number from above: its clients go on at another
  one, and miss nothing; it is started again a moment later. Ctrl-C ends everything.
`);

function startRedis() {
  const options = ["--port", `${redisPort}`, "--bind", "127.0.0.1", "--save", ""];
  const redis = start("redis-server", options, { isQuiet: true });
  redis.once("exit", () => fail(new Error(`Redis has ended. Is port ${redisPort} in use?`)));
}

/**
 * @param {string} name
 * @param {number} index
 */
async function startNode(name, index) {
  const env = { NAME: name, PORT: `${port + 1 + index}`, REDIS_URL: `redis://127.0.0.1:${redisPort}` };
  const node = start(process.execPath, [new URL("node.js", import.meta.url).pathname], { env, talks: true });
  node.once("exit", (code, signal) => {
    if (state === "stopping") return;
    if (signal === null) return fail(new Error(`Node ${name} has ended with ${code}.`));
    console.log(`node ${name} was ended by ${signal}`);
    setTimeout(() => void startNode(name, index), RESTART_MS);
  });
  await once(node, "message");
  console.log(`node ${name} is process ${node.pid}`);
}

/** @param {unknown} error */
function fail(error) {
  if (state === "running") console.error(error instanceof Error ? error.message : error);
  void stop(1);
}

/** @param {number} code */
async function stop(code) {
  if (state === "stopping") return; // Ctrl-C may arrive twice: npm passes it on as well
  state = "stopping";
  await stopAll();
  process.exit(code);
}
