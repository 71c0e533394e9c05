// One server of a cluster, as a process that can be killed: `session-node.mjs <port of Redis> <name> <pubsub|streams>`. Its parent
// tells it what to do.
import { createServer } from "node:http";
import { createAdapter } from "@halyard/redis-adapter";
import { createSessionStorage } from "@halyard/redis-adapter/sessions";
import { createAdapter as createStreamsAdapter } from "@halyard/redis-adapter/streams";
import { Server } from "@halyard/server";
import { Redis } from "ioredis";

const [port, name, kind] = process.argv.slice(2);
const clients = [0, 1, 2].map(() => new Redis({ host: "127.0.0.1", port: Number(port), maxRetriesPerRequest: null }));
for (const client of clients) client.on("error", () => {});
const [publisher, subscriber, sessions] = clients;

const http = createServer();
const io = new Server(http, {
  adapter: kind === "streams" ? createStreamsAdapter(publisher) : createAdapter(publisher, subscriber),
  connectionStateRecovery: { storage: createSessionStorage(sessions) },
  closeTimeout: 500,
});

const onConnection = (socket) => {
  if (!socket.recovered) {
    socket.join("room");
    socket.data.visits = 0;
  }
  socket.data.visits++;
  const { index } = socket.handshake.auth;
  const { recovered, recoveryFailure, data } = socket;
  process.send({ kind: "entered", index, recovered, recoveryFailure, visits: data.visits });
};
io.on("connection", onConnection);
io.of(/^\/late-\d+$/).on("connection", onConnection); // each is there once somebody has asked for it

process.on("message", async ({ kind, n, namespace }) => {
  if (kind === "send") io.of(namespace).to("room").emit("n", name, n);
  else if (kind === "count") process.send({ kind: "count", count: await io.of("/").adapter.serverCount() });
  else if (kind === "stop") {
    await io.close();
    for (const client of clients) client.disconnect();
    process.disconnect();
  }
});
process.on("disconnect", () => process.exit());

http.listen(0, "127.0.0.1", () => process.send({ kind: "ready", port: http.address().port }));
