// The clients of cluster.mjs: raw WebSocket connections that count what they get. Answers calls over IPC.
import { WebSocket } from "ws";
import { serve } from "../driver/process.mjs";
import { LatencySample } from "../load/latency.mjs";

/** By port, how many messages have come. */
const counts = new Map();
const latencies = new Map();

serve({
  async open({ port, count, room }) {
    counts.set(port, counts.get(port) ?? 0);
    latencies.set(port, latencies.get(port) ?? new LatencySample());
    for (let done = 0; done < count; done += 50)
      await Promise.all(Array.from({ length: Math.min(50, count - done) }, () => open(port, room)));
  },
  counts: () => ({ counts: Object.fromEntries(counts) }),
  latency: ({ port }) => latencies.get(port).take(),
});

function open(port, room) {
  const query = room === undefined ? "" : `&room=${room}`;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket${query}`);
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("message", (/** @type {Buffer} */ data) => {
      const text = data.toString("latin1");
      if (text[0] === "0") socket.send("40");
      else if (text[0] === "2") socket.send("3");
      else if (text.startsWith("40")) resolve();
      else if (text.startsWith('42["n"')) counts.set(port, counts.get(port) + 1);
      else if (text.startsWith('42["t"'))
        latencies.get(port).add(Number(process.hrtime.bigint()) / 1e6 - JSON.parse(text.slice(2))[1]);
    });
  });
}
