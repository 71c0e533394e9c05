// The load generator's process, driven over IPC.
import { serve } from "../driver/process.mjs";
import { LatencySample } from "./latency.mjs";
import { loads } from "./loads.mjs";
import { connect, openMany } from "./open-many.mjs";

const run = { count: 0, lost: 0, stopped: false, latency: new LatencySample() };
let connections = [];

serve({
  async open(options) {
    const more = await openMany({ ...options, onClose: () => run.lost++ });
    connections = [...connections, ...more];
    return {};
  },
  start({ load, parameters }) {
    loads[load](connections, parameters, run);
    return {};
  },
  mark() {
    return {
      atMs: performance.now(),
      count: run.count,
      lost: run.lost,
      cpu: process.cpuUsage(),
      latency: run.latency.take(),
    };
  },
  stop() {
    run.stopped = true;
    return {};
  },
  closeAll() {
    for (const connection of connections) connection.destroy();
    connections = [];
    return {};
  },
  /** Opens and closes `count` connections, `concurrency` at a time. */
  async churn({ count, concurrency, ...options }) {
    const startedAt = performance.now();
    let next = 0;
    let failed = 0;
    const worker = async () => {
      while (next < count) {
        const index = next++;
        const openedAt = performance.now();
        try {
          const connection = await new Promise((onOpen, reject) => {
            connect(index, { ...options, onOpen, onFail: (_, error) => reject(error) });
          });
          run.latency.add(performance.now() - openedAt);
          connection.finish();
        } catch (error) {
          if (failed++ === 0) process.stderr.write(`connection failed: ${error.message}\n`);
        }
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    return { opened: count - failed, failed, ms: performance.now() - startedAt };
  },
});
