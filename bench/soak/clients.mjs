// The clients' process of a soak, driven over IPC; bench/load/generator.mjs plays those that behave.
import { Agent, request } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { serve } from "../driver/process.mjs";
import { frame } from "../load/frames.mjs";
import { LatencySample } from "../load/latency.mjs";
import { connect } from "../load/open-many.mjs";

const kept = [];

serve({
  /** Offers `count` connections, evenly over a time, whether or not the server keeps up. */
  async offer({ port, count, overMs, polling }) {
    const latency = new LatencySample();
    const failures = {};
    const startedAt = performance.now();
    const offers = [];
    while (offers.length < count) {
      const due = Math.min(count, Math.ceil(((performance.now() - startedAt) / overMs) * count));
      while (offers.length < due) offers.push(offer(offers.length, { port, polling }, latency, failures));
      await wait(1);
    }
    const offeredMs = performance.now() - startedAt;
    await Promise.all(offers);
    const failed = Object.values(failures).reduce((sum, each) => sum + each, 0);
    return { failed, failures, offeredMs, ms: performance.now() - startedAt, ...latency.take() };
  },
  /** Joins as slow clients that read nothing from then on. */
  async deafen({ port, websocket, polling }) {
    for (let index = 0; index < websocket; index++) {
      const connection = await opened(index, { port });
      connection.send('42["slow"]');
      connection.socket.pause();
      kept.push(connection);
    }
    for (let index = 0; index < polling; index++) kept.push(await stopPolling(port));
    return {};
  },
  /** Pings as fast as they are taken, and reads nothing. */
  async pings({ port, ms }) {
    const { socket } = await opened(0, { port });
    socket.pause();
    const many = Buffer.concat(Array.from({ length: 500 }, () => frame("x".repeat(125), 9)));
    const until = performance.now() + ms;
    let sent = 0;
    while (performance.now() < until && !socket.destroyed) {
      sent += 500;
      if (!socket.write(many)) await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), wait(100)]);
    }
    return { sent };
  },
});

function opened(index, options) {
  return new Promise((onOpen, reject) => connect(index, { ...options, onOpen, onFail: (_, error) => reject(error) }));
}

async function offer(index, options, latency, failures) {
  const offeredAt = performance.now();
  try {
    kept.push(await opened(index, options));
    latency.add(performance.now() - offeredAt);
  } catch (error) {
    failures[error.message] = (failures[error.message] ?? 0) + 1;
  }
}

async function stopPolling(port) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const path = "/socket.io/?EIO=4&transport=polling";
  const { sid } = JSON.parse((await send(agent, port, "GET", path)).slice(1));
  await send(agent, port, "POST", `${path}&sid=${sid}`, "40");
  await send(agent, port, "GET", `${path}&sid=${sid}`);
  await send(agent, port, "POST", `${path}&sid=${sid}`, '42["slow"]');
  return agent;
}

function send(agent, port, method, path, body = "") {
  return new Promise((resolve, reject) => {
    const headers = body === "" ? {} : { "content-type": "text/plain", "content-length": body.length };
    request({ agent, host: "127.0.0.1", port, method, path, headers }, (response) => {
      let text = "";
      response
        .setEncoding("utf8")
        .on("data", (chunk) => (text += chunk))
        .on("end", () => resolve(text));
    })
      .on("error", reject)
      .end(body);
  });
}
