import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  io as ourIo,
  Manager,
  type AuthRequest,
  type ManagerOptions,
  type Socket,
  type SocketOptions,
} from "@halyard/client";
import { io as debugIo } from "@halyard/client/debug";
import { io as websocketIo } from "@halyard/client/websocket";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { serverEnds, type ServerEnd } from "./ends.ts";
import { eventually, once, record } from "./events.ts";
import { serveEnd, type Serving } from "./stock.ts";

/**
 * What users of the incumbent's client are bitten by, shown to do no harm here, whichever server it meets: each test has the
 * number and the words of the symptom. What other tests show already is not here.
 */
type Options = Partial<ManagerOptions & SocketOptions>;

const eager: Options = { reconnectionDelay: 10, reconnectionDelayMax: 50 };

function client({ port }: { readonly port: number }, options: Options = {}, namespace = "/"): Socket {
  const socket = ourIo(`http://127.0.0.1:${port}${namespace}`, { forceNew: true, ...options });
  onTestFinished(() => void socket.disconnect());
  return socket;
}

async function connected(socket: Socket): Promise<Socket> {
  if (!socket.connected) await once(socket, "connect", { unless: ["connect_error"] });
  return socket;
}

function answering({ io }: Serving): void {
  io.on("connection", (socket) => socket.on("echo", (value, reply) => reply(value)));
}

function onBothServers(define: (end: ServerEnd) => void): void {
  describe.each(serverEnds.map((end) => [end.name, end] as const))("server %s", (_, end) => define(end));
}

describe("16: a payload over maxHttpBufferSize disconnects silently", () => {
  onBothServers((end) => {
    test.each(["polling", "websocket"] as const)(
      "it is refused with a code and the connection kept, %s",
      async (transport) => {
        const server = await serveEnd(end, { maxHttpBufferSize: 10_000 });
        answering(server);
        const socket = await connected(client(server, { transports: [transport] }));
        const { id } = socket;
        const tooLarge = expect.objectContaining({ code: "PAYLOAD_TOO_LARGE" });
        expect(() => socket.emit("echo", "x".repeat(10_000))).toThrow(tooLarge);
        await expect(socket.emitWithAck("echo", new Uint8Array(10_001))).rejects.toEqual(tooLarge);
        await expect(socket.emitWithAck("echo", "x".repeat(9_000))).resolves.toHaveLength(9_000);
        expect(socket.id).toBe(id);
      },
    );
  });
});

describe("18: a middleware's rejection and a network failure look alike", () => {
  onBothServers((end) => {
    test("the one has the server's data and is final, the other has a code and is tried again", async () => {
      const server = await serveEnd(end);
      server.io.use((_socket, next) => next(Object.assign(new Error("not you"), { data: { reason: "banned" } })));
      const refused = client(server, eager);
      const [refusal] = await once(refused, "connect_error");
      expect(refusal).toMatchObject({ message: "not you", data: { reason: "banned" }, willRetry: false });
      expect(refusal.code).toBeUndefined();
      expect(refused.active).toBe(false);

      await new Promise<void>((resolve) => server.io.close(() => resolve()));
      const unreachable = client(server, eager);
      const [failure] = await once(unreachable, "connect_error");
      expect(failure).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/), willRetry: true });
      expect(failure.data).toBeUndefined();
      expect(unreachable.active).toBe(true);
      await once(unreachable.io, "reconnect_attempt");
    });
  });
});

describe("19: stale tokens on reconnect", () => {
  onBothServers((end) => {
    test("credentials are asked for each time, asynchronously, with the attempt and the reason", async () => {
      const server = await serveEnd(end);
      const tokens: unknown[] = [];
      server.io.use(({ handshake }, next) => {
        tokens.push(handshake.auth.token);
        next(handshake.auth.token === "fresh 1" ? undefined : new Error("expired"));
      });
      const asked: unknown[] = [];
      const auth = async ({ attempt, reason }: AuthRequest): Promise<object> => {
        asked.push([attempt, reason]);
        await Promise.resolve();
        return { token: reason === undefined ? "stale" : `fresh ${attempt - 1}` };
      };
      const socket = client(server, { ...eager, auth });
      await once(socket, "connect_error");
      socket.connect();
      await connected(socket);
      expect(tokens).toEqual(["stale", "fresh 1"]);
      expect(asked).toEqual([
        [1, undefined],
        [2, "expired"],
      ]);
    });
  });
});

