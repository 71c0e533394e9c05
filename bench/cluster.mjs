// What messages between three servers cost over Redis, ours and the incumbent's in turn: node cluster.mjs --help
// Needs `pnpm build` and a redis-server (REDIS_SERVER_PATH).
import { spawn } from "node:child_process";
import { appendFileSync, mkdirSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createClient } from "redis";
import { launch } from "./driver/process.mjs";
import { median, table } from "./driver/statistics.mjs";

const { values: flags } = parseArgs({
  options: {
    kinds: { type: "string", default: "pubsub,sharded,streams" },
    targets: { type: "string", default: "socketio,halyard,halyard+batches" },
    rounds: { type: "string", default: "3" },
    messages: { type: "string", default: "20000" },
    burst: { type: "string", default: "20" },
    sockets: { type: "string", default: "900" },
    profile: { type: "boolean", default: false },
    port: { type: "string", default: "17390" },
    help: { type: "boolean", default: false },
  },
});
const [rounds, messages, burst, sockets, redisPort] = [
  flags.rounds,
  flags.messages,
  flags.burst,
  flags.sockets,
  flags.port,
].map(Number);

if (flags.help) {
  process.stdout
    .write(`node cluster.mjs [--kinds pubsub,sharded,streams] [--targets socketio,halyard,halyard+batches] [--rounds 3]
                 [--messages 20000] [--burst 20] [--sockets 900] [--profile] [--port 17390]

Three servers, a process each. First without clients: what a message costs the server that sends it with io.emit(), the others and
Redis, with so many messages in a turn of the event loop ("publish", "hear" and "relay µs"). Then with a client each, from one server
to the clients of the others: latency of single events ("own" is that of the sender's client), the same flood, messages for a room that the others do not have,
fetchSockets(), and broadcasts once there are so many sockets more. --profile writes CPU profiles of the floods into results/.
`);
  process.exit();
}

const redis = spawn(process.env.REDIS_SERVER_PATH ?? "redis-server", ["--port", String(redisPort), "--save", ""], {
  stdio: "ignore",
});
process.on("exit", () => redis.kill());
const statistics = createClient({ socket: { port: redisPort, reconnectStrategy: 50 } }).on("error", () => {});
await statistics.connect();

mkdirSync("results", { recursive: true });
for (const kind of flags.kinds.split(",")) {
  const results = new Map(flags.targets.split(",").map((target) => [target, []]));
  for (let round = 0; round < rounds; round++)
    for (const [target, list] of results) {
      list.push(await measure(target, kind));
      appendFileSync("results/cluster.jsonl", `${JSON.stringify({ target, kind, ...list.at(-1) })}\n`);
    }
  const rows = [...results].map(([target, list]) => ({
    target,
    ...Object.fromEntries(Object.keys(list[0]).map((key) => [key, median(list.map((row) => row[key]))])),
  }));
  process.stdout.write(`\n${kind}, median of ${rounds}\n${table(rows, Object.keys(rows[0]))}\n`);
}
process.exit();

async function measure(target, kind) {
  await statistics.flushAll();
  const [library, batches] = target.split("+");
  const settings = JSON.stringify({ target: library, kind, redisPort, batches: batches !== undefined });
  const nodes = await Promise.all([0, 1, 2].map(() => launch("cluster/node.mjs", [settings])));
  const clients = await launch("cluster/clients.mjs");
  try {
    return await measureWith(nodes, clients, `${kind}-${target}`);
  } finally {
    await Promise.all([...nodes, clients].map((child) => child.kill()));
  }
}

