// The floor: ws alone, without Engine.IO, Socket.IO or JSON. It answers echoes and broadcasts, nothing else.
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

const BROADCAST = '42["b","hello world"]';

export async function startServer({ size = 100 }, counters) {
  const httpServer = createServer();
  const server = new WebSocketServer({ server: httpServer, perMessageDeflate: false });
  server.on("connection", (socket) => {
    counters.connections++;
    socket.on("close", () => counters.connections--);
    socket.on("message", (data, isBinary) => {
      if (data[4] === 0x6e /* next */) {
        counters.handled += counters.connections;
        for (const client of server.clients) client.send(BROADCAST);
      } else if (data[4] === 0x62 /* burst */) {
        counters.handled += size;
        for (let index = 0; index < size; index++) socket.send(BROADCAST);
      } else {
        counters.handled++;
        socket.send(data, { binary: isBinary });
      }
    });
  });
  await new Promise((resolve) => httpServer.listen(0, "127.0.0.1", 4_096, resolve));
  return { port: httpServer.address().port, kind: "plain" };
}
