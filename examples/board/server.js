// @ts-check
// A board that everybody draws on. `PORT` says where it listens; boards live in memory, and are gone with the process.

import { createServer } from "node:http";
import { Server } from "@halyard/server";
import express from "express";
import { Boards } from "./boards.js";

const app = express();
app.use(express.static(new URL("public", import.meta.url).pathname));
const httpServer = createServer(app);

/**
 * @typedef {import("./public/protocol.js").ClientToServer} ClientToServer
 * @typedef {import("./public/protocol.js").ServerToClient} ServerToClient
 * @type {Server<ClientToServer, ServerToClient, {}, { board: string }>}
 */
const io = new Server(httpServer, { maxHttpBufferSize: 64 * 1024 });
const boards = new Boards();

io.use((socket, next) => {
  const { board } = socket.handshake.auth;
  if (typeof board !== "string" || !/^[\w-]{1,40}$/.test(board)) return next(new Error("there is no such board"));
  socket.data.board = board;
  next();
});

io.on("connection", (socket) => {
  const { board: name } = socket.data;
  const board = boards.open(name);
  socket.join(name);
  socket.emit("board", board.strokes);
  io.to(name).emit("people", membersOf(name));

  socket.on("draw", (bytes) => {
    if (board.add(bytes)) socket.to(name).emit("draw", bytes);
  });
  socket.on("clear", () => {
    board.clear();
    io.to(name).emit("board", board.strokes);
  });
  socket.on("point", (x, y) => {
    if (Number.isFinite(x) && Number.isFinite(y)) socket.to(name).volatile.emit("point", socket.id, x, y);
  });
  socket.on("disconnect", () => {
    io.to(name).emit("people", membersOf(name));
    io.to(name).emit("gone", socket.id);
    if (membersOf(name) === 0) boards.leave(name);
  });
});

/** @param {string} name */
function membersOf(name) {
  return io.of("/").adapter.rooms.get(name)?.size ?? 0;
}

httpServer.listen(Number(process.env["PORT"] ?? 3000), () => {
  const address = httpServer.address();
  const port = typeof address === "object" ? address?.port : address;
  console.log(`The board is ready: http://localhost:${port}\nOpen it in two windows. Ctrl-C stops it.`);
});
process.once("SIGINT", () => void io.close());
