import { createServer } from "node:http";
import { live } from "../lifecycle.mjs";

const { default: socketio } = await import("socket.io"); // as `import socketio from`: that is for ours alone
const httpServer = createServer().listen(0);
const io = socketio(httpServer, { path: "/path" });
io.on("connection", (socket) => socket.emit("hello", "string"));
live(httpServer, () => io.close());
