import type { Socket as ServerSocket } from "socket.io";
import { describe, expect, test } from "vitest";
import { eventually, once } from "./events.ts";
import { connected, matrix } from "./rig.ts";

describe("connect", () => {
  matrix(({ start, channel, recent }) => {
    recent("both ends agree on the id and the server sees the handshake", async () => {
      const rig = await start();
      const before = Date.now();
      const { client, socket } = await rig.link("/", { query: { colour: "grün & blau" } });
      expect(client.connected).toBe(true);
      expect(client.id).toBe(socket.id);
      expect(socket.connected).toBe(true);
      expect(socket.recovered).toBe(false);
      expect([...socket.rooms]).toEqual([socket.id]);
      expect(socket.conn.protocol).toBe(4);
      const { handshake } = socket;
      expect(handshake.query).toMatchObject({ EIO: "4", colour: "grün & blau" });
      expect(handshake.query["transport"]).toBe(channel.name === "websocket" ? "websocket" : "polling");
      expect(handshake.headers["host"]).toBe(`127.0.0.1:${rig.port}`);
      expect(handshake.url).toContain("/socket.io/?");
      expect(handshake.address).toContain("127.0.0.1");
      expect(handshake.secure).toBe(false);
      expect(handshake.xdomain).toBe(false);
      expect(handshake.issued).toBeGreaterThanOrEqual(before);
      expect(new Date(handshake.time).getTime()).toBeGreaterThanOrEqual(before - 1000);
      expect(socket.request.headers["host"]).toBe(`127.0.0.1:${rig.port}`);
      expect(handshake.auth).toEqual({});
    });

    test("headers and the path are the client's to choose", async () => {
      const rig = await start({ path: "/deep/down" });
      const { socket } = await rig.link("/", { path: "/deep/down", extraHeaders: { "x-token": "abc" } });
      expect(socket.handshake.headers["x-token"]).toBe("abc");
      expect(socket.handshake.url).toMatch(/^\/deep\/down\/\?/);
    });

    test("auth arrives, as an object or from a function", async () => {
      const rig = await start();
      const auth = { token: "s3cret", nested: { roles: ["admin", null] } };
      expect((await rig.link("/", { auth })).socket.handshake.auth).toEqual(auth);
      const fromFunction = await rig.link("/", { auth: (provide: (data: object) => void) => provide({ late: true }) });
      expect(fromFunction.socket.handshake.auth).toEqual({ late: true });
    });

    test("a middleware sees the socket before anybody else, and in order", async () => {
      const rig = await start();
      const steps: string[] = [];
      rig.io.use((socket, next) => {
        steps.push(`first ${socket.handshake.auth["name"]}`);
        socket.data.user = socket.handshake.auth["name"];
        setImmediate(next);
      });
      rig.io.use((_socket, next) => {
        steps.push("second");
        next();
      });
      rig.io.on("connection", (socket) => steps.push(`connection ${socket.data.user}`));
      await rig.link("/", { auth: { name: "ada" } });
      expect(steps).toEqual(["first ada", "second", "connection ada"]);
    });

    test("a middleware's refusal arrives with its data, and the next try may succeed", async () => {
      const rig = await start();
      rig.io.use((socket, next) => {
        if (socket.handshake.auth["token"] === "good") return next();
        next(Object.assign(new Error("not authorized"), { data: { code: "E42", hint: "ask again" } }));
      });
      const client = rig.client("/", { auth: { token: "bad" } });
      const [error] = await once(client, "connect_error");
      expect(error).toBeInstanceOf(Error);
      expect(error.message).toBe("not authorized");
      expect(error.data).toEqual({ code: "E42", hint: "ask again" });
      expect(client.connected).toBe(false);
      expect(client.active).toBe(false);
      expect(rig.io.of("/").sockets.size).toBe(0);
      expect(rig.io.of("/").adapter.rooms.size).toBe(0);

      client.auth = { token: "good" };
      client.connect();
      await connected(client);
      expect(rig.io.engine.clientsCount).toBe(1);
    });

    test("an unknown namespace is refused by name", async () => {
      const rig = await start();
      const [error] = await once(rig.client("/nobody"), "connect_error");
      expect(error.message).toBe("Invalid namespace");
    });

    test("events sent in the connection handler and before connecting arrive in order", async () => {
      const rig = await start();
      const heard: unknown[] = [];
      const finished = new Promise<void>((resolve) => {
        rig.io.on("connection", (socket) => {
          socket.emit("greeting", 1);
          socket.emit("greeting", 2);
          socket.on("early", (value) => {
            heard.push(value);
            if (heard.length === 3) resolve();
          });
        });
      });
      const client = rig.client();
      for (const value of ["a", "b", "c"]) client.emit("early", value);
      const greetings: unknown[] = [];
      client.on("greeting", (value) => greetings.push(value));
      await once(client, "greeting");
      await finished;
      client.emit("early", "d");
      expect(heard).toEqual(["a", "b", "c"]);
      await once(rig.peer(client), "early");
      expect(greetings).toEqual([1, 2]);
    });
  });
});

