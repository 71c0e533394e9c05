import type { Socket as ServerSocket } from "socket.io";
import { describe, expect, test } from "vitest";
import { serverEnds } from "./ends.ts";
import { eventually, once } from "./events.ts";
import { serveEnd, stockClient, stockLink } from "./stock.ts";

for (const end of serverEnds) {
  describe(`server ${end.name}, its sockets`, () => {
    test("a socket's attributes", async () => {
      const running = await serveEnd(end);
      const { io, port } = running;
      const { peer, socket } = await stockLink(running, "/", { query: { q: "1" }, auth: { token: 1 } });
      expect(socket.id).toMatch(/^[\w-]{20}$/);
      expect(Object.keys(socket.handshake).toSorted()).toEqual(
        ["headers", "time", "address", "xdomain", "secure", "issued", "url", "query", "auth"].toSorted(),
      );
      const { handshake } = socket;
      expect(handshake).toMatchObject({
        address: "127.0.0.1",
        xdomain: false,
        secure: false,
        url: expect.stringMatching(/^\/socket.io\/\?q=1&EIO=4&transport=websocket/),
        query: { q: "1", EIO: "4", transport: "websocket" },
        auth: { token: 1 },
      });
      expect(handshake.headers.host).toBe(`127.0.0.1:${port}`);
      expect(typeof handshake.issued).toBe("number");
      expect(new Date(handshake.time).getTime()).toBeGreaterThan(0);
      expect(socket.data).toEqual({});
      expect([socket.connected, socket.disconnected, socket.recovered]).toEqual([true, false, false]);
      expect(socket.rooms).toEqual(new Set([socket.id]));
      expect(socket.nsp).toBe(io.sockets);
      const { client: connection, conn } = socket;
      expect(connection.conn).toBe(conn);
      expect(connection.request).toBe(socket.request);
      expect(conn.request).toBe(socket.request);
      expect(socket.request.url).toBe(handshake.url);
      expect((socket.request as unknown as { _query: object })._query).toEqual(handshake.query);
      expect([conn.transport.name, conn.protocol, conn.readyState, conn.remoteAddress]).toEqual([
        "websocket",
        4,
        "open",
        "127.0.0.1",
      ]);
      const gone = once(socket, "disconnect");
      peer.disconnect();
      await gone;
      expect([socket.connected, socket.disconnected, socket.rooms]).toEqual([false, true, new Set()]);
      expect(socket.handshake.auth).toEqual({ token: 1 });
    });

    test("an engine's session whose request is set to null, as the guide on memory says, goes on", async () => {
      const running = await serveEnd(end);
      const { engine } = running.io;
      engine.on("connection", (raw: { request: unknown }) => (raw.request = null));
      const { peer, socket } = await stockLink(running);
      const came = once(socket, "hello");
      peer.emit("hello", 1);
      expect([await came, socket.conn.remoteAddress]).toEqual([[1], "127.0.0.1"]);
    });

    test("the connection below a socket tells of its packets and of its upgrade", async () => {
      const running = await serveEnd(end);
      const seen = new Set<string>();
      running.io.on("connection", ({ conn }) => {
        seen.add(`starts on ${conn.transport.name}`);
        conn.once("upgrade", () => seen.add(`upgraded to ${conn.transport.name}`));
        conn.on("packet", ({ type }) => seen.add(`got ${type}`));
        conn.on("packetCreate", ({ type }) => seen.add(`made ${type}`));
        conn.on("drain", () => seen.add("drain"));
        conn.on("close", (reason) => seen.add(`closed: ${reason}`));
      });
      const { peer, socket } = await stockLink(running, "/", { transports: ["polling", "websocket"] });
      if (peer.io.engine.transport.name === "polling") await once(peer.io.engine, "upgrade");
      peer.emit("hello");
      socket.emit("hello");
      await once(peer, "hello");
      const gone = once(socket, "disconnect");
      peer.disconnect();
      await gone;
      await eventually(() => seen.size >= 6, "the connection has told");
      expect(seen).toEqual(
        new Set([
          "starts on polling",
          "upgraded to websocket",
          "got message",
          "made message",
          "drain",
          "closed: transport close",
        ]),
      );
    });

    test("what returns itself, and what returns true", async () => {
      const running = await serveEnd(end);
      const { io } = running;
      const { socket } = await stockLink(running);
      const nsp = io.of("/");
      expect([io.send("x"), io.write("x"), io.use((_s, next) => next())]).toEqual([io, io, io]);
      expect([nsp.send("x"), nsp.write("x"), nsp.use((_s, next) => next())]).toEqual([nsp, nsp, nsp]);
      for (const self of [
        socket.send("x"),
        socket.write("x"),
        socket.use((_e, next) => next()),
        socket.compress(true),
        socket.volatile,
        socket.timeout(1),
        socket.onAny(() => {}),
        socket.prependAny(() => {}),
        socket.offAny(),
        socket.onAnyOutgoing(() => {}),
        socket.prependAnyOutgoing(() => {}),
        socket.offAnyOutgoing(),
        socket.on("x", () => {}),
        socket.disconnect(),
        socket.disconnect(true),
      ])
        expect(self).toBe(socket);
      expect([io.emit("x"), nsp.emit("x"), io.to("r").emit("x"), socket.emit("x"), socket.to("r").emit("x")]).toEqual(
        Array(5).fill(true),
      );
    });

    test("reserved names are refused by every emitter", async () => {
      const running = await serveEnd(end);
      const { io } = running;
      const { socket } = await stockLink(running);
      const emitters: { emit(event: string): unknown }[] = [io, io.of("/"), io.to("r"), socket, socket.broadcast];
      for (const event of ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"])
        for (const emitter of emitters)
          expect(() => emitter.emit(event)).toThrow(`"${event}" is a reserved event name`);
      for (const event of ["connect", "connection", "new_namespace"])
        expect(() => io.serverSideEmit(event)).toThrow(`"${event}" is a reserved event name`);
      await expect(socket.emitWithAck("connect")).rejects.toThrow("reserved event name");
      expect(socket.emit("error", 1)).toBe(true);
    });

    test("names that are the library's nowhere else are free for events", async () => {
      const running = await serveEnd(end);
      const { peer, socket } = await stockLink(running);
      const names = ["drain", "connection", "message", "close", "open", "packet", "constructor", "__proto__"];
      for (const name of names) {
        const came = once(socket, name);
        peer.emit(name, "up");
        expect(await came).toEqual(["up"]);
        const back = once(peer, name);
        socket.emit(name, "down");
        expect(await back).toEqual(["down"]);
      }
    });

    test("selections are kept and combined without changing one another", async () => {
      const running = await serveEnd(end);
      const { io } = running;
      const [a, b, c] = [await stockLink(running), await stockLink(running), await stockLink(running)];
      void a.socket.join(["r1", "both"]);
      void b.socket.join(["r2", "both"]);
      void c.socket.join("r2");
      const r1 = io.to("r1");
      const either = r1.to(["r2"]);
      const notBoth = either.except("both");
      const ids = async (operator: { fetchSockets(): Promise<{ id: string }[]> }) =>
        (await operator.fetchSockets()).map(({ id }) => id).toSorted();
      const all = [a, b, c].map(({ socket }) => socket.id).toSorted();
      expect(await ids(r1)).toEqual([a.socket.id]);
      expect(await ids(either)).toEqual(all);
      expect(await ids(notBoth)).toEqual([c.socket.id]);
      expect(await ids(io.in("r2").except(["both"]))).toEqual([c.socket.id]);
      expect(await ids(io.local)).toEqual(all);
      expect(await ids(io)).toEqual(all);
      expect(await io.in("r1").allSockets()).toEqual(new Set([a.socket.id]));
      expect(await io.allSockets()).toEqual(new Set(all));
      expect((await io.in("r1").fetchSockets())[0]).toBe(a.socket);
      expect(await ids(io.to("nowhere"))).toEqual([]);
    });

    test("a remote socket acts on the one client", async () => {
      const running = await serveEnd(end);
      const { peer, socket } = await stockLink(running);
      socket.data = { name: "x" };
      peer.on("who", (reply) => reply("me", 2));
      const [remote] = await running.io.fetchSockets();
      expect([remote?.id, remote?.data, remote?.rooms]).toEqual([socket.id, { name: "x" }, socket.rooms]);
      expect(remote?.handshake.url).toBe(socket.handshake.url);
      remote?.join(["a", "b"]);
      remote?.leave("a");
      expect(socket.rooms).toEqual(new Set([socket.id, "b"]));
      const answer = await new Promise((resolve) =>
        remote?.timeout(5_000).emit("who", (...args: unknown[]) => resolve(args)),
      );
      expect(answer).toEqual([null, "me", 2]);
      const left = once(peer, "disconnect");
      remote?.disconnect(true);
      expect(["io server disconnect", "transport close"]).toContain((await left)[0]);
    });

    test("answers to broadcasts come as a list, and a timeout says who is late", async () => {
      const running = await serveEnd(end);
      const { io } = running;
      const [a, b] = [await stockLink(running), await stockLink(running)];
      a.peer.on("ask", (reply) => reply("a"));
      b.peer.on("ask", (reply) => reply("b", "second"));
      expect((await io.timeout(5_000).emitWithAck("ask")).toSorted()).toEqual(["a", "b"]);
      b.peer.off("ask");
      const [error, answers] = await new Promise<[Error, string[]]>((resolve) =>
        io.timeout(100).emit("ask", (...args: [Error, string[]]) => resolve(args)),
      );
      expect([error.message, answers]).toEqual(["operation has timed out", ["a"]]);
      await expect(io.timeout(100).emitWithAck("ask")).rejects.toMatchObject({ responses: ["a"] });
    });

    test("callbacks are called with the socket as this, like listeners", async () => {
      const running = await serveEnd(end);
      const { peer, socket } = await stockLink(running);
      peer.on("ask", (reply) => reply(1));
      const self = await new Promise((resolve) =>
        socket.emit("ask", function (this: unknown) {
          resolve(this);
        }),
      );
      expect(self).toBe(socket);
      const heard = new Promise((resolve) =>
        socket.on("x", function (this: unknown) {
          resolve(this);
        }),
      );
      peer.emit("x");
      expect(await heard).toBe(socket);
    });

    test("a middleware's error reaches the client with its data", async () => {
      const running = await serveEnd(end);
      running.io.use((_socket, next) => next(Object.assign(new Error("no"), { data: { code: 7 } })));
      const refused = stockClient(running.port);
      const [error] = await once(refused, "connect_error");
      expect([error.message, error.data, refused.active]).toEqual(["no", { code: 7 }, false]);
    });

    test("a middleware that finishes after its client has left leaves nothing behind", async () => {
      const running = await serveEnd(end);
      const { io } = running;
      let proceed: () => void = () => {};
      let seen: ServerSocket | undefined;
      const connections: unknown[] = [];
      io.on("connection", (socket) => connections.push(socket));
      const waiting = new Promise<void>((resolve) =>
        io.use((socket, next) => {
          seen = socket;
          void socket.join("room");
          proceed = next;
          resolve();
        }),
      );
      const peer = stockClient(running.port);
      await waiting;
      peer.disconnect();
      await eventually(() => io.engine.clientsCount === 0, "the session is forgotten");
      proceed();
      await eventually(() => io.of("/").adapter.rooms.size === 0, "the rooms are left");
      expect([io.of("/").sockets.size, connections, seen?.connected]).toEqual([0, [], false]);
    });

    test("emit, acknowledge and disconnect in one turn arrive in that order", async () => {
      const running = await serveEnd(end);
      running.io.on("connection", (socket) =>
        socket.on("go", (reply) => {
          socket.emit("first");
          reply();
          socket.emit("second");
          socket.disconnect();
        }),
      );
      const { peer } = await stockLink(running);
      const order: string[] = [];
      peer.on("first", () => order.push("first"));
      peer.on("second", () => order.push("second"));
      const left = once(peer, "disconnect");
      peer.emit("go", () => order.push("ack"));
      expect((await left)[0]).toBe("io server disconnect");
      expect(order).toEqual(["first", "ack", "second"]);
    });
  });
}
