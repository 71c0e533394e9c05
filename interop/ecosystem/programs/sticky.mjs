// A primary that balances connections over two workers, after the guide on sticky sessions.
import cluster from "node:cluster";
import { createServer } from "node:http";
import { createAdapter, setupPrimary as relayMessages } from "@socket.io/cluster-adapter";
import { setupMaster, setupWorker } from "@socket.io/sticky";
import { Server } from "socket.io";
import { live } from "./lifecycle.mjs";

const withAdapter = process.env.ADAPTER === "cluster";

if (cluster.isPrimary) {
  const httpServer = createServer();
  setupMaster(httpServer, { loadBalancingMethod: "round-robin" });
  if (withAdapter) relayMessages();
  cluster.setupPrimary({ serialization: "advanced" }); // messages between processes hold bytes
  const workers = [cluster.fork(), cluster.fork()];
  await Promise.all(workers.map((worker) => new Promise((done) => worker.once("message", done))));
  httpServer.listen(0, "127.0.0.1");
  live(httpServer, () => process.exit(0));
} else {
  const io = new Server(createServer());
  if (withAdapter) io.adapter(createAdapter());
  setupWorker(io);
  io.on("connection", (socket) => {
    socket.on("echo", (value, reply) => reply([value, process.pid]));
    socket.on("shout", (value, reply) => {
      io.emit("shout", value);
      reply();
    });
    socket.on("count", async (reply) => reply((await io.fetchSockets()).length));
  });
  process.send("ready");
}