describe("namespaces", () => {
  matrix(({ start, recent }) => {
    test("several share one connection and keep apart", async () => {
      const rig = await start();
      for (const name of ["/", "/chat", "/news"]) {
        rig.io.of(name).on("connection", (socket) => {
          socket.on("where", (answer) => answer(`${name} ${socket.handshake.auth["as"] ?? "-"}`));
        });
      }
      const manager = rig.manager();
      const root = manager.socket("/");
      const chat = manager.socket("/chat", { auth: { as: "ada" } });
      const news = manager.socket("/news", { auth: { as: "bob" } });
      expect(manager.socket("/chat")).toBe(chat);
      await Promise.all([connected(root), connected(chat), connected(news)]);
      expect(rig.io.engine.clientsCount).toBe(1);
      expect(new Set([root.id, chat.id, news.id]).size).toBe(3);
      expect(await chat.emitWithAck("where")).toBe("/chat ada");
      expect(await news.emitWithAck("where")).toBe("/news bob");
      expect(await root.emitWithAck("where")).toBe("/ -");
      const crossed: string[] = [];
      for (const socket of [root, news]) socket.onAny((event) => crossed.push(event));
      const heard = once(chat, "headline");
      rig.io.of("/chat").emit("headline", "x");
      await heard;
      expect(crossed).toEqual([]);

      const left = once(rig.peer(chat, "/chat"), "disconnect");
      chat.disconnect();
      expect((await left)[0]).toBe("client namespace disconnect");
      expect(await news.emitWithAck("where")).toBe("/news bob");
      expect(news.connected && root.connected).toBe(true);
      chat.connect();
      await connected(chat);
      expect(await chat.emitWithAck("where")).toBe("/chat ada");
      expect(rig.io.engine.clientsCount).toBe(1);

      const closed = once(manager.engine, "close");
      for (const socket of [root, chat, news]) socket.disconnect();
      await closed;
    });

    test("io() reuses a connection for another namespace and makes one for the same", async () => {
      const rig = await start();
      rig.io.of("/other");
      const first = rig.client("/", { forceNew: false });
      const other = rig.client("/other", { forceNew: false });
      const again = rig.client("/", { forceNew: false });
      const forced = rig.client("/", { forceNew: true });
      await Promise.all([first, other, again, forced].map(connected));
      expect(other.io).toBe(first.io);
      expect(again.io).not.toBe(first.io);
      expect(forced.io).not.toBe(first.io);
      expect(rig.io.engine.clientsCount).toBe(3);
    });

    recent("a pattern makes namespaces on demand", async () => {
      const rig = await start();
      const made: string[] = [];
      rig.io.on("new_namespace", (namespace) => made.push(namespace.name));
      const parent = rig.io.of(/^\/tenant-\d+$/);
      parent.use((socket, next) => {
        socket.data.checked = true;
        next();
      });
      const seen: string[] = [];
      parent.on("connection", (socket: ServerSocket) => seen.push(`${socket.nsp.name} ${socket.data.checked}`));
      const one = await rig.link("/tenant-1");
      const two = await rig.link("/tenant-2");
      expect(seen).toEqual(["/tenant-1 true", "/tenant-2 true"]);
      expect(made).toEqual(["/tenant-1", "/tenant-2"]);
      const both = [once(one.client, "all"), once(two.client, "all")];
      parent.emit("all", "here");
      for (const [value] of await Promise.all(both)) expect(value).toBe("here");
      const [error] = await once(rig.client("/tenant-x"), "connect_error");
      expect(error.message).toBe("Invalid namespace");
    });

    test("a function decides with name and auth", async () => {
      const rig = await start();
      const asked: unknown[] = [];
      rig.io.of((name: string, auth: Record<string, unknown>, answer: (error: Error | null, ok: boolean) => void) => {
        asked.push([name, auth]);
        setImmediate(() => answer(null, auth["ok"] === true));
      });
      const { socket } = await rig.link("/dynamic", { auth: { ok: true } });
      expect(socket.nsp.name).toBe("/dynamic");
      const [error] = await once(rig.client("/refused", { auth: { ok: false } }), "connect_error");
      expect(error.message).toBe("Invalid namespace");
      expect(asked).toEqual([
        ["/dynamic", { ok: true }],
        ["/refused", { ok: false }],
      ]);
    });

    recent("empty child namespaces go when asked", async () => {
      const rig = await start({ cleanupEmptyChildNamespaces: true });
      rig.io.of(/^\/room-\w+$/);
      const { client, socket } = await rig.link("/room-a");
      expect(rig.io._nsps.has("/room-a")).toBe(true);
      const gone = once(socket, "disconnect");
      client.disconnect();
      await gone;
      await eventually(() => !rig.io._nsps.has("/room-a"), "the namespace goes");
    });

    test("a query in the namespace belongs to the handshake", async () => {
      const rig = await start();
      rig.io.of("/q");
      const client = rig.client("/q?colour=red");
      await connected(client);
      const [socket] = rig.io.of("/q").sockets.values();
      expect(socket?.handshake.query["colour"]).toBe("red");
    });
  });
});
