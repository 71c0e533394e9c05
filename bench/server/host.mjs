// The measured server's process: node server/host.mjs <target> <options as JSON>
import { serve } from "../driver/process.mjs";
import { profiling } from "../driver/profiling.mjs";
import { attachWorkload } from "./workload.mjs";

const [, , target, options] = process.argv;
const counters = { handled: 0, connections: 0 };
const { startServer } = await import(`../targets/${target}.mjs`);
const { port, io, kind } = await startServer(JSON.parse(options), counters);
if (io !== undefined) attachWorkload(io, counters, JSON.parse(options));

serve(
  {
    mark: () => ({ atMs: performance.now(), cpu: process.cpuUsage(), rss: process.memoryUsage.rss(), ...counters }),
    async memory() {
      for (let round = 0; round < 4; round++) {
        globalThis.gc();
        await new Promise((done) => setTimeout(done, 150));
      }
      const { rss, heapUsed } = process.memoryUsage();
      return { rss, heapUsed };
    },
    ...profiling,
  },
  { port, kind },
);
