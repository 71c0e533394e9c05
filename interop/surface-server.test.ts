import { createServer } from "node:http";
import type { Server } from "socket.io";
import { describe, expect, onTestFinished, test } from "vitest";
import { serverEnds } from "./ends.ts";
import { eventually, once } from "./events.ts";
import { listening, serving } from "./listening.ts";
import { connected } from "./rig.ts";
import { serveEnd, stockClient, stockLink } from "./stock.ts";

for (const end of serverEnds) {
  describe(`server ${end.name}`, () => {
    test("settings are read and changed, before and after it is attached", async () => {
      const io = new end.Server();
      expect([io.path(), io.serveClient(), io.connectTimeout(), typeof io.adapter()]).toEqual([
        "/socket.io",
        true,
        45_000,
        "function",
      ]);
      expect(io.path("/a/")).toBe(io);
      expect(io.serveClient(false)).toBe(io);
      expect(io.connectTimeout(1_000)).toBe(io);
      expect(io.adapter(io.adapter()!)).toBe(io);
      expect([io.path(), io.serveClient(), io.connectTimeout()]).toEqual(["/a", false, 1_000]);
      expect([io.engine, io.httpServer]).toEqual([undefined, undefined]);

      const http = createServer();
      expect(io.attach(http)).toBe(io);
      expect(io.httpServer).toBe(http);
      const port = await serving(http, io);
      await stockLink({ io, port }, "/", { path: "/a" });
      expect(io.engine.clientsCount).toBe(1);
      io.path("/b").connectTimeout(2_000);
      expect([io.path(), io.connectTimeout()]).toEqual(["/b", 2_000]);
      await stockLink({ io, port }, "/", { path: "/a" });
      expect((await fetch(`http://127.0.0.1:${port}/a/socket.io.js`)).status).not.toBe(200);
    });

    test("is made of an HTTP server, options, both or neither, also with null in their place", () => {
      const { Server: Untyped } = end as unknown as { Server: new (...args: unknown[]) => Server };
      const path = "/x";
      for (const args of [[{ path }], [undefined, { path }], [null, { path }], [createServer(), { path }]])
        expect(new Untyped(...args).path()).toBe(path);
      for (const args of [[], [null], [createServer()]]) expect(new Untyped(...args).path()).toBe("/socket.io");
    });

    test("refuses what is no HTTP server, with what to pass", () => {
      const io = new end.Server();
      expect(() => io.attach((() => {}) as never)).toThrow(/express request handler/);
    });

    test("one server on two HTTP servers", async () => {
      const io = new end.Server();
      const [first, second] = [createServer(), createServer()];
      io.attach(first);
      io.attach(second);
      const ports = [await listening(first), await serving(second, io)];
      onTestFinished(() => void first.close());
      const heard = [];
      for (const port of ports) {
        const peer = stockClient(port);
        await connected(peer);
        heard.push(once(peer, "news"));
      }
      io.emit("news", 1);
      expect(await Promise.all(heard)).toEqual([[1], [1]]);
    });

    test("new_namespace tells of each namespace once, but not of the main one nor of parents", async () => {
      const running = await serveEnd(end);
      const { io } = running;
      const names: string[] = [];
      io.on("new_namespace", (namespace) => names.push(namespace.name));
      io.of("a");
      io.of("/a");
      io.of("/");
      io.of("");
      io.of(/^\/child-/);
      await stockLink(running, "/child-1");
      io.of("/child-2");
      expect(names).toEqual(["/a", "/child-1", "/child-2"]);
    });

    test("of() gives one namespace a name, and a function to it hears of connections", async () => {
      const running = await serveEnd(end);
      const { io } = running;
      expect(io.of("x")).toBe(io.of("/x"));
      expect(io.of("/")).toBe(io.sockets);
      const heard: string[] = [];
      io.of("/x", (socket) => heard.push(`of ${socket.nsp.name}`));
      io.of("/x").on("connection", (socket) => heard.push(`on ${socket.nsp.name}`));
      await stockLink(running, "/x");
      expect(heard).toEqual(["of /x", "on /x"]);
      for (const pattern of [/x/g, /x/y]) expect(() => io.of(pattern)).toThrow(/stateful regular expressions/);
    });

    test("parents are asked in order; children inherit what the parent has by then", async () => {
      const running = await serveEnd(end);
      const { io } = running;
      const asked: unknown[] = [];
      io.of((name, auth, next) => {
        asked.push([name, auth]);
        next(null, false);
      });
      io.of((_name, _auth, next) => next(new Error("no"), true));
      const parent = io.of(/^\/room-\d+$/);
      const heard: string[] = [];
      parent.use((socket, next) => {
        heard.push(`use ${socket.nsp.name}`);
        next();
      });
      parent.on("connection", (socket) => heard.push(`parent ${socket.nsp.name}`));
      const { peer } = await stockLink(running, "/room-1", { auth: { token: "t" } });
      parent.on("connection", () => heard.push("late"));
      await stockLink(running, "/room-1");
      await stockLink(running, "/room-2");
      expect(asked).toEqual([
        ["/room-1", { token: "t" }],
        ["/room-2", {}],
      ]);
      expect(heard).toEqual([
        "use /room-1",
        "parent /room-1",
        "use /room-1",
        "parent /room-1",
        "use /room-2",
        "parent /room-2",
        "late",
      ]);
      const news = once(peer, "news");
      expect(parent.emit("news", 1)).toBe(true);
      expect(await news).toEqual([1]);
      const refused = stockClient(running.port, "/other");
      const [error] = await once(refused, "connect_error");
      expect(error.message).toBe("Invalid namespace");
    });

    test("parents have no sockets of their own to fetch", () => {
      const io = new end.Server();
      expect(() => io.of(/x/).fetchSockets()).toThrow(/fetchSockets\(\) is not supported on parent namespaces/);
    });

    test("cleanupEmptyChildNamespaces: off keeps, on frees, and only children", async () => {
      for (const cleanupEmptyChildNamespaces of [false, true]) {
        const running = await serveEnd(end, { cleanupEmptyChildNamespaces });
        const { io } = running;
        io.of(/^\/child/);
        io.of("/fixed");
        for (const name of ["/child", "/fixed"]) {
          const { peer, socket } = await stockLink(running, name);
          const gone = once(socket, "disconnect");
          peer.disconnect();
          await gone;
        }
        const left = [...io._nsps.keys()].toSorted();
        expect(left).toEqual(cleanupEmptyChildNamespaces ? ["/", "/fixed"] : ["/", "/child", "/fixed"]);
        await stockLink(running, "/child");
      }
    });

    test("close() tells sockets, calls back, settles, and may be called again", async () => {
      const running = await serveEnd(end);
      const { io } = running;
      const { peer, socket } = await stockLink(running);
      const told = once(socket, "disconnect");
      const noticed = once(peer, "disconnect");
      const results: unknown[] = [];
      await io.close((error) => results.push(error));
      expect((await told)[0]).toBe("server shutting down");
      expect((await noticed)[0]).toBe("transport close");
      expect(results).toEqual([undefined]);
      await io.close((error) => results.push((error as NodeJS.ErrnoException).code));
      expect(results).toEqual([undefined, "ERR_SERVER_NOT_RUNNING"]);
    });

    test("a server that was closed can be attached and closed again", async () => {
      const running = await serveEnd(end);
      const { io } = running;
      await stockLink(running);
      await io.close();
      const http = createServer();
      expect(io.attach(http).httpServer).toBe(http);
      const port = await serving(http, io);
      const { peer, socket } = await stockLink({ io, port });
      const answer = once(peer, "news");
      io.emit("news", 1);
      expect([await answer, io.engine.clientsCount, socket.connected]).toEqual([[1], 1, true]);
      const results: unknown[] = [];
      await io.close((error) => results.push(error));
      expect([results, http.listening]).toEqual([[undefined], false]);
    });

    test("close() of a server that never listened says so to the callback only", async () => {
      const io = new end.Server(createServer());
      const codes: unknown[] = [];
      await io.close((error) => codes.push((error as NodeJS.ErrnoException).code));
      expect(codes).toEqual(["ERR_SERVER_NOT_RUNNING"]);
    });

    test("the engine's events pass through", async () => {
      const running = await serveEnd(end);
      const { io, port } = running;
      const { engine } = io;
      const seen: string[] = [];
      for (const event of ["initial_headers", "headers", "connection", "connection_error"])
        engine.on(event, () => seen.push(event));
      const { peer } = await stockLink(running, "/", { transports: ["polling"] });
      peer.disconnect();
      await eventually(() => engine.clientsCount === 0, "the session is forgotten");
      expect(new Set(seen)).toEqual(new Set(["initial_headers", "headers", "connection"]));
      const failed = once(engine, "connection_error");
      await fetch(`http://127.0.0.1:${port}/socket.io/?EIO=4&transport=nothing`);
      const [error] = await failed;
      expect([error.code, error.message, error.req.url]).toEqual([
        0,
        "Transport unknown",
        expect.stringContaining("transport=nothing"),
      ]);
    });

    test("serverSideEmit of a server that is alone reaches nobody", async () => {
      const { io } = await serveEnd(end);
      const heard: unknown[] = [];
      io.on("refresh", (value: unknown) => heard.push(value));
      expect(io.serverSideEmit("refresh", 1)).toBe(true);
      expect(heard).toEqual([]);
    });

    test("the options that were given are shown to neighbours", () => {
      const io = new end.Server({ path: "/p", pingInterval: 1_000 });
      const shown = io as unknown as { opts: object; _opts: object };
      expect(shown.opts).toMatchObject({ path: "/p", pingInterval: 1_000, cleanupEmptyChildNamespaces: false });
      expect(io._opts).toBe(shown.opts);
    });
  });
}
