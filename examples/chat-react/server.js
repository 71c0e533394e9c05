// @ts-check
// The chat's server, with pages that Vite has built. `PORT` says where it listens.

import { createServer } from "node:http";
import { startChat } from "@halyard/example-chat/chat.js";
import { serveFolder } from "@halyard/example-chat/static-files.js";
import { Server } from "@halyard/server";

const httpServer = createServer(await serveFolder(new URL("dist/", import.meta.url)));
/** @type {import("@halyard/example-chat/chat.js").ChatServer} */
const io = new Server(httpServer, { serveClient: false });
startChat(io);

httpServer.listen(Number(process.env["PORT"] ?? 3000), () => {
  const address = httpServer.address();
  const port = typeof address === "object" ? address?.port : address;
  console.log(`The chat is ready: http://localhost:${port}\nOpen it in two tabs. Ctrl-C stops it.`);
});
process.once("SIGINT", () => void io.close());