describe("25: mobile sleep", () => {
  onBothServers((end) => {
    test("the first emit after ten frozen minutes is not lost, and arrives once", async () => {
      const server = await serveEnd(end);
      const heard: unknown[] = [];
      server.io.on("connection", (socket) => socket.on("n", (n) => heard.push(n)));
      let sleptMs = 0;
      const socket = client(server, {
        ...eager,
        clock: {
          now: () => Date.now() + sleptMs,
          monotonic: () => performance.now(),
          schedule: (callback, delayMs) => {
            const timer = setTimeout(callback, delayMs);
            return { cancel: () => clearTimeout(timer) };
          },
        },
      });
      await connected(socket);
      sleptMs = 10 * 60_000;
      const gone = once(socket, "disconnect");
      socket.emit("n", 1);
      expect(socket.sendBuffer).toHaveLength(1);
      expect((await gone)[0]).toBe("ping timeout");
      await connected(socket);
      socket.emit("n", 2);
      await eventually(() => heard.length === 2, "both events arrive");
      expect(heard).toEqual([1, 2]);
    });
  });
});

describe("26: WebSocket-first never falls back", () => {
  onBothServers((end) => {
    test("where WebSocket is refused, polling connects", async () => {
      const server = await serveEnd(end);
      answering(server);
      server.http.removeAllListeners("upgrade");
      server.http.on("upgrade", (_request, socket) => socket.destroy());
      const socket = await connected(client(server, { transports: ["websocket", "polling"], reconnection: false }));
      await expect(socket.emitWithAck("echo", 1)).resolves.toBe(1);
      expect(socket.io.engine.transport.name).toBe("polling");
    });
  });
});

describe("33: ESM, CJS, bundlers, size", () => {
  const names = ["io", "connect", "Manager", "Socket", "protocol"];
  const classes = ["Fetch", "NodeWebSocket", "NodeXHR", "WebSocket", "WebTransport", "XHR"];

  /** What both module systems find in the built package. */
  async function load(entry: string, ...flags: string[]): Promise<unknown> {
    const script = `
      const required = require("${entry}");
      import("${entry}").then((module) => console.log(JSON.stringify({
        callable: typeof required, names: Object.keys(required), file: require.resolve("${entry}"),
        missing: Object.keys(module).filter((name) => !(name in required) && name !== "module.exports"),
        isDefault: module.default === module.io, sameSockets: module.NodeWebSocket === module.WebSocket,
      })));`;
    const options = { cwd: import.meta.dirname };
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, "-e", script], options);
    return JSON.parse(stdout);
  }

  test.each([
    ["@halyard/client", [...names, ...classes]],
    ["@halyard/client/debug", [...names, ...classes]],
    ["@halyard/client/websocket", names],
  ])("%s is a function to CommonJS, and has the same names in both module systems", async (entry, expected) => {
    const found = await load(entry);
    expect(found).toMatchObject({ callable: "function", missing: [], isDefault: true });
    expect(found).toHaveProperty("names", expect.arrayContaining(expected));
  });

  test("under the browser condition, too, both module systems find a form without Node's modules", async () => {
    const found = await load("@halyard/client", "-C", "browser");
    expect(found).toMatchObject({ callable: "function", missing: [], isDefault: true, sameSockets: true });
    expect(found).toHaveProperty("file", expect.stringMatching(/browser\.cjs$/));
  });

  onBothServers((end) => {
    test("the entries for debugging and for WebSocket alone connect", async () => {
      const server = await serveEnd(end);
      answering(server);
      for (const io of [debugIo, websocketIo]) {
        const socket = io(`http://127.0.0.1:${server.port}`, { forceNew: true });
        onTestFinished(() => void socket.disconnect());
        await connected(socket);
        await expect(socket.emitWithAck("echo", Buffer.from("bytes"))).resolves.toEqual(Buffer.from("bytes"));
      }
    });
  });
});

