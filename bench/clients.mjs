// What clients cost in Node.js, against socket.io-client 4.8 in the same run: node clients.mjs --help
import { mkdirSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { launch } from "./driver/process.mjs";
import { median, table } from "./driver/statistics.mjs";

const { values: flags } = parseArgs({
  options: {
    scenario: { type: "string", default: "echo-1,echo-32,ack-32,heap" },
    rounds: { type: "string", default: "5" },
    ms: { type: "string", default: "1500" },
    warm: { type: "string", default: "1000" },
    profile: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const LIBRARIES = ["socket.io-client", "@halyard/client"];
/** What we hold ourselves to: incumbent / ours. */
const TARGETS = { "echo-1": 1.25, "echo-32": 2.7, "ack-32": 2.7, heap: 2 };
const CLIENTS = 50;
const IDLE_CLIENTS = 1_000;

if (flags.help) {
  process.stdout
    .write(`node clients.mjs [--scenario ${Object.keys(TARGETS).join(",")},ack-1] [--rounds 5] [--ms 1500] [--warm 1000] [--profile]

The measured process holds 50 clients over WebSocket, whose server, in another process, is the same for both libraries.
echo-W: events that come back, W under way per client. ack-W: acknowledgements instead. Figure: CPU microseconds of the
clients' process per event sent and answered. heap: bytes of V8's heap per idle client, of ${IDLE_CLIENTS.toLocaleString("en")}.
Rounds are interleaved; "ratio" is the median over rounds of incumbent / ours in one round, "best" that of the best rounds.
`);
  process.exit(0);
}

mkdirSync("results", { recursive: true });
const rows = [];
for (const scenario of flags.scenario.split(",")) rows.push(await compare(scenario));
process.stdout.write(`${table(rows, Object.keys(rows[0]))}\n`);
process.exit(0);

async function compare(scenario) {
  const figures = LIBRARIES.map(() => []);
  for (let round = 0; round < Number(flags.rounds); round++) {
    const order = round % 2 === 0 ? [0, 1] : [1, 0];
    for (const index of order) figures[index].push(await measure(scenario, LIBRARIES[index], round));
  }
  const [theirs, ours] = figures;
  return {
    scenario,
    incumbent: median(theirs),
    ours: median(ours),
    ratio: median(theirs.map((figure, round) => figure / ours[round])),
    best: Math.min(...theirs) / Math.min(...ours),
    target: TARGETS[scenario],
  };
}

async function measure(scenario, library, round) {
  const options = JSON.stringify({ server: {} });
  const server = await launch("server/host.mjs", ["halyard", options], { execArgv: ["--expose-gc"] });
  const host = await launch("client/host.mjs", [library], { execArgv: ["--expose-gc"] });
  try {
    if (scenario === "heap") return await measureHeap(host, server.port);
    await host.call("open", { port: server.port, count: CLIENTS });
    const [load, window] = scenario.split("-");
    await host.call("start", { load, window: Number(window) });
    await wait(Number(flags.warm));
    if (flags.profile) await host.call("profileStart");
    const before = await host.call("mark");
    await wait(Number(flags.ms));
    const after = await host.call("mark");
    if (flags.profile) {
      const file = `results/${scenario}-${library.replace(/\W/g, "-")}-${round}.cpuprofile`;
      await host.call("profileStop", { file });
    }
    const cpuUs = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
    return cpuUs / (after.handled - before.handled);
  } finally {
    await Promise.all([host.kill(), server.kill()]);
  }
}

async function measureHeap(host, port) {
  // what is loaded and compiled once belongs to no client
  await host.call("open", { port, count: 100 });
  const before = await host.call("heap");
  await host.call("open", { port, count: 100 + IDLE_CLIENTS });
  const after = await host.call("heap");
  return (after.heapUsed - before.heapUsed) / IDLE_CLIENTS;
}
