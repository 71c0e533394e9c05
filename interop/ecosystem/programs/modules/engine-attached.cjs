const { createServer } = require("node:http");
const engine = require("engine.io");

const httpServer = createServer().listen(0);
const server = engine.attach(httpServer);
server.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
httpServer.on("close", () => server.close());
void import("../lifecycle.mjs").then(({ live }) =>
  live(httpServer, () => {
    server.close();
    httpServer.close();
  }),
);
