// The last part of the guide on private messaging: sessions, users with several tabs, offline messages.
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { Server } from "socket.io";
import { live } from "../lifecycle.mjs";

const httpServer = createServer();
const io = new Server(httpServer, { cors: { origin: "http://localhost:8080" } });
const randomId = () => randomBytes(8).toString("hex");
const sessions = new Map();
const messages = [];

io.use(async (socket, next) => {
  const { sessionID } = socket.handshake.auth;
  const session = sessionID && (await Promise.resolve(sessions.get(sessionID)));
  if (session) {
    socket.sessionID = sessionID;
    socket.userID = session.userID;
    socket.username = session.username;
    return next();
  }
  const { username } = socket.handshake.auth;
  if (!username) return next(new Error("invalid username"));
  socket.sessionID = randomId();
  socket.userID = randomId();
  socket.username = username;
  next();
});

io.on("connection", async (socket) => {
  const { sessionID, userID, username } = socket;
  sessions.set(sessionID, { userID, username, connected: true });
  socket.emit("session", { sessionID, userID });
  void socket.join(userID);
  const users = [...sessions.values()].map((session) => ({
    ...session,
    messages: messages.filter(({ from, to }) => [from, to].includes(userID) && [from, to].includes(session.userID)),
  }));
  socket.emit("users", users);
  socket.broadcast.emit("user connected", { userID, username, connected: true, messages: [] });

  socket.on("private message", ({ content, to }) => {
    const message = { content, from: userID, to };
    socket.to(to).to(userID).emit("private message", message);
    messages.push(message);
  });
  socket.on("disconnect", async () => {
    const matchingSockets = await io.in(userID).allSockets();
    if (matchingSockets.size > 0) return;
    socket.broadcast.emit("user disconnected", userID);
    sessions.set(sessionID, { userID, username, connected: false });
  });
});

httpServer.listen(0, "127.0.0.1");
live(httpServer, () => io.close());
