import { createServer } from "node:http";
import { Server } from "socket.io";

export async function startServer({ server }) {
  const httpServer = createServer();
  const io = new Server(httpServer, { serveClient: false, ...server });
  await new Promise((resolve) => httpServer.listen(0, "127.0.0.1", 4_096, resolve));
  return { port: httpServer.address().port, io };
}
