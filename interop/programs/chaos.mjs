// Servers of a cluster and Redis that are killed at random, under clients that stay: what those have got in the end. By hand, or as a
// short test: node programs/chaos.mjs --help
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";

const { values: flags } = parseArgs({
  options: {
    adapter: { type: "string", default: "streams" },
    nodes: { type: "string", default: "3" },
    clients: { type: "string", default: "1000" },
    processes: { type: "string", default: "2" },
    rate: { type: "string", default: "5" },
    incidents: { type: "string", default: "20" },
    pause: { type: "string", default: "3000" },
    kinds: { type: "string", default: "kill,stop,redis" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1e6)) },
    help: { type: "boolean", default: false },
  },
});

if (flags.help) {
  process.stdout
    .write(`node programs/chaos.mjs [--adapter streams|pubsub|sharded] [--nodes 3] [--clients 1000] [--processes 2]
    [--rate 5] [--incidents 20] [--pause 3000] [--kinds kill,stop,redis] [--seed 1]

Each server sends numbers to all clients, so many a second. Between pauses (milliseconds), a server is killed (kill), one is taken
out of service (stop), or Redis is killed (redis), and started again; or Redis stands still for up to 2 s (freeze). Prints a line of
JSON: what clients of the same session lack (lost), got out of order (disordered) or twice (repeated), why servers say that something
is missing (causes), and how many sessions went on or began anew.
`);
  process.exit();
}

const random = randomNumbers(Number(flags.seed));
const folder = await mkdtemp(join(tmpdir(), "chaos-"));
const log = (text) => process.stderr.write(`${text}\n`);
log(`--seed ${flags.seed}`);

const redisPort = await freePort();
let redis = await startRedis();
/** By name, which counts them: how many numbers they have sent, and where messages were lost. */
const facts = new Map();
const nodes = [];
let newest = 0;
let groups = [];
const ports = [];
for (let index = 0; index < Number(flags.nodes); index++) ports.push(await freePort());
await Promise.all(ports.map(async (_, index) => (nodes[index] = await startNode(index))));

const share = Math.ceil(Number(flags.clients) / Number(flags.processes));
groups = await Promise.all(Array.from({ length: Number(flags.processes) }, () => startClients(share)));
const all = share * groups.length;
await until("everybody is connected", async () => (await states()).open === all);
await wait(1_000);

const kinds = flags.kinds.split(",");
const tally = { kill: 0, stop: 0, redis: 0, freeze: 0 };
for (let incident = 0; incident < Number(flags.incidents); incident++) {
  const kind = kinds[Math.floor(random() * kinds.length)];
  tally[kind]++;
  await { kill: killNode, stop: stopNode, redis: killRedis, freeze: freezeRedis }[kind]();
  await wait(Number(flags.pause) * (0.5 + random()));
}

await until("everybody is back", async () => (await states()).open === all);
const sent = {};
for (const node of nodes) sent[node.name] = (await ask(node.child, "quiet", "sent")).sent;
await until("everybody has what there is", async () => (await states(sent)).behind === 0, 20_000).catch(() => {});
const reports = (await Promise.all(groups.map((group) => ask(group, "report", "report")))).flatMap(
  ({ ledgers }) => ledgers,
);
process.stdout.write(
  `${JSON.stringify({ adapter: flags.adapter, seed: flags.seed, ...tally, ...judge(reports, sent) })}\n`,
);
for (const child of [...groups, ...nodes.map((node) => node.child)]) child.kill("SIGKILL");
redis.kill("SIGKILL");
await rm(folder, { recursive: true, force: true });
process.exit();

/** What is wrong with what clients got. */
function judge(reports, sent) {
  /** How far others got with a sender: so far everybody has to get, also if the sender is dead. */
  const reached = new Map(Object.entries(sent));
  for (const [name, fact] of facts) if (fact.sent !== undefined) reached.set(name, fact.sent);
  for (const { senders } of reports)
    for (const [sender, { last, isRemote }] of Object.entries(senders))
      if (isRemote && last > (reached.get(sender) ?? 0)) reached.set(sender, last);
  let lost = 0;
  let untold = 0;
  let late = 0;
  for (const { senders, since, holes } of reports) {
    for (const { sender, count, node } of holes) {
      lost += count;
      // what is replayed comes before it is known where from, and must never lack anything
      const wasTold = node !== undefined && facts.get(node).gaps + facts.get(sender).dropped > 0;
      if (!wasTold) untold += count;
    }
    for (const [sender, last] of reached) {
      const got = senders[sender]?.last ?? (Number(sender) > since ? 0 : last);
      late += Math.max(0, last - got);
    }
  }
  const sum = (pick) => reports.reduce((total, report) => total + pick(report), 0);
  const failures = {};
  for (const report of reports)
    for (const [reason, count] of Object.entries(report.failures)) failures[reason] = (failures[reason] ?? 0) + count;
  const returns = sum(({ sessions }) => sessions - 1);
  const recovered = sum(({ recoveries }) => recoveries);
  return {
    clients: reports.length,
    events: [...reached.values()].reduce((total, last) => total + last, 0),
    returns,
    recovered,
    failures,
    lost,
    untold,
    missingAtEnd: late,
    disordered: sum(({ late }) => late),
    repeated: sum(({ repeated }) => repeated),
    gaps: [...facts.values()].reduce((total, { gaps }) => total + gaps, 0),
    dropped: [...facts.values()].reduce((total, { dropped }) => total + dropped, 0),
    causes: [...new Set([...facts.values()].flatMap(({ causes }) => causes))],
    raised: [...facts.values()].flatMap(({ raised }) => raised),
  };
}

