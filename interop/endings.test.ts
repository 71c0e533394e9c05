import { createServer } from "node:http";
import { createServer as createTcpServer, type Socket as NetSocket } from "node:net";
import type { Server, ServerOptions, Socket as ServerSocket } from "socket.io";
import type { Socket as ClientSocket } from "socket.io-client";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocketServer, type WebSocket } from "ws";
import { clientEnds, serverEnds } from "./ends.ts";
import { collect, eventually, once } from "./events.ts";
import { listening, serving } from "./listening.ts";
import { openWebSocket, rawPolling, rawWebSocket } from "./raw.ts";
import { connected, type ClientSettings } from "./rig.ts";

for (const end of serverEnds) {
  describe(`server ${end.name} × peers that fail`, () => {
    async function serve(options: Partial<ServerOptions>): Promise<{ io: Server; port: number }> {
      const host = createServer();
      const io = new end.Server(host, options);
      return { io, port: await serving(host, io) };
    }

    async function expectEmpty(io: Server): Promise<void> {
      await eventually(() => io.engine.clientsCount === 0, "the session is forgotten");
      expect([io.of("/").sockets.size, io.of("/").adapter.rooms.size]).toEqual([0, 0]);
    }

    /** A client that polls, and has begun to upgrade. */
    async function probe(io: Server, port: number) {
      const connection = once(io, "connection");
      const raw = await rawPolling(port);
      await raw.join();
      const [socket] = (await connection) as [ServerSocket];
      return { socket, raw, ...(await sendProbe(port, raw.sid)) };
    }

    async function sendProbe(port: number, sid: string) {
      const opened = await openWebSocket(port, `/socket.io/?EIO=4&transport=websocket&sid=${sid}`);
      opened.ws.send("2probe");
      expect(await opened.next()).toBe("3probe");
      return opened;
    }

    test("a silent WebSocket client ends by ping timeout", async () => {
      const { io, port } = await serve({ pingInterval: 60, pingTimeout: 60 });
      const connection = once(io, "connection");
      const raw = await rawWebSocket(port);
      const first = await raw.join();
      const [socket] = (await connection) as [ServerSocket];
      expect((await once(socket, "disconnect"))[0]).toBe("ping timeout");
      expect([first, await raw.next()]).toContain("2"); // a slow machine may see the ping first
      await raw.closed;
      await expectEmpty(io);
    });

    test("a silent long-polling client ends by ping timeout, whether or not it polls", async () => {
      const { io, port } = await serve({ pingInterval: 100, pingTimeout: 100 });
      for (const polls of [true, false]) {
        const connection = once(io, "connection");
        const raw = await rawPolling(port);
        await raw.post("40");
        const [socket] = (await connection) as [ServerSocket];
        const left = once(socket, "disconnect");
        if (polls) while ((await raw.get()).status === 200);
        expect((await left)[0]).toBe("ping timeout");
        await expectEmpty(io);
      }
    });

    test("pongs keep a session alive, before and after an upgrade; unasked ones change nothing", async () => {
      const { io, port } = await serve({ pingInterval: 250, pingTimeout: 10_000 });
      const connection = once(io, "connection");
      const raw = await rawPolling(port);
      const joined = await raw.join();
      const [socket] = (await connection) as [ServerSocket];
      if (!joined.includes("2")) expect((await raw.get()).body).toBe("2"); // a slow machine may see both at once
      await raw.post("3");
      await raw.post("3\u001e3");
      const { ws, next, closed } = await sendProbe(port, raw.sid);
      const { body } = await raw.get();
      ws.send("5");
      if (body.includes("2")) ws.send("3"); // a ping came between
      for (let beat = 0; beat < 3; beat++) {
        expect(await next()).toBe("2");
        ws.send("3");
      }
      expect(socket.connected).toBe(true);
      const left = once(socket, "disconnect");
      ws.close();
      await closed;
      expect((await left)[0]).toBe("transport close");
      await expectEmpty(io);
    });

    test("a client that joins no namespace is let go", async () => {
      const { io, port } = await serve({ connectTimeout: 50 });
      const raw = await rawWebSocket(port);
      await raw.closed;
      await expectEmpty(io);
    });

    test("an upgrade that never comes to its end is given up, and polling goes on", async () => {
      const { io, port } = await serve({ upgradeTimeout: 50 });
      const { socket, raw, closed } = await probe(io, port);
      await closed;
      const heard = once(socket, "x");
      await raw.post('42["x",1]');
      expect(await heard).toEqual([1]);
      const left = once(socket, "disconnect");
      await raw.post("1");
      expect((await left)[0]).toBe("transport close");
      await expectEmpty(io);
    });

    test("closing waits for an upgrade that the client has stopped polling for", async () => {
      if (!end.ours) return; // the incumbent's own client is then left to its ping timeout
      const { io, port } = await serve({});
      const { socket, raw, ws, next, closed } = await probe(io, port);
      expect((await raw.get()).body).toBe("6");
      socket.emit("last words");
      const left = once(socket, "disconnect");
      const closing = io.close();
      expect((await left)[0]).toBe("server shutting down");
      const other = await fetch(`http://127.0.0.1:${port}/socket.io/?EIO=4&transport=polling`).catch(() => undefined);
      expect(other?.ok ?? false).toBe(false);
      expect(ws.readyState).toBe(ws.OPEN);
      ws.send("5");
      expect(await next()).toBe('42["last words"]');
      expect(await closed).toBe(1001);
      await closing;
      await expectEmpty(io);
    });

    test("closing in every state leaves nothing behind", async () => {
      const host = createServer();
      const io = new end.Server(host, {});
      const port = await listening(host);
      const polling = await rawPolling(port);
      await polling.join();
      const poll = polling.get();
      await eventually(() => [...io.of("/").sockets.values()].some(({ conn }) => conn.transport.writable), "it waits");
      const idle = await rawWebSocket(port);
      await idle.join();
      const unjoined = await rawWebSocket(port);
      await io.close();
      await Promise.all([poll, idle.closed, unjoined.closed]);
      expect(host.listening).toBe(false);
      await expectEmpty(io);
      await io.close();
    });
  });
}

