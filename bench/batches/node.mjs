// One node of a cluster, with an adapter and no server: `node.mjs '{"kind":"sharded","batches":true,"port":6379}'`. Answers calls over IPC:
// publish {messages, burst, bytes}; received; cpu. With the kind "cluster" it is a primary process whose workers answer.
import cluster from "node:cluster";
import { createAdapter as createWorkerAdapter, setupPrimary } from "@halyard/adapter/node-cluster";
import { createAdapter, createShardedAdapter } from "@halyard/redis-adapter";
import { createAdapter as createStreamsAdapter } from "@halyard/redis-adapter/streams";
import { createClient } from "redis";

const settings = JSON.parse(process.argv[2]);
let adapter;
let received = 0;

const answerers = {
  async publish({ messages, burst, bytes }) {
    const data = ["event", { text: "x".repeat(bytes) }];
    for (let count = 0; count < messages; count++) {
      adapter.publish({ kind: "broadcast", to: { rooms: [], except: [] }, data });
      if (count % burst === burst - 1) await new Promise(setImmediate);
    }
    return {};
  },
  received: () => ({ received }),
  cpu() {
    const { user, system } = process.cpuUsage();
    return { cpuUs: user + system };
  },
};

if (settings.kind === "cluster" && cluster.isPrimary) runPrimary();
else await runNode();

function runPrimary() {
  setupPrimary();
  const workers = [cluster.fork(), cluster.fork()];
  let ready = 0;
  for (const worker of workers)
    worker.on("message", (message) => {
      if (message.ready) return void (++ready === workers.length && process.send({ ready: true }));
      if (message.id !== undefined) process.send(message);
    });
  process.on("message", (message) => {
    if (message.worker === undefined) process.send({ id: message.id, ...answerers.cpu() });
    else workers[message.worker].send(message);
  });
  process.on("disconnect", () => process.exit());
}

async function runNode() {
  const isWorker = settings.kind === "cluster";
  if (isWorker && !settings.batches) hideNotices();
  const factory = isWorker ? createWorkerAdapter() : await makeFactory();
  adapter = factory({
    namespace: "/",
    execute: ({ kind }) => kind === "broadcast" && received++,
    answer: async function* () {},
  });
  process.on("message", async (message) => {
    if (message.call !== undefined) process.send({ id: message.id, ...(await answerers[message.call](message)) });
  });
  await adapter.start();
  const isAlone = async () =>
    (await adapter.serverCount()) < 2 || (settings.kind !== "pubsub" && factory.cluster.nodes.length === 0);
  while (await isAlone()) await new Promise((resolve) => setTimeout(resolve, 10));
  process.send({ ready: true });
}

/** Without them, workers know of no primary process that takes batches apart. */
function hideNotices() {
  const send = process.send.bind(process);
  process.send = (message, ...rest) => message.source === "_halyard_batches" || send(message, ...rest);
}

async function makeFactory() {
  const { kind, port, batches } = settings;
  const [publisher, subscriber] = [0, 1].map(() => createClient({ socket: { port } }));
  for (const client of [publisher, subscriber]) await client.connect();
  if (kind === "streams") return createStreamsAdapter(publisher, { batches });
  if (kind === "sharded") return createShardedAdapter(publisher, subscriber, { batches });
  return createAdapter(publisher, subscriber, { batches });
}
