// The server's process of a soak: node soak/host.mjs <target> <server options as JSON>
import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { serve } from "../driver/process.mjs";
import { attachWorkload } from "../server/workload.mjs";

const [, , target, options] = process.argv;
const counters = { handled: 0, connections: 0 };
const { startServer } = await import(`../targets/${target}.mjs`);
const { port, io } = await startServer({ server: JSON.parse(options) }, counters);
attachWorkload(io, counters, {});
io.httpServer.keepAliveTimeout = 120_000; // the clients share the machine, and may be slow to use a connection again

const slow = new Set();
const reasons = {};
io.on("connection", (socket) => {
  socket.on("slow", () => slow.add(socket));
  socket.on("disconnect", (reason) => {
    reasons[reason] = (reasons[reason] ?? 0) + 1;
    slow.delete(socket);
  });
});

let peak = { rss: 0, used: 0 };

serve(
  {
    state: () => ({ sessions: io.engine.clientsCount, slow: slow.size, reasons }),
    /** Waits until nothing more is let go. */
    async memory() {
      let least = Number.POSITIVE_INFINITY;
      for (let same = 0; same < 3;) {
        globalThis.gc();
        await wait(50);
        const { heapUsed, external } = process.memoryUsage();
        same = heapUsed + external < least - 1_000 ? 0 : same + 1;
        least = Math.min(least, heapUsed + external);
      }
      return { used: least, rss: process.memoryUsage.rss() };
    },
    /** What the process took at most since it was asked before. */
    peak() {
      const before = peak;
      const { rss, heapUsed, external } = process.memoryUsage();
      peak = { rss, used: heapUsed + external };
      return before;
    },
    /** Does not turn the event loop, from the moment when a client has been pinged and its answer is under way. */
    async stall({ ms }) {
      const [{ conn }] = [...io.of("/").sockets.values()].slice(-1);
      await new Promise((resolve) => {
        conn.on("packetCreate", function listen({ type }) {
          if (type !== "ping") return;
          conn.off("packetCreate", listen);
          setImmediate(resolve);
        });
      });
      const until = performance.now() + ms;
      while (performance.now() < until);
      return {};
    },
    /** Sends each slow client messages of its own, whether or not it reads them. */
    async feed({ bytes, everyMs, ms }) {
      const until = performance.now() + ms;
      while (performance.now() < until && slow.size > 0) {
        const text = randomBytes(bytes / 2).toString("hex");
        let index = 0;
        for (const socket of slow) socket.emit("m", `${text.slice(index++)}${text.slice(0, index)}`);
        await wait(everyMs);
      }
      return {};
    },
  },
  { port },
);

setInterval(() => {
  const { rss, heapUsed, external } = process.memoryUsage();
  peak = { rss: Math.max(peak.rss, rss), used: Math.max(peak.used, heapUsed + external) };
}, 20);
