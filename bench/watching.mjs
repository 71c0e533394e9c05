// What diagnostics cost where nobody listens, and where somebody does: nanoseconds of CPU in the server's code, for each message, without
// a network. The same code runs beside it with `false` in the place of every question whether somebody listens.
//   node watching.mjs [--only acknowledged] [--rounds 60] [--ms 30]
// Needs `pnpm build`. Slices of all variants take turns in one process: other work on the machine falls upon all of them.
import { register } from "node:module";
import { parseArgs } from "node:util";
import { channelNames, subscribe } from "@halyard/diagnostics";
import { createPrometheusEndpoint } from "@halyard/metrics/prometheus";
import { Registry } from "prom-client";
import { median, table } from "./driver/statistics.mjs";
import { createBench } from "./server/without-network.mjs";

const { values: flags } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    rounds: { type: "string", default: "60" },
    ms: { type: "string", default: "30" },
  },
});
register("./targets/unchecked-hook.mjs", import.meta.url);
const server = import.meta.resolve("@halyard/server");
const { Server: Unchecked } = await import(`${server}?unchecked`);
const { Server: Checked } = await import(`${server}?as-it-is`);
const { Server: Null } = await import(`${server}?unchecked-too`);

let heard = 0;
const listen = (isWanted) => () => {
  const undos = channelNames.filter(isWanted).map((name) => subscribe(name, () => heard++));
  return () => undos.forEach((undo) => undo());
};
const nobody = () => () => {};
const count = (options) => () => createPrometheusEndpoint({ registry: new Registry(), ...options }).stop;
const calm = (name) => !/:(packet|ack):/.test(name);

/** In this order: a channel that has had a listener is never again what it was before. */
const comparisons = [
  { "nobody listens": [Checked, nobody], "unchecked, too": [Null, nobody] },
  { "connections and the like": [Checked, listen(calm)] },
  {
    "nobody listens any more": [Checked, nobody],
    packets: [Checked, listen((name) => name.includes(":packet:"))],
    everything: [Checked, listen(() => true)],
  },
  {
    "metrics without packets and acks": [Checked, count({ packets: false, acks: false })],
    "metrics without acks": [Checked, count({ acks: false })],
    metrics: [Checked, count({})],
    "metrics with events": [Checked, count({ events: ["chat", "ask"] })],
  },
];

const COLUMNS = ["who listens", "ns", "more, ns", "more, %", "best, ns", "more, best"];

const scenarios = {
  "an event comes in": ({ client, socket }) => {
    socket.on("chat", (text) => (heard += text.length));
    return () => client.write('2["chat","hello"]');
  },
  "an event is acknowledged": ({ client, socket }) => {
    socket.on("ask", (text, reply) => reply(text));
    return () => client.write('20["ask","hello"]');
  },
  "an event is sent": ({ socket }) => {
    return () => socket.emit("chat", "hello");
  },
  "an event is sent and acknowledged": ({ client, socket }) => {
    return () => {
      socket.emit("ask", "hello", (answer) => (heard += answer.length));
      client.write(`3${/\d+(?=\[)/.exec(client.last.slice(1))[0]}["hello"]`);
    };
  },
  "a broadcast to 1,000 (each)": ({ io, join }) => {
    for (let count = 1; count < 1_000; count++) join();
    return Object.assign(() => io.emit("chat", "hello"), { messages: 1_000 });
  },
};

const chosen = Object.entries(scenarios).filter(([name]) => name.includes(flags.only));
const rows = new Map(chosen.map(([name]) => [name, []]));
for (const variants of comparisons)
  for (const [name, prepare] of chosen)
    rows.get(name).push(...compare({ unchecked: [Unchecked, nobody], ...variants }, prepare));
for (const [name, list] of rows) process.stdout.write(`\n## ${name}\n${table(list, COLUMNS)}\n`);
process.exit(heard > 0 ? 0 : 1);

/** Medians over rounds, and the best of them; what it is more than the first, of the same round. */
function compare(variants, prepare) {
  const runs = Object.entries(variants).map(([name, [Server, begin]]) => ({
    name,
    begin,
    act: prepare(createBench(Server)),
    times: [],
  }));
  for (const run of runs) slice(run, 200); // optimises
  for (let round = 0; round < Number(flags.rounds); round++)
    for (const run of round % 2 === 0 ? runs : runs.toReversed()) run.times.push(slice(run, Number(flags.ms)));
  const [base] = runs;
  return runs.map(({ name, times }) => {
    const more = times.map((time, round) => time - base.times[round]);
    return {
      "who listens": name,
      ns: median(times),
      "more, ns": median(more),
      "more, %": median(more.map((difference, round) => (difference / base.times[round]) * 100)),
      "best, ns": Math.min(...times),
      "more, best": Math.min(...times) - Math.min(...base.times),
    };
  });
}

/** Nanoseconds of CPU for each message. */
function slice({ begin, act }, ms) {
  const end = begin();
  const endMs = performance.now() + ms;
  const before = process.cpuUsage();
  let calls = 0;
  while (performance.now() < endMs)
    for (let call = 0; call < (act.messages === undefined ? 100 : 1); call++, calls++) act();
  const { user, system } = process.cpuUsage(before);
  end();
  return ((user + system) * 1_000) / (calls * (act.messages ?? 1));
}
