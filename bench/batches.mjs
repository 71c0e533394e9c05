// What batches save: CPU of the nodes and of Redis, and its bytes, for each message from one node to another, with and without.
//   node batches.mjs [--kinds pubsub,sharded,streams,cluster] [--bursts 1,10,100] [--messages 20000] [--bytes 100] [--rounds 3]
// Needs `pnpm build` and a redis-server (REDIS_SERVER_PATH).
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { createClient } from "redis";
import { launch } from "./driver/process.mjs";

const { values } = parseArgs({
  options: {
    kinds: { type: "string", default: "pubsub,sharded,streams,cluster" },
    bursts: { type: "string", default: "1,10,100" },
    messages: { type: "string", default: "20000" },
    bytes: { type: "string", default: "100" },
    rounds: { type: "string", default: "3" },
    port: { type: "string", default: "17389" },
  },
});
const [messages, bytes, rounds, port] = [values.messages, values.bytes, values.rounds, values.port].map(Number);

const redis = spawn(process.env.REDIS_SERVER_PATH ?? "redis-server", ["--port", String(port), "--save", ""], {
  stdio: "ignore",
});
process.on("exit", () => redis.kill());
const statistics = createClient({ socket: { port, reconnectStrategy: 50 } }).on("error", () => {});
await statistics.connect();

for (const kind of values.kinds.split(","))
  for (const burst of values.bursts.split(",").map(Number)) {
    const results = { without: [], with: [] };
    for (let round = 0; round < rounds; round++)
      for (const name of ["without", "with"]) results[name].push(await measure(kind, name === "with", burst));
    const rows = Object.entries(results).map(([name, list]) => [
      name,
      Object.fromEntries(Object.keys(list[0]).map((key) => [key, median(list, key)])),
    ]);
    console.log(`${kind}, ${burst} messages of ${bytes} bytes in a turn; each message:`);
    console.table(Object.fromEntries(rows));
  }
statistics.destroy();
process.exit();

async function measure(kind, batches, burst) {
  const nodes = kind === "cluster" ? await startWorkers(batches) : await startNodes(kind, batches);
  const { publisher, subscriber } = nodes;
  await publisher("publish", { messages: 2_000, burst, bytes });
  await arrives(subscriber, 2_000);
  const before = await look(nodes);
  await publisher("publish", { messages, burst, bytes });
  await arrives(subscriber, 2_000 + messages);
  const after = await look(nodes);
  nodes.kill();
  return Object.fromEntries(
    Object.keys(after).map((key) => [key, Number(((after[key] - before[key]) / messages).toFixed(2))]),
  );
}

async function startNodes(kind, batches) {
  await statistics.flushAll();
  const settings = JSON.stringify({ kind, batches, port });
  const hosts = await Promise.all([0, 1].map(() => launch("batches/node.mjs", [settings])));
  const [publisher, subscriber] = hosts.map((host) => (call, more) => host.call(call, more));
  return { publisher, subscriber, kill: () => hosts.forEach((host) => host.kill()) };
}

async function startWorkers(batches) {
  const host = await launch("batches/node.mjs", [JSON.stringify({ kind: "cluster", batches })]);
  const [publisher, subscriber] = [0, 1].map((worker) => (call, more) => host.call(call, { ...more, worker }));
  return { publisher, subscriber, primary: (call) => host.call(call), kill: () => host.kill() };
}

async function arrives(subscriber, count) {
  while ((await subscriber("received")).received < count) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function look({ publisher, subscriber, primary }) {
  const cpu = { "publisher µs": (await publisher("cpu")).cpuUs, "subscriber µs": (await subscriber("cpu")).cpuUs };
  if (primary !== undefined) return { ...cpu, "primary µs": (await primary("cpu")).cpuUs };
  const info = await statistics.info();
  const read = (name) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)[1]);
  return {
    ...cpu,
    "Redis µs": (read("used_cpu_user") + read("used_cpu_sys")) * 1e6,
    "bytes in": read("total_net_input_bytes"),
    "bytes out": read("total_net_output_bytes"),
  };
}

function median(list, key) {
  return list.map((row) => row[key]).toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
}
