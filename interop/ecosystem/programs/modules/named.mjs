import assert from "node:assert";
import { createRequire } from "node:module";
import { createServer } from "node:http";
import { Namespace, Server, Socket } from "socket.io";
import { live } from "../lifecycle.mjs";

const httpServer = createServer().listen(0);
const io = new Server(httpServer, { path: "/path" });
assert.equal(createRequire(import.meta.url)("socket.io").Server, Server); // one copy of the classes for both
io.on("connection", (socket) => {
  assert(socket instanceof Socket);
  assert(socket.nsp instanceof Namespace);
  socket.emit("hello", "string");
});
live(httpServer, () => io.close());
