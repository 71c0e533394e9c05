// Middlewares made for Express, on the requests of long-polling and on WebSocket handshakes.
import { createServer } from "node:http";
import cookieParser from "cookie-parser";
import express from "express";
import expressSession from "express-session";
import helmet from "helmet";
import passport from "passport";
import { Server } from "socket.io";
import { live } from "./lifecycle.mjs";

const app = express();
const httpServer = createServer(app);
const io = new Server(httpServer, { cookie: process.env.STACK === "cookies" });
const refusals = [];
io.engine.on("connection_error", ({ code, message, context }) => refusals.push({ code, message, name: context.name }));

/** Runs a middleware for the first request of a session only, as the guides of Passport and JWT do. */
const onlyForHandshake = (middleware) => (request, response, next) =>
  request._query.sid === undefined ? middleware(request, response, next) : next();

/** A strategy of Passport: who says a name in the query is believed. */
const nameStrategy = () => ({
  name: "name",
  authenticate(request) {
    const name = new URL(request.url, "http://localhost").searchParams.get("name");
    if (name) this.success({ id: name, name });
    else this.fail("no name", 401);
  },
});

const stacks = {
  session() {
    const session = expressSession({ secret: "s", resave: false, saveUninitialized: true, cookie: { maxAge: 60_000 } });
    app.use(session);
    app.post("/count", (request, response) => {
      request.session.count = (request.session.count ?? 0) + 1;
      io.to(request.session.id).emit("count", request.session.count);
      response.end(String(request.session.count));
    });
    app.post("/logout", (request, response) => {
      const { id } = request.session;
      request.session.destroy(() => {
        io.in(id).disconnectSockets();
        response.end();
      });
    });
    io.engine.use(session);
    io.on("connection", (socket) => {
      const { request } = socket;
      void socket.join(request.session.id);
      socket.use((_event, next) => request.session.reload((error) => next(error)));
      socket.on("count", (reply) => {
        request.session.count = (request.session.count ?? 0) + 1;
        request.session.save(() => reply(request.session.count));
      });
    });
  },

  passport() {
    const session = expressSession({ secret: "s", resave: false, saveUninitialized: false });
    passport.use("name", nameStrategy());
    passport.serializeUser((user, done) => done(null, user.id));
    passport.deserializeUser((id, done) => done(null, { id, name: id }));
    app.use(session, passport.session());
    app.post("/login", passport.authenticate("name"), (request, response) => response.end(request.user.name));
    io.engine.use(onlyForHandshake(session));
    io.engine.use(onlyForHandshake(passport.session()));
    io.engine.use(
      onlyForHandshake((request, response, next) => {
        if (request.user) return next();
        response.writeHead(401);
        response.end();
      }),
    );
    io.on("connection", (socket) => {
      void socket.join(`user:${socket.request.user.id}`);
      socket.on("whoami", (reply) => reply(socket.request.user.name));
    });
  },

  /** The same as namespace middlewares, as before engines took any. */
  wrapped() {
    const wrap = (middleware) => (socket, next) => middleware(socket.request, {}, next);
    const session = expressSession({ secret: "s", resave: false, saveUninitialized: false });
    passport.use("name", nameStrategy());
    passport.serializeUser((user, done) => done(null, user.id));
    passport.deserializeUser((id, done) => done(null, { id, name: id }));
    app.use(session, passport.initialize(), passport.session());
    app.post("/login", passport.authenticate("name"), (request, response) => response.end(request.user.name));
    io.use(wrap(session));
    io.use(wrap(passport.initialize()));
    io.use(wrap(passport.session()));
    io.use((socket, next) => (socket.request.user ? next() : next(new Error("unauthorized"))));
    io.on("connection", (socket) => {
      socket.on("whoami", (reply) => reply([socket.request.user.name, socket.request.session.passport.user]));
    });
  },

  /** A strategy without sessions, as for JSON Web Tokens. */
  token() {
    passport.use("name", nameStrategy());
    io.engine.use(onlyForHandshake(passport.authenticate("name", { session: false })));
    io.on("connection", (socket) => socket.on("whoami", (reply) => reply(socket.request.user.name)));
  },

  helmet() {
    io.engine.use(helmet());
  },

  cookies() {
    io.engine.use(cookieParser("secret"));
    io.engine.use((request, response, next) => {
      response.setHeader("Set-Cookie", request._query.several ? ["one=1", "two=2; Path=/"] : "one=1");
      response.setHeader("X-Number", 7);
      next();
    });
    io.use((socket, next) => {
      const { cookies, signedCookies } = socket.request;
      socket.data = { cookies, signedCookies };
      next(cookies.banned ? new Error("banned") : undefined);
    });
    io.on("connection", (socket) => socket.on("cookies", (reply) => reply(socket.data)));
  },

  async later() {
    io.engine.use(async (request, _response, next) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (request._query.fail === "throw") throw new Error("thrown");
      next(request._query.fail === "next" ? new Error("passed on") : undefined);
    });
  },
};

await stacks[process.env.STACK]();
httpServer.listen(0, "127.0.0.1");
live(httpServer, () => io.close(), { refusals: () => refusals });
