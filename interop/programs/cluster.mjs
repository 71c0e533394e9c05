// A cluster of workers of both kinds. Started with the kinds as JSON, the first one being the primary process's:
//   node cluster.mjs '{"primary":"ours","workers":["ours","stock"],"serialization":"json","port":0}'
// With a port of its own each worker serves alone; with `shared` all of them listen on one, and pass sessions on.
// Orders come as messages of the parent: {worker, id, run, args}; the answer is {id, result} or {id, error}.
import cluster from "node:cluster";
import { createServer } from "node:http";
import { createRequire } from "node:module";

const settings = JSON.parse(process.argv[2]);
const kind = process.env.KIND ?? settings.primary;
const isOurs = kind === "ours"; // "bridged" is our server with the incumbent's adapter, "aliased" the same over our base classes
const aliased = createRequire(new URL("../aliased/package.json", import.meta.url));
const { Server } = kind !== "stock" ? await import("@halyard/server") : await import("socket.io");
const adapters = await loadAdapters();

if (cluster.isPrimary) runPrimary();
else await runWorker();

function loadAdapters() {
  if (kind === "aliased") return aliased("@socket.io/cluster-adapter");
  return isOurs ? import("@halyard/adapter/node-cluster") : import("@socket.io/cluster-adapter");
}

function runPrimary() {
  const workers = [];
  cluster.setupPrimary({ serialization: settings.serialization ?? "json" });
  adapters.setupPrimary();
  const fork = (workerKind) => {
    const index = workers.length;
    const worker = cluster.fork({ KIND: workerKind });
    workers.push(worker);
    worker.on("message", (message) => {
      if (message.test !== undefined) process.send({ ...message.test, worker: index });
    });
    worker.on("exit", () => process.send({ exited: true, worker: index }));
  };
  settings.workers.forEach(fork);
  process.on("message", (order) => {
    if (order.fork !== undefined) fork(order.fork);
    else if (order.kill !== undefined) workers[order.kill].process.kill("SIGKILL");
    else workers[order.worker].send({ test: order });
  });
  process.on("disconnect", () => process.exit());
}

async function runWorker() {
  const httpServer = createServer();
  const io = new Server(httpServer, { adapter: adapters.createAdapter(settings.options) });
  const name = `${kind} ${cluster.worker.id}`;
  const heard = [];
  io.on("connection", (socket) => {
    socket.data.worker = name;
    socket.emit("welcome", name);
    socket.on("join", (room, done) => done(socket.join(room)));
    socket.on("echo", (value, reply) => reply([value, name]));
    socket.on("shout", (...args) => io.emit("shout", ...args));
  });
  io.on("question", (value, reply) => reply([name, value]));
  io.on("note", (...args) => heard.push(args));
  const summarise = ({ id, rooms, data }) => ({ id, rooms: [...rooms], data });
  const runs = {
    emit: (room, ...args) => void (room === null ? io : io.to(room)).emit(...args),
    fetch: async () => (await io.fetchSockets()).map(summarise),
    missing: async () => (await io.timeout(1_000).fetchSockets()).missingNodes,
    count: () => io.count(),
    rooms: async () => [...(await io.of("/").adapter.roomSizes()).keys()],
    servers: () => io.of("/").adapter.serverCount(),
    idle: () => Object.values(io.engine.clients).filter(({ transport }) => transport.writable).length,
    ask: (value) => io.serverSideEmitWithAck("question", value),
    note: (...args) => void io.serverSideEmit("note", ...args),
    heard: () => heard,
    who: (timeout, ...args) => io.timeout(timeout).emitWithAck("who", ...args),
    moveIn: (from, to) => void io.in(from).socketsJoin(to),
    moveOut: (from, to) => void io.in(from).socketsLeave(to),
    kick: (room) => void io.in(room).disconnectSockets(true),
    close: () => io.close(),
  };
  process.on("message", async ({ test: order }) => {
    if (order === undefined) return;
    try {
      process.send({ test: { id: order.id, result: await runs[order.run](...order.args) } });
    } catch (error) {
      process.send({ test: { id: order.id, error: error.message } });
    }
  });
  await new Promise((resolve) =>
    httpServer.listen({ port: settings.port ?? 0, exclusive: settings.shared !== true }, resolve),
  );
  if (settings.shared === true) await adapters.setupWorker(io);
  process.send({ test: { ready: httpServer.address().port } });
}
