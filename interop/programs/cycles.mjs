// Clients that come and go, in a process of their own. {port, kind, count} opens so many sessions, some at a time, joins the
// main namespace with each and leaves; answered when the last has gone.
import { Agent, request } from "node:http";
import { WebSocket } from "ws";

const CONCURRENCY = 20;
const visits = { websocket: overWebSocket, polling: overPolling, upgrade: withUpgrade };

process.on("message", async ({ port, kind, count }) => {
  let left = count;
  const hand = async () => {
    while (left-- > 0) await visits[kind](port);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, hand));
  process.send("done");
});
process.on("disconnect", () => process.exit());

function overWebSocket(port) {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`);
    ws.addEventListener("message", ({ data }) => {
      if (data.startsWith("0")) ws.send("40");
      if (data.startsWith("40{")) ws.close();
    });
    ws.on("error", reject).on("close", resolve);
  });
}

async function overPolling(port) {
  const { agent, ask } = await join(port);
  await ask("POST", "1");
  agent.destroy();
}

async function withUpgrade(port) {
  const { agent, sid } = await join(port);
  await new Promise((resolve, reject) => {
    const ws = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket&sid=${sid}`);
    ws.on("open", () => ws.send("2probe"));
    ws.addEventListener("message", ({ data }) => {
      if (data === "3probe") {
        ws.send("5");
        ws.send('420["ask"]');
      } else if (data.startsWith("430")) ws.close();
    });
    ws.on("error", reject).on("close", resolve);
  });
  agent.destroy();
}

async function join(port) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const path = "/socket.io/?EIO=4&transport=polling";
  const { sid } = JSON.parse((await send(agent, port, "GET", path)).slice(1));
  const ask = (method, body) => send(agent, port, method, `${path}&sid=${sid}`, body);
  await ask("POST", "40");
  while (!(await ask("GET")).includes("40{"));
  return { agent, sid, ask };
}

function send(agent, port, method, path, body = "") {
  return new Promise((resolve, reject) => {
    const headers = body === "" ? {} : { "content-type": "text/plain", "content-length": body.length };
    request({ agent, host: "127.0.0.1", port, method, path, headers }, (response) => {
      let text = "";
      response
        .setEncoding("utf8")
        .on("data", (chunk) => (text += chunk))
        .on("end", () =>
          response.statusCode === 200 ? resolve(text) : reject(new Error(`${method}: ${response.statusCode} ${text}`)),
        );
    })
      .on("error", reject)
      .end(body);
  });
}
