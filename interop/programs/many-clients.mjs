// Clients in a process of their own, so that they live on while the server's event loop does not turn.
// Orders come as messages of the parent: {port, websocket, polling} opens so many; "report" tells how many are left.
import { WebSocket } from "ws";

let live = 0;
const ends = [];

function openWebSocket(port) {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(`ws://127.0.0.1:${port}/engine.io/?EIO=4&transport=websocket`);
    ws.addEventListener("message", ({ data: packet }) => {
      if (packet === "2") ws.send("3");
      if (!packet.startsWith("0")) return;
      live++;
      resolve();
    });
    ws.on("error", reject).on("close", (code) => end(`a WebSocket closed with ${code}`));
  });
}

async function openPolling(port) {
  const base = `http://127.0.0.1:${port}/engine.io/?EIO=4&transport=polling`;
  const { sid } = JSON.parse((await (await fetch(base)).text()).slice(1));
  live++;
  void poll(`${base}&sid=${sid}`);
}

async function poll(url) {
  for (;;) {
    const [status, body] = await get(url);
    if (status !== 200 || body === "1") return end(`a poll got ${status}: ${body}`);
    if (body.split("\u001e").includes("2"))
      await fetch(url, { method: "POST", body: "3" }).then((posted) => posted.text());
  }
}

async function get(url) {
  try {
    const answer = await fetch(url);
    return [answer.status, await answer.text()];
  } catch (error) {
    return [undefined, error instanceof Error ? error.message : "failed"];
  }
}

function end(why) {
  live--;
  ends.push(why);
}

process.on("message", async (order) => {
  if (order === "report") process.send({ live, ends });
  else {
    const { port, websocket, polling } = order;
    await Promise.all([
      ...Array.from({ length: websocket }, () => openWebSocket(port)),
      ...Array.from({ length: polling }, () => openPolling(port)),
    ]);
    process.send({ live, ends });
  }
});
process.on("disconnect", () => process.exit());
