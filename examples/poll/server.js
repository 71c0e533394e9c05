// @ts-check
// A poll. The page has no build step: its client is the one that the server serves. `PORT` says where it listens.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Server } from "@halyard/server";

const page = readFileSync(new URL("page.html", import.meta.url));
const httpServer = createServer((request, response) => {
  if (request.url === "/") response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page);
  else response.writeHead(404).end();
});
const io = new Server(httpServer);

const votes = { tea: 0, coffee: 0 };

io.on("connection", (socket) => {
  socket.emit("votes", votes);
  socket.on("vote", (drink, reply) => {
    if (!Object.hasOwn(votes, drink)) return reply?.({ error: "there is no such drink" });
    votes[/** @type {keyof typeof votes} */ (drink)]++;
    io.emit("votes", votes);
    reply?.({ ok: true });
  });
});

httpServer.listen(Number(process.env["PORT"] ?? 3000), () => {
  const address = httpServer.address();
  const port = typeof address === "object" ? address?.port : address;
  console.log(`The poll is ready: http://localhost:${port}\nOpen it in two windows. Ctrl-C stops it.`);
});
process.once("SIGINT", () => void io.close());
