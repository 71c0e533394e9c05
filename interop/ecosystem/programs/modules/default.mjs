import { createServer } from "node:http";
import socketio from "socket.io";
import { live } from "../lifecycle.mjs";

const httpServer = createServer().listen(0);
const io = socketio(httpServer, { path: "/path" });
io.on("connection", (socket) => socket.emit("hello", "string"));
live(httpServer, () => io.close());
