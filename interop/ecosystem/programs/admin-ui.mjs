// An instrumented server, as the guide of the admin UI has it.
import { createServer } from "node:http";
import { instrument } from "@socket.io/admin-ui";
import { Server } from "socket.io";
import { live } from "./lifecycle.mjs";

const httpServer = createServer();
const io = new Server({ cors: { origin: ["https://admin.socket.io"], credentials: true } });
const password = "$2b$10$heqvAkYMez.Va6Et2uXInOnkCT6/uQj1brkrbyG3LpopDklcq7ZOS"; // "changeit"
const auth = process.env.AUTH === "basic" ? { type: "basic", username: "admin", password } : false;

io.on("connection", (socket) => {
  socket.data.name = "somebody";
  socket.on("join", (room, reply) => {
    void socket.join(room);
    reply("joined");
  });
});
io.of("/chat");
const options = { auth, mode: process.env.ADMIN_MODE ?? "development", serverId: "one" };
if (process.env.ORDER === "early") instrument(io, options);
io.attach(httpServer);
if (process.env.ORDER !== "early") instrument(io, options);
io.of("/late").use((_socket, next) => next());
httpServer.listen(0, "127.0.0.1");
live(httpServer, () => io.close());
