// The basic CRUD application: handlers in functions of their own, validated payloads, errors through the acknowledgement.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { live } from "../lifecycle.mjs";

const todos = new Map();
let lastId = 0;

async function create(payload, callback) {
  const socket = this; // the socket, as `this` of its listeners
  if (typeof payload?.title !== "string") {
    return callback({ error: "invalid payload", errorDetails: [{ path: ["title"], type: "any.required" }] });
  }
  const todo = { ...payload, id: String(++lastId) };
  todos.set(todo.id, todo);
  callback({ data: todo.id });
  socket.broadcast.emit("todo:created", todo);
}

function update(payload, callback) {
  todos.set(payload.id, payload);
  callback();
  this.broadcast.emit("todo:updated", payload);
}

function remove(id, callback) {
  todos.delete(id);
  callback();
  this.broadcast.emit("todo:deleted", id);
}

const httpServer = createServer();
const io = new Server(httpServer, { cors: { origin: ["http://localhost:4200"] } });
io.on("connection", (socket) => {
  socket.on("todo:create", create);
  socket.on("todo:update", update);
  socket.on("todo:delete", remove);
  socket.on("todo:list", (callback) => callback({ data: [...todos.values()] }));
});
httpServer.listen(0, "127.0.0.1");
live(httpServer, () => io.close());
