// @ts-check
// A server that is watched: /metrics is for Prometheus. `PORT` says where it listens, `VISITORS` how many come to see it (20; 0 for none).

import { fork } from "node:child_process";
import { createServer } from "node:http";
import { createPrometheusEndpoint } from "@halyard/metrics/prometheus";
import { Server } from "@halyard/server";
import { collectDefaultMetrics } from "prom-client";

collectDefaultMetrics(); // memory, CPU and event loop, on the same page
const { handler } = createPrometheusEndpoint({ events: ["say", "are you there?"] });

const httpServer = createServer((request, response) => {
  if (request.url === "/metrics") handler(request, response);
  else if (request.url === "/") response.end("The metrics are at /metrics.\n");
  else response.writeHead(404).end();
});
const io = new Server(httpServer, { connectionStateRecovery: {} });

io.on("connection", (socket) => {
  socket.on("say", (text, reply) => {
    socket.broadcast.emit("said", text);
    reply?.();
  });
});
io.of("/staff").use((_, next) => next(new Error("visitors have no business here")));

// Some never answer: they are the timeouts on the dashboard.
const asking = setInterval(() => {
  for (const socket of io.of("/").sockets.values()) socket.timeout(1000).emit("are you there?", () => {});
}, 2000);

httpServer.listen(Number(process.env["PORT"] ?? 3000), () => {
  const address = httpServer.address();
  const port = typeof address === "object" ? address?.port : address;
  console.log(`The metrics are ready: http://localhost:${port}/metrics\nCtrl-C stops the server.`);
  const count = process.env["VISITORS"] ?? "20";
  if (count === "0") return;
  const visitors = fork(new URL("visitors.js", import.meta.url), [String(port), count]);
  process.once("SIGINT", () => visitors.kill());
});
process.once("SIGINT", () => {
  clearInterval(asking);
  void io.close();
});