for (const end of clientEnds) {
  describe(`client ${end.name} × peers that fail`, () => {
    const opening = { sid: "x", upgrades: [], pingInterval: 60_000, pingTimeout: 60_000, maxPayload: 1_000_000 };

    /** A server that says what the test wants it to say, over WebSocket. */
    async function scripted(script: (ws: WebSocket) => void, handshake: object = opening): Promise<ClientSocket> {
      const host = createServer();
      const sockets = new WebSocketServer({ server: host });
      onTestFinished(() => {
        for (const ws of sockets.clients) ws.terminate();
        host.close();
      });
      sockets.on("connection", (ws) => {
        ws.send(`0${JSON.stringify(handshake)}`);
        ws.once("message", (message: Buffer) => {
          expect(String(message)).toBe("40");
          ws.send('40{"sid":"y"}');
          script(ws);
        });
      });
      return client(await listening(host), { transports: ["websocket"] });
    }

    function client(port: number, options: ClientSettings): ClientSocket {
      const socket = end.io(`http://127.0.0.1:${port}`, { forceNew: true, reconnection: false, ...options });
      onTestFinished(() => {
        socket.close();
        socket.io.engine?.close();
      });
      return socket;
    }

    test("a server that stops pinging: ping timeout", async () => {
      const socket = await scripted(() => {}, { ...opening, pingInterval: 60, pingTimeout: 60 });
      await connected(socket);
      expect((await once(socket, "disconnect"))[0]).toBe("ping timeout");
    });

    test("pings are answered", async () => {
      const pongs: string[] = [];
      const socket = await scripted((ws) => {
        ws.on("message", (message: Buffer) => {
          pongs.push(String(message));
          if (pongs.length < 3) ws.send("2");
          else ws.send('42["done"]');
        });
        ws.send("2");
      });
      await once(socket, "done");
      expect(pongs).toEqual(["3", "3", "3"]);
    });

    for (const [name, message, reason] of [
      ["a packet of no known type", "4x", "parse error"],
      ["an event that is no array", '42{"a":1}', "parse error"],
      ["cut JSON", '42["x"', "parse error"],
      ["a reserved event", '42["connect"]', "parse error"],
      ["an attachment that nobody announced", Buffer.from([1]), "parse error"],
      ["DISCONNECT", "41", "io server disconnect"],
      ["the end of the session", "1", "transport close"],
      ["a frame of no known type", "x", "transport error"],
    ] as const) {
      if (message === "1" && !end.ours) continue; // the incumbent's client heeds it over long-polling only
      test(`${name}: ${reason}`, async () => {
        const socket = await scripted((ws) => ws.send(message));
        const [given] = await once(socket, "disconnect");
        // Ours calls by its name what the incumbent's client takes for an error of the transport.
        if (message === "x" && end.ours) expect(["parse error", "transport error"]).toContain(given);
        else expect(given).toBe(reason);
      });
    }

    for (const code of [1000, 1001, 1011]) {
      test(`a WebSocket closed with ${code}: transport close`, async () => {
        const socket = await scripted((ws) => ws.close(code));
        expect((await once(socket, "disconnect"))[0]).toBe("transport close");
      });
    }

    test("packets for namespaces it has not joined, and answers nobody waits for, are ignored", async () => {
      const socket = await scripted((ws) => {
        for (const message of ['42/other,["x"]', "43999[1]", '42["done"]']) ws.send(message);
      });
      await once(socket, "done");
      expect(socket.connected).toBe(true);
    });

    test("a server that accepts but never answers: timeout", async () => {
      const connections = new Set<NetSocket>();
      const silent = createTcpServer((connection) => connections.add(connection));
      const port = await listening(silent);
      onTestFinished(() => {
        for (const connection of connections) connection.destroy();
        silent.close();
      });
      for (const transports of [["polling"], ["websocket"]]) {
        const [error] = await once(client(port, { transports, timeout: 80 }), "connect_error");
        expect(error.message).toBe("timeout");
      }
    });

    test("a server that is something else: an error that says which transport failed", async () => {
      const host = createServer((_request, response) => response.writeHead(404).end("nothing here"));
      const port = await listening(host);
      onTestFinished(() => void host.close());
      const [polling] = await once(client(port, { transports: ["polling"] }), "connect_error");
      expect(polling.message).toBe("xhr poll error");
      const [websocket] = await once(client(port, { transports: ["websocket"] }), "connect_error");
      expect(websocket.message).toBe("websocket error");
    });

    describe("where WebSocket is blocked", () => {
      /** A server behind something that cuts off whatever asks for an upgrade. */
      async function behindProxy(): Promise<{ io: Server; port: number }> {
        const host = createServer();
        const [reference] = serverEnds;
        if (!reference) throw new Error("there is no server");
        const io = new reference.Server(host);
        host.removeAllListeners("upgrade");
        host.on("upgrade", (_request, connection) => connection.destroy());
        return { io, port: await serving(host, io) };
      }

      test("a failed upgrade leaves polling as it was", async () => {
        const { io, port } = await behindProxy();
        io.on("connection", (socket) => socket.on("n", (n, answer) => answer(n)));
        const socket = client(port, {});
        const failed = new Promise<void>((resolve) => {
          socket.io.on("open", () => socket.io.engine.on("upgradeError" as never, resolve as never));
        });
        await connected(socket);
        const answers = Promise.all(Array.from({ length: 50 }, (_, n) => socket.emitWithAck("n", n)));
        await failed;
        expect(await answers).toEqual(Array.from({ length: 50 }, (_, n) => n));
        expect(await socket.emitWithAck("n", "after")).toBe("after");
        expect(socket.io.engine.transport.name).toBe("polling");
      });

      test("tryAllTransports falls back to polling", async () => {
        const { port } = await behindProxy();
        const socket = client(port, { transports: ["websocket", "polling"], tryAllTransports: true, upgrade: false });
        await connected(socket);
        expect(socket.io.engine.transport.name).toBe("polling");
      });
    });

    test("every attempt to reconnect to a server that refuses is reported", async () => {
      const host = createServer((_request, response) => response.writeHead(500).end());
      const port = await listening(host);
      onTestFinished(() => void host.close());
      const socket = client(port, { reconnection: true, reconnectionDelay: 1, reconnectionDelayMax: 5 });
      const errors = await collect(socket, "connect_error", 4);
      expect(errors.map(([error]) => error.message)).toEqual(Array.from({ length: 4 }, () => "xhr poll error"));
      socket.io.reconnection(false);
    });
  });
}
