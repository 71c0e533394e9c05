// One server of a cluster: `node.mjs '{"target":"halyard","kind":"streams","redisPort":6379,"batches":false}'`. Answers calls over IPC.
import { createServer } from "node:http";
import { createClient } from "redis";
import { serve } from "../driver/process.mjs";
import { profiling } from "../driver/profiling.mjs";

const { target, kind, redisPort, batches } = JSON.parse(process.argv[2]);
const clients = [0, 1].map(() => createClient({ socket: { port: redisPort } }));
await Promise.all(clients.map((client) => client.on("error", () => {}).connect()));
const { Server } = await (target === "halyard" ? import("@halyard/server") : import("socket.io"));
const http = createServer();
const io = new Server(http, { adapter: await makeAdapter() });
io.on("connection", (socket) => {
  const { room } = socket.handshake.query;
  if (room !== undefined) socket.join(room);
});
await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
let ended = 0;
io.on("end", () => ended++);

serve(
  {
    ...profiling,
    pid: () => ({ pid: process.pid }),
    async count() {
      return { count: await io.of("/").adapter.serverCount() };
    },
    cpu() {
      const { user, system } = process.cpuUsage();
      return { us: user + system, user, system };
    },
    /** Says what time it is, so often, to all clients. */
    async tell({ times, everyMs }) {
      for (let count = 0; count < times; count++) {
        io.emit("t", Number(process.hrtime.bigint()) / 1e6);
        await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
    },
    /** With so many messages in each turn of the event loop; then tells the other servers that it is over. */
    async flood({ messages, burst, room }) {
      const to = room === undefined ? io : io.to(room);
      for (let count = 0; count < messages; count++) {
        to.emit("n", count);
        if (count % burst === burst - 1) await new Promise(setImmediate);
      }
      io.serverSideEmit("end");
    },
    /** How many floods of others are over here. */
    ended: () => ({ ended }),
    /** How long `fetchSockets()` takes, in the median. */
    async fetch({ times }) {
      const took = [];
      let found = 0;
      for (let count = 0; count < times; count++) {
        const start = performance.now();
        found = (await io.fetchSockets()).length;
        took.push(performance.now() - start);
      }
      return { ms: took.sort((a, b) => a - b)[times >> 1], found };
    },
  },
  { port: http.address().port },
);

async function makeAdapter() {
  const [first, second] = clients;
  const options = batches ? { batches: true } : {};
  if (target === "halyard") {
    const { createAdapter, createShardedAdapter } = await import("@halyard/redis-adapter");
    const { createAdapter: createStreamsAdapter } = await import("@halyard/redis-adapter/streams");
    if (kind === "streams") return createStreamsAdapter(first, options);
    return kind === "sharded" ? createShardedAdapter(first, second, options) : createAdapter(first, second, options);
  }
  const { createAdapter, createShardedAdapter } = await import("@socket.io/redis-adapter");
  const { createAdapter: createStreamsAdapter } = await import("@socket.io/redis-streams-adapter");
  if (kind === "streams") return createStreamsAdapter(first);
  return kind === "sharded" ? createShardedAdapter(first, second) : createAdapter(first, second);
}
