// @ts-check
// A login with Express, whose session the sockets share. `PORT` says where it listens.

import { createServer } from "node:http";
import { randomBytes } from "node:crypto";
import { Server } from "@halyard/server";
import express from "express";
import session from "express-session";

const app = express();
const httpServer = createServer(app);
const io = new Server(httpServer);

// The same middleware for requests of pages and for the handshakes of sockets.
const sessions = session({
  secret: process.env["SESSION_SECRET"] ?? randomBytes(32).toString("hex"),
  resave: false,
  saveUninitialized: false,
  cookie: { sameSite: "lax" },
});
app.use(sessions);
io.engine.use(sessions);

app.use(express.static(new URL("public", import.meta.url).pathname));

app.post("/login", express.json(), (request, response) => {
  const { name } = request.body ?? {};
  if (typeof name !== "string" || name.trim() === "" || name.length > 40)
    return void response.status(400).json({ error: "a name of 1 to 40 characters is needed" });
  // a new id, so that nobody can have planted the one before the login
  request.session.regenerate(() => {
    Object.assign(request.session, { user: name.trim(), visits: 0 });
    request.session.save(() => response.json({ user: name.trim() }));
  });
});

app.post("/logout", (request, response) => {
  const { id } = request.session;
  request.session.destroy(() => {
    io.in(roomOf(id)).disconnectSockets(true); // on all servers, if there are several
    response.status(204).end();
  });
});

io.use((socket, next) => {
  const { user } = sessionOf(socket);
  if (user === undefined) return next(Object.assign(new Error("not logged in"), { data: { login: "/login" } }));
  socket.data.user = user;
  next();
});

io.on("connection", (socket) => {
  socket.join(roomOf(sessionOf(socket).id));
  socket.emit("hello", socket.data.user);

  socket.on("visit", (reply) => {
    // pages may have changed the session since the handshake
    sessionOf(socket).reload((error) => {
      if (error) return void socket.disconnect(true);
      const current = sessionOf(socket);
      current.visits = (current.visits ?? 0) + 1;
      current.save(() => reply(current.visits));
    });
  });
});

/**
 * @typedef {session.Session & { user?: string, visits?: number }} UserSession
 * @param {import("@halyard/server").Socket} socket
 * @returns {UserSession}
 */
function sessionOf(socket) {
  return /** @type {{ session: UserSession } & typeof socket.request} */ (socket.request).session;
}

/** All tabs of one session are in one room. @param {string} sessionId */
function roomOf(sessionId) {
  return `session:${sessionId}`;
}

httpServer.listen(Number(process.env["PORT"] ?? 3000), () => {
  const address = httpServer.address();
  const port = typeof address === "object" ? address?.port : address;
  console.log(`The login is ready: http://localhost:${port}\nOpen it in two tabs. Ctrl-C stops it.`);
});
process.once("SIGINT", () => void io.close());
