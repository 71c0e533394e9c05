// The measured clients' process: node client/host.mjs <library>
import { setTimeout as wait } from "node:timers/promises";
import { serve } from "../driver/process.mjs";
import { profiling } from "../driver/profiling.mjs";

const libraries = {
  "socket.io-client": () => import("socket.io-client"),
  "@halyard/client": () => import("@halyard/client"),
};
const { io } = await libraries[process.argv[2]]();
let sockets = [];
let handled = 0;
let running = false;

const loads = {
  /** Each client has so many events under way, and sends another when one comes back. */
  echo(window) {
    for (const socket of sockets) {
      socket.on("echo", (text) => {
        handled++;
        if (running) socket.emit("echo", text);
      });
      for (let sent = 0; sent < window; sent++) socket.emit("echo", "hello world");
    }
  },
  /** The same with acknowledgements of the server. */
  ack(window) {
    for (const socket of sockets) {
      const answered = () => {
        handled++;
        if (running) socket.emit("ack", "hello world", answered);
      };
      for (let sent = 0; sent < window; sent++) socket.emit("ack", "hello world", answered);
    }
  },
};

serve({
  async open({ port, count }) {
    const options = { transports: ["websocket"], forceNew: true, reconnection: false };
    while (sockets.length < count) {
      const batch = Array.from({ length: Math.min(50, count - sockets.length) }, () =>
        io(`http://127.0.0.1:${port}`, options),
      );
      await Promise.all(
        batch.map(
          (socket) =>
            new Promise((resolve, reject) => {
              socket.on("connect", resolve);
              socket.on("connect_error", reject);
            }),
        ),
      );
      for (const socket of batch) socket.off("connect").off("connect_error");
      sockets.push(...batch);
    }
    return {};
  },
  async start({ load, window }) {
    running = true;
    loads[load](window);
    return {};
  },
  mark: () => ({ cpu: process.cpuUsage(), handled }),
  async heap() {
    for (let round = 0; round < 4; round++) {
      globalThis.gc();
      await wait(150);
    }
    return { heapUsed: process.memoryUsage().heapUsed };
  },
  ...profiling,
  close() {
    running = false;
    for (const socket of sockets) socket.disconnect();
    sockets = [];
    return {};
  },
});
