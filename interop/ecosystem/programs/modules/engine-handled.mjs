import { createServer } from "node:http";
import { Server, Socket, Transport, listen, parser, protocol, transports } from "engine.io";
import { live } from "../lifecycle.mjs";

if (protocol !== 4 || parser.protocol !== 4 || typeof listen !== "function") throw new Error("not the engine");
if (!Object.keys(transports).includes("websocket") || typeof Transport !== "function") throw new Error("no transports");

const httpServer = createServer();
const server = new Server();
server.on("connection", (socket) => {
  if (!(socket instanceof Socket)) throw new Error("no socket");
  socket.on("message", (data) => socket.send(data));
});
httpServer.on("request", (request, response) => server.handleRequest(request, response));
httpServer.on("upgrade", (request, socket, head) => server.handleUpgrade(request, socket, head));
httpServer.listen(0);
live(httpServer, () => {
  server.close();
  httpServer.close();
});
