// The chat of the examples: names kept on the socket itself, and everything told to the others.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { live } from "../lifecycle.mjs";

const httpServer = createServer();
const io = new Server(httpServer);
let numUsers = 0;

io.on("connection", (socket) => {
  let addedUser = false;
  socket.on("new message", (message) => socket.broadcast.emit("new message", { username: socket.username, message }));
  socket.on("add user", (username) => {
    if (addedUser) return;
    socket.username = username;
    ++numUsers;
    addedUser = true;
    socket.emit("login", { numUsers });
    socket.broadcast.emit("user joined", { username: socket.username, numUsers });
  });
  socket.on("typing", () => socket.broadcast.volatile.emit("typing", { username: socket.username }));
  socket.on("disconnect", () => {
    if (!addedUser) return;
    --numUsers;
    socket.broadcast.emit("user left", { username: socket.username, numUsers });
  });
});

httpServer.listen(0, "127.0.0.1");
live(httpServer, () => io.close());
