// @ts-check
// One node of the cluster, a process of its own. NAME, PORT and REDIS_URL say who it is and where Redis is.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createSessionStorage } from "@halyard/redis-adapter/sessions";
import { createAdapter } from "@halyard/redis-adapter/streams";
import { Server } from "@halyard/server";
import { createClient } from "redis";

const name = process.env["NAME"] ?? "a";
const port = Number(process.env["PORT"] ?? 3001);
const url = process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379";
const page = await readFile(new URL("page.html", import.meta.url));

/** "draining" once it was told to stop: the balancer sees it and sends no new clients. */
let state = /** @type {"serving" | "draining"} */ ("serving");

const http = createServer((request, response) => {
  if (request.url === "/health") response.writeHead(state === "serving" ? 200 : 503).end(`${state}\n`);
  else if (request.url === "/") response.setHeader("content-type", "text/html; charset=utf-8").end(page);
  else response.writeHead(404).end();
});
// longer than the balancer keeps idle connections: it must never send a request on one that is being closed here
http.keepAliveTimeout = 75_000;

// The client connects when Redis is there, and does not wait in between: a node serves its own clients meanwhile.
const redis = createClient({ url, socket: { reconnectStrategy: (attempt) => Math.min(attempt * 50, 500) } });
redis.on("error", () => {}); // the cluster's events tell more
redis.connect().catch(report);

const adapter = createAdapter(redis);
adapter.cluster.on("down", () => console.warn(`${name}: the other nodes are out of reach`));
adapter.cluster.on("up", () => console.log(`${name}: the other nodes are within reach`));
adapter.cluster.on("dropped", (messages) => console.warn(`${name}: ${messages} messages did not reach the others`));
adapter.cluster.on("gap", () => console.warn(`${name}: messages of the others may be missing`));

const io = new Server(http, {
  adapter,
  connectionStateRecovery: { storage: createSessionStorage(redis) },
});

io.on("connection", (socket) => {
  socket.emit("welcome", { node: name, recovered: socket.recovered });
  socket.on("say", (text, reply) => {
    if (typeof text !== "string" || text.length > 1_000) return;
    io.emit("said", { node: name, text }); // to the clients of all nodes
    if (typeof reply === "function") reply();
  });
});

http.listen(port, "127.0.0.1", () => process.send?.("ready"));
process.once("disconnect", () => process.exit()); // whoever started it is gone
process.once("SIGTERM", () => void stop().catch(report));

/** Lets the clients go, a few at a time; they are back on other nodes at once, with all that they had. */
async function stop() {
  state = "draining";
  await io.drain({ duration: 1_000 });
  await redis.close();
  if (process.connected) process.disconnect();
}

/** @param {unknown} error */
function report(error) {
  console.error(`${name}:`, error);
}
