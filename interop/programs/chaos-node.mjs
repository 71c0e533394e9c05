// One server of the cluster of chaos.mjs: `chaos-node.mjs <port> <port of Redis> <name> <adapter> <events per second>`.
import { createServer } from "node:http";
import { createAdapter, createShardedAdapter } from "@halyard/redis-adapter";
import { createSessionStorage } from "@halyard/redis-adapter/sessions";
import { createAdapter as createStreamsAdapter } from "@halyard/redis-adapter/streams";
import { Server } from "@halyard/server";
import { createClient } from "redis";

const [port, redisPort, name, kind, rate] = process.argv.slice(2);
const client = createClient({
  socket: { port: Number(redisPort), reconnectStrategy: (attempt) => Math.min(attempt * 20, 200) },
});
const subscriber = client.duplicate();
for (const one of [client, subscriber]) {
  one.on("error", () => {});
  void one.connect().catch(() => {});
}
const adapter = {
  pubsub: () => createAdapter(client, subscriber),
  sharded: () => createShardedAdapter(client, subscriber),
  streams: () => createStreamsAdapter(client),
}[kind]();
adapter.cluster.on("gap", (cause) => process.send({ kind: "gap", cause: cause?.message }));
adapter.cluster.on("dropped", (messages) => process.send({ kind: "dropped", messages }));

const http = createServer();
const io = new Server(http, {
  adapter,
  connectionStateRecovery: { storage: createSessionStorage(client) },
  closeTimeout: 1_000,
});
io.on("connection", (socket) => {
  socket.join("all");
  const { recovered, recoveryFailure } = socket;
  socket.emit("welcome", { node: name, recovered, recoveryFailure });
});

let sent = 0;
const sending = setInterval(() => io.to("all").emit("n", name, ++sent), 1_000 / Number(rate));

process.on("message", async ({ kind }) => {
  if (kind === "quiet") {
    clearInterval(sending);
    process.send({ kind: "sent", sent });
  } else if (kind === "stop") {
    clearInterval(sending);
    process.send({ kind: "sent", sent });
    await io.drain({ duration: 500 });
    process.exit();
  }
});
process.on("disconnect", () => process.exit());
process.on("unhandledRejection", (error) => {
  process.send({ kind: "raised", error: String(error?.stack ?? error) });
});
process.on("uncaughtException", (error) => {
  process.send({ kind: "raised", error: String(error?.stack ?? error) });
});

// as a balancer sees to it: clients come when the other servers can be reached
adapter.cluster.once("up", () => http.listen(Number(port), "127.0.0.1", () => process.send({ kind: "ready" })));