async function measureWith(nodes, clients, name) {
  const [first, second] = nodes;
  for (const node of nodes) while ((await node.call("count")).count < nodes.length) await wait(20);
  const bare = await measureBare(nodes, name);
  for (const node of nodes)
    await clients.call("open", { port: node.port, count: 1, ...(node === first && { room: "own" }) });
  /** Waits until all clients have got so many more. */
  const all = async (from, each) => {
    const isThere = ({ counts }) => nodes.every(({ port }, index) => counts[port] - from[port] >= each[index]);
    while (!isThere(await clients.call("counts"))) await wait(2);
  };
  const counts = async () => (await clients.call("counts")).counts;
  const flood = async (options, each) => {
    const from = await counts();
    const before = await look(first, second);
    const start = performance.now();
    await first.call("flood", { burst, ...options });
    await all(from, each);
    const ms = performance.now() - start;
    const after = await look(first, second);
    return {
      ms,
      ...Object.fromEntries(Object.keys(after).map((key) => [key, (after[key] - before[key]) / options.messages])),
    };
  };

  await flood({ messages: 10_000 }, [10_000, 10_000, 10_000]);
  await first.call("tell", { times: 50, everyMs: 5 });
  for (const { port } of nodes) await clients.call("latency", { port });
  await first.call("tell", { times: 300, everyMs: 5 });
  await wait(200);
  const { p50, p99 } = await clients.call("latency", { port: second.port });
  const { p50: ownP50 } = await clients.call("latency", { port: first.port });
  const flooded = await profiled({ [`${name}-publisher`]: first, [`${name}-subscriber`]: second }, () =>
    flood({ messages }, [messages, messages, messages]),
  );
  const foreign = await flood({ messages, room: "own" }, [messages, 0, 0]);
  await first.call("fetch", { times: 50 }); // code is optimised
  const few = await first.call("fetch", { times: 50 });
  await Promise.all(nodes.map(({ port }) => clients.call("open", { port, count: sockets / nodes.length })));
  const many = await first.call("fetch", { times: 20 });
  const each = 1 + sockets / nodes.length;
  const wide = await flood({ messages: 50, burst: 1 }, [50 * each, 50 * each, 50 * each]);
  return {
    ...bare,
    "p50 ms": p50,
    "p99 ms": p99,
    "own p50 ms": ownP50,
    "flood msg/s": (messages / flooded.ms) * 1_000,
    "publisher µs": flooded.publisher,
    "subscriber µs": flooded.subscriber,
    "Redis µs": flooded.redis,
    "B in": flooded.in,
    "B out": flooded.out,
    "foreign room µs": foreign.subscriber,
    [`fetch ${few.found} ms`]: few.ms,
    [`fetch ${many.found} ms`]: many.ms,
    "deliveries/s": (50 * (sockets + nodes.length) * 1_000) / wide.ms,
  };
}

/** Servers without clients: what remains is what io.emit() and the adapter do. */
async function measureBare(nodes, name) {
  const [first, second, third] = nodes;
  const flood = async (count, inTurn = burst) => {
    const ends = (await Promise.all([second, third].map((node) => node.call("ended")))).map(({ ended }) => ended);
    const before = await look(first, second);
    await first.call("flood", { burst: inTurn, messages: count });
    for (const [index, node] of [second, third].entries())
      while ((await node.call("ended")).ended <= ends[index]) await wait(5);
    const after = await look(first, second);
    return Object.fromEntries(Object.keys(after).map((key) => [key, (after[key] - before[key]) / count]));
  };
  await flood(40_000); // code is optimised
  await flood(20_000, 2); // that of commands, too: with batches, a turn is one
  const each = await profiled({ [`${name}-publish`]: first, [`${name}-hear`]: second }, () => flood(messages));
  return { "publish µs": each.publisher, "hear µs": each.subscriber, "relay µs": each.redis };
}

async function profiled(nodes, run) {
  if (!flags.profile) return await run();
  for (const node of Object.values(nodes)) await node.call("profileStart");
  const result = await run();
  for (const [name, node] of Object.entries(nodes))
    await node.call("profileStop", { file: `results/cluster-${name}.cpuprofile` });
  return result;
}

async function look(publisher, subscriber) {
  const info = await statistics.info();
  const read = (name) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)[1]);
  return {
    publisher: (await publisher.call("cpu")).us,
    subscriber: (await subscriber.call("cpu")).us,
    redis: (read("used_cpu_user") + read("used_cpu_sys")) * 1e6,
    in: read("total_net_input_bytes"),
    out: read("total_net_output_bytes"),
  };
}