describe("34: timed-out or stale buffered events are still sent on reconnect", () => {
  onBothServers((end) => {
    test("an expired, aborted or timed-out event never arrives, and every acknowledgement settles once", async () => {
      const server = await serveEnd(end);
      const heard: unknown[] = [];
      server.io.on("connection", (socket) =>
        socket.on("n", (n, reply) => {
          heard.push(n);
          if (typeof reply === "function") reply(n);
        }),
      );
      const socket = client(server, { ...eager, autoConnect: false });
      const abort = new AbortController();
      const settled = Promise.allSettled([
        socket.ttl(5).emitWithAck("n", 1),
        socket.signal(abort.signal).emitWithAck("n", 2),
        socket.timeout(5).emitWithAck("n", 3),
        socket.ttl(60_000).signal(new AbortController().signal).emitWithAck("n", 4),
      ]);
      socket.ttl(5).emit("n", 5);
      socket.signal(abort.signal).emit("n", 6);
      abort.abort();
      await expect(socket.ttl(5).emitWithAck("n", 7)).rejects.toMatchObject({ code: "EVENT_EXPIRED" });
      await eventually(() => socket.sendBuffer.length <= 3, "what has timed out leaves the buffer");
      socket.connect();
      await connected(socket);
      const codes = (await settled).map((result) =>
        result.status === "fulfilled" ? result.value : Reflect.get(Object(result.reason), "code"),
      );
      expect(codes).toEqual(["EVENT_EXPIRED", "EVENT_ABORTED", "ACK_TIMEOUT", 4]);
      await expect(socket.emitWithAck("n", 8)).resolves.toBe(8);
      expect(heard).toEqual([4, 8]);
    });
  });
});

describe("35: duplicates and order", () => {
  onBothServers((end) => {
    test("text, bytes and blobs keep their order, both ways, across the upgrade", async () => {
      const server = await serveEnd(end);
      const heard: unknown[] = [];
      server.io.on("connection", (socket) =>
        socket.on("n", (n, data) => {
          heard.push(n);
          socket.emit("n", n, data);
        }),
      );
      const socket = client(server);
      const returned = record(socket, "n");
      const forms = [() => "text", () => new Uint8Array(100), () => new Blob(["blob"]), () => ({ a: [1] })];
      for (let n = 0; n < 200; n++) {
        socket.emit("n", n, forms[n % forms.length]?.());
        if (n % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      const all = Array.from({ length: 200 }, (_, n) => n);
      await eventually(() => returned.length >= 200, "everything comes back");
      expect(heard).toEqual(all);
      expect(returned.map(([n]) => n)).toEqual(all);
    });

    test("the debug entry warns of listeners that pile up in connect", async () => {
      const server = await serveEnd(end);
      const warned = vi.spyOn(console, "warn").mockReturnValue();
      onTestFinished(() => warned.mockRestore());
      const socket = debugIo(`http://127.0.0.1:${server.port}`, { forceNew: true });
      onTestFinished(() => void socket.disconnect());
      socket.on("connect", () => socket.on("news", () => {}));
      await connected(socket);
      expect(warned).not.toHaveBeenCalled();
      socket.disconnect().connect();
      await connected(socket);
      expect(warned).toHaveBeenCalledTimes(1);
    });
  });
});

describe("36: client reuse breaks multiplexing", () => {
  onBothServers((end) => {
    test("namespaces that are left and joined again stay on one connection", async () => {
      const server = await serveEnd(end);
      server.io.of("/chat");
      const manager = new Manager(`http://127.0.0.1:${server.port}`);
      const [main, chat] = [manager.socket("/"), manager.socket("/chat")];
      onTestFinished(() => [main, chat].forEach((socket) => socket.disconnect()));
      await Promise.all([connected(main), connected(chat)]);
      const { id } = manager.engine;
      for (let round = 0; round < 10; round++) {
        chat.disconnect();
        await eventually(() => server.io.of("/chat").sockets.size === 0, "the server knows that it left");
        expect(manager.socket("/chat")).toBe(chat);
        await connected(chat);
      }
      expect(manager.engine.id).toBe(id);
      expect(server.io.engine.clientsCount).toBe(1);
      await eventually(() => server.io.of("/chat").sockets.size === 1, "the server knows one socket");
    });
  });
});
