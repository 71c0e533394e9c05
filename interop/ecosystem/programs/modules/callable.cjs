const assert = require("node:assert");
const library = require("socket.io");
const { Server, Namespace, Socket } = library;

assert.equal(typeof library, "function");
const io = library(0, { path: "/path" });
assert(io instanceof Server);
assert.equal(io.path(), "/path");
assert.equal(require("socket.io").Server, Server);
io.on("connection", (socket) => {
  assert(socket instanceof Socket);
  assert(socket.nsp instanceof Namespace);
  socket.emit("hello", typeof require("socket.io/package.json").version);
});
void import("socket.io").then((module) => assert.equal(module.Server, Server)); // one copy of the classes for both
void import("../lifecycle.mjs").then(({ live }) => live(io.httpServer, () => io.close()));
