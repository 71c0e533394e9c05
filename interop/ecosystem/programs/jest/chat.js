const { createServer } = require("node:http");
const { Server } = require("socket.io");

/** A small application, to be tested. */
exports.startChat = () => {
  const httpServer = createServer();
  const io = new Server(httpServer);
  io.use((socket, next) => (socket.handshake.auth.name ? next() : next(new Error("who are you?"))));
  io.on("connection", (socket) => {
    socket.on("say", (text, callback) => {
      socket.broadcast.emit("said", { name: socket.handshake.auth.name, text });
      callback("sent");
    });
  });
  return { io, httpServer };
};