async function killNode() {
  const index = Math.floor(random() * nodes.length);
  const { child, name } = nodes[index];
  log(`kill ${name}`);
  child.kill("SIGKILL");
  await once(child, "exit");
  await wait(random() * 1_000);
  nodes[index] = await startNode(index);
}

async function stopNode() {
  const index = Math.floor(random() * nodes.length);
  const { child, name } = nodes[index];
  log(`stop ${name}`);
  const gone = once(child, "exit");
  facts.get(name).sent = (await ask(child, "stop", "sent")).sent;
  await gone;
  nodes[index] = await startNode(index);
}

async function killRedis() {
  log("kill Redis");
  redis.removeAllListeners("exit");
  const gone = once(redis, "exit");
  redis.kill("SIGKILL");
  await gone;
  await wait(random() * 1_000);
  redis = await startRedis();
}

async function freezeRedis() {
  log("freeze Redis");
  redis.kill("SIGSTOP");
  await wait(random() * 2_000);
  redis.kill("SIGCONT");
}

async function startNode(index) {
  const name = String(++newest);
  await Promise.all(groups.map((group) => ask(group, "newest", "noted", { number: newest })));
  const fact = { gaps: 0, causes: [], dropped: 0, raised: [] };
  facts.set(name, fact);
  const args = [ports[index], redisPort, name, flags.adapter, flags.rate];
  const child = fork(join(import.meta.dirname, "chaos-node.mjs"), args.map(String));
  child.on("message", (message) => {
    if (message.kind === "gap") {
      fact.gaps++;
      if (message.cause !== undefined) fact.causes.push(message.cause);
    } else if (message.kind === "dropped") fact.dropped += message.messages;
    else if (message.kind === "raised") fact.raised.push(message.error);
  });
  await answer(child, "ready");
  return { child, name };
}

async function startClients(count) {
  const child = fork(join(import.meta.dirname, "chaos-clients.mjs"), [count, ...ports].map(String));
  await answer(child, "ready");
  await ask(child, "newest", "noted", { number: newest });
  return child;
}

async function states(sent) {
  const answers = await Promise.all(groups.map((group) => ask(group, "state", "state", { sent })));
  const sum = (key) => answers.reduce((total, answer) => total + answer[key], 0);
  return { open: sum("open"), behind: sum("behind") };
}

async function ask(child, kind, answerKind, rest = {}) {
  const answered = answer(child, answerKind);
  child.send({ kind, ...rest });
  return await answered;
}

function answer(child, kind) {
  return new Promise((resolve) => {
    const listener = (message) => {
      if (message.kind !== kind) return;
      child.off("message", listener);
      resolve(message);
    };
    child.on("message", listener);
  });
}

/** Redis keeps its data when it is killed: whatever it has answered is written. */
async function startRedis() {
  const program = process.env["REDIS_SERVER_PATH"] ?? "redis-server";
  const data = ["--save", "", "--appendonly", "yes", "--appendfsync", "always", "--dir", folder];
  const options = ["--port", redisPort, "--bind", "127.0.0.1", ...data];
  const child = spawn(program, options.map(String), { stdio: ["ignore", "pipe", "inherit"] });
  for await (const chunk of child.stdout) if (String(chunk).includes("Ready to accept connections")) break;
  child.stdout.resume();
  return child;
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function until(what, holds, patienceMs = 120_000) {
  const start = performance.now();
  while (!(await holds())) {
    if (performance.now() - start > patienceMs) throw new Error(`it did not come about that ${what}`);
    await wait(50);
  }
}

/** The same row of numbers between 0 and 1 for the same seed (mulberry32). */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
