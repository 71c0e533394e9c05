// What guides, answers and older code do with the objects around a socket.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { live } from "../lifecycle.mjs";

const httpServer = createServer();
const io = new Server(httpServer);
const created = [];
const log = [];

let count = 0;
io.engine.generateId = () => `client-${++count}`;
io.on("new_namespace", (namespace) => created.push(namespace.name));
io.of("/").adapter.on("create-room", (room) => log.push(`created ${room}`));
io.of("/").adapter.on("delete-room", (room) => log.push(`deleted ${room}`));

io.on("connection", (socket) => {
  log.length = 0;
  const asked = {
    identity: () => [
      socket.conn.id,
      socket.client.conn === socket.conn,
      io.engine.clients[socket.conn.id] === socket.conn,
      Object.keys(io.engine.clients).length === io.engine.clientsCount,
      io.sockets.sockets.get(socket.id) === socket,
      io.of("/").sockets.size,
    ],
    addresses: () => [
      socket.handshake.address,
      socket.conn.remoteAddress,
      socket.client.conn.remoteAddress,
      socket.request.connection.remoteAddress,
      socket.request.socket.remoteAddress,
      socket.handshake.headers["x-forwarded-for"],
    ],
    request: () => [
      socket.request.headers["x-forwarded-for"],
      socket.handshake.query.token,
      socket.request._query.token,
      socket.nsp.name,
      socket.handshake.xdomain,
      Math.abs(Date.now() - socket.handshake.issued) < 60_000,
      !Number.isNaN(Date.parse(socket.handshake.time)),
    ],
    rooms: () => {
      void socket.join("a");
      void socket.join(["b", "c"]);
      void socket.leave("c");
      const { rooms, sids } = io.sockets.adapter;
      return [[...socket.rooms].slice(1), [...sids.get(socket.id)].slice(1), rooms.get("a")?.size, rooms.has("c"), log];
    },
    listeners: () => {
      const listener = () => {};
      socket.on("x", listener).once("x", listener).prependListener("x", listener);
      const before = socket.listenerCount("x");
      socket.off("x", listener);
      socket.removeAllListeners("x");
      socket.onAny(listener);
      socket.prependAny(listener);
      socket.offAny(listener);
      const any = socket.listenersAny().length;
      socket.offAny();
      return [
        before,
        socket.listenerCount("x"),
        socket.listeners("x").length,
        any,
        socket.eventNames().filter((name) => name !== "error"),
      ];
    },
    namespaces: () => [io.of("made") === io.of("/made"), io.of(/^\/dynamic-\d+$/) === io.of("/"), created],
    operators: () => {
      io.to("a").except("b").emit("never");
      io.sockets.in("a").emit("in", 1);
      io.local.emit("local", 2);
      io.to(socket.id).compress(false).emit("own", 4);
      socket.send("message", 5);
      io.write("written", 6);
      return [socket.connected, socket.disconnected];
    },
  };
  for (const [name, answer] of Object.entries(asked)) socket.on(name, (reply) => reply(answer()));
  socket.on("reject", async () => {
    socket.once("disconnecting", (reason) => log.push(`${reason} in ${socket.rooms.size} rooms`));
    socket.once("disconnect", (reason) => log.push(`${reason} in ${socket.rooms.size} rooms`));
    socket.conn.close(); // what the session guide does when a session is gone
  });
});

io.of(/^\/dynamic-\d+$/).on("connection", (socket) => {
  const namespace = socket.nsp;
  namespace.emit("hello", namespace.name);
});

httpServer.listen(0, "127.0.0.1");
live(httpServer, () => io.close(), { log: () => log });
