// What the server withstands, by hand: node soak/soak.mjs --help
import { appendFileSync, mkdirSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { launch } from "../driver/process.mjs";
import { table } from "../driver/statistics.mjs";

const { values: flags } = parseArgs({
  options: {
    part: { type: "string", default: "cycles,offered,stall,slow,pings" },
    targets: { type: "string", default: "socketio,halyard" },
    cycles: { type: "string", default: "50" },
    size: { type: "string", default: "1000" },
    kinds: { type: "string", default: "websocket,polling,upgrade" },
    help: { type: "boolean", default: false },
  },
});

const parts = { cycles, offered, stall, slow, pings };
/** About our limits: of no concern to other servers. */
const LIMITS = new Set(["stall", "slow", "pings"]);

if (flags.help) {
  process.stdout.write(`node soak/soak.mjs [--part cycles,offered,stall,slow,pings] [--targets socketio,halyard]
                  [--cycles 50] [--size 1000] [--kinds websocket,polling,upgrade]

cycles   connections come and go; bytes kept of each, over websocket, polling and the upgrade
offered  5,000 clients within one second
stall    an event loop that does not turn for 3 s, five times, under 600 clients
slow     40 clients that read nothing, or never poll, beside 50 others
pings    a client that floods with pings, beside 50 others
`);
} else {
  mkdirSync("results", { recursive: true });
  for (const part of flags.part.split(",")) {
    const rows = [];
    for (const target of flags.targets.split(",")) {
      if (LIMITS.has(part) && target !== "halyard") continue;
      for (const row of await parts[part](target)) {
        rows.push({ target, ...row });
        appendFileSync("results/soak.jsonl", `${JSON.stringify({ part, target, ...row })}\n`);
      }
    }
    process.stdout.write(`\n${part}\n${table(rows, Object.keys(rows[0]))}\n`);
  }
  process.exit();
}

/** Cycles of connections; what is kept is the slope of memory at rest over the second half, when code has been optimised. */
async function cycles(target) {
  const rows = [];
  for (const kind of flags.kinds.split(",")) {
    const row = await withProcesses(target, {}, async (host, generator) => {
      const used = [];
      const options = { polling: kind !== "websocket", upgrade: kind === "upgrade", concurrency: 64 };
      let failed = 0;
      for (let cycle = 0; cycle < Number(flags.cycles); cycle++) {
        failed += (await generator.call("churn", { port: host.port, count: Number(flags.size), ...options })).failed;
        if (kind === "polling") await host.call("memory"); // clients that vanish are noticed a moment later
        used.push((await host.call("memory")).used);
      }
      const { sessions } = await host.call("state");
      const kept = slope(used.slice(used.length / 2)) / Number(flags.size);
      return {
        kind,
        failed,
        "sessions left": sessions,
        "kB in all": (used.at(-1) - used[0]) / 1_000,
        "B kept/conn": kept,
      };
    });
    rows.push(row);
  }
  return rows;
}

async function offered(target) {
  const rows = [];
  for (const polling of [false, true]) {
    await withProcesses(target, { pingInterval: 300_000 }, async (host, _generator, clients) => {
      const { failed, failures, offeredMs, ms, p50, p99 } = await clients.call("offer", {
        port: host.port,
        count: 5_000,
        overMs: 1_000,
        polling,
      });
      for (const [message, count] of Object.entries(failures))
        process.stderr.write(`${target}: ${count} × ${message}\n`);
      const kind = polling ? "polling" : "websocket";
      rows.push({ kind, failed, "offered in ms": offeredMs, "served in ms": ms, "p50 ms": p50, "p99 ms": p99 });
    });
  }
  return rows;
}

function stall(target) {
  return withProcesses(target, { pingInterval: 2_000, pingTimeout: 2_000 }, async (host, generator) => {
    await generator.call("open", { port: host.port, count: 500 });
    await generator.call("open", { port: host.port, count: 100, polling: true });
    for (let round = 0; round < 5; round++) {
      await host.call("stall", { ms: 3_000 });
      await wait(1_000);
    }
    await wait(5_000);
    const { sessions } = await host.call("state");
    return [{ clients: 600, left: sessions }];
  });
}

function slow(target) {
  const COUNT = 40;
  return beside(target, async (host, clients) => {
    await clients.call("deafen", { port: host.port, websocket: COUNT / 2, polling: COUNT / 2 });
    const before = await host.call("memory");
    await host.call("peak");
    await host.call("peak");
    await host.call("feed", { bytes: 10_000, everyMs: 10, ms: 15_000 });
    const peak = await host.call("peak");
    const { slow: left } = await host.call("state");
    return {
      "MB/client, in use": (peak.used - before.used) / COUNT / 1e6,
      "MB/client, rss": (peak.rss - before.rss) / COUNT / 1e6,
      "slow left": left,
    };
  });
}

function pings(target) {
  return beside(target, async (host, clients) => {
    const before = await host.call("memory");
    await host.call("peak");
    await host.call("peak");
    const { sent } = await clients.call("pings", { port: host.port, ms: 5_000 });
    const peak = await host.call("peak");
    return { pings: sent, "MB, in use": (peak.used - before.used) / 1e6, "MB, rss": (peak.rss - before.rss) / 1e6 };
  });
}

/** Fifty clients say 500 things a second between them, first alone and then beside what `act` does. */
function beside(target, act) {
  return withProcesses(target, {}, async (host, generator, clients) => {
    await generator.call("open", { port: host.port, count: 50 });
    await generator.call("start", { load: "openLoop", parameters: { rate: 500, event: "echo" } });
    await wait(1_000);
    await generator.call("mark");
    await wait(2_000);
    const quiet = await generator.call("mark");
    const row = await act(host, clients);
    const { latency } = await generator.call("mark");
    return [{ ...row, "quiet p99 ms": quiet.latency.p99, "p99 ms": latency.p99 }];
  });
}

async function withProcesses(target, options, use) {
  const env = { WS_NO_BUFFER_UTIL: "1", WS_NO_UTF_8_VALIDATE: "1" };
  const host = await launch("soak/host.mjs", [target, JSON.stringify(options)], { env, execArgv: ["--expose-gc"] });
  const generator = await launch("load/generator.mjs");
  const clients = await launch("soak/clients.mjs");
  try {
    return await use(host, generator, clients);
  } finally {
    await Promise.all([clients.kill(), generator.kill(), host.kill()]);
  }
}

/** Of the line that comes nearest to the values. */
function slope(values) {
  const middle = (values.length - 1) / 2;
  let products = 0;
  let squares = 0;
  for (const [index, value] of values.entries()) {
    products += (index - middle) * value;
    squares += (index - middle) ** 2;
  }
  return products / squares;
}
