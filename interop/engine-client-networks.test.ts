import { execFile } from "node:child_process";
import { createServer as createHttpServer } from "node:http";
import { connect as connectTcp, createServer as createTcpServer, type Socket as TcpSocket } from "node:net";
import { promisify } from "node:util";
import { Fetch, Socket, SocketWithoutUpgrade, NodeWebSocket, type SocketOptions } from "@halyard/engine.io-client";
import { describe, expect, onTestFinished, test } from "vitest";
import { engineEnds, startEngine, type EngineEnd, type EngineRig, type EngineSettings } from "./engine-rig.ts";
import { listening } from "./listening.ts";

/** Opens a socket that ends with the test. */
function open(port: number, options: SocketOptions = {}): Socket {
  const socket = new Socket(`http://127.0.0.1:${port}`, options);
  onTestFinished(() => void socket.close(true));
  return socket;
}

function event(socket: Socket, name: Parameters<Socket["once"]>[0]): Promise<any[]> {
  return new Promise((resolve) => void socket.once(name, (...args: unknown[]) => resolve(args)));
}

function echo(end: EngineEnd, settings?: EngineSettings): Promise<EngineRig> {
  return startEngine(end, settings, {
    prepare: (engine) => void engine.on("connection", (it) => it.on("message", (data: string) => it.send(data))),
  });
}

/**
 * A proxy that lets requests through and does with WebSocket what proxies do: answers as if it were a plain request, cuts
 * the connection, or keeps it waiting for ever.
 */
async function proxy(upstream: number, withWebSocket: "answer" | "cut" | "swallow"): Promise<number> {
  const connections = new Set<TcpSocket>();
  const server = createTcpServer((client) => {
    connections.add(client);
    client.on("error", () => client.destroy());
    client.once("data", (head) => {
      if (!/upgrade: websocket/i.test(head.toString())) {
        const through = connectTcp(upstream, "127.0.0.1");
        connections.add(through);
        through.on("error", () => client.destroy());
        client.on("close", () => through.destroy());
        through.write(head);
        client.pipe(through).pipe(client);
      } else if (withWebSocket === "answer") client.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
      else if (withWebSocket === "cut") client.destroy();
    });
  });
  onTestFinished(() => {
    server.close();
    for (const connection of connections) connection.destroy();
  });
  return listening(server);
}

for (const end of engineEnds)
  describe(`server ${end.name}`, () => {
    test.each(["answer", "cut", "swallow"] as const)(
      "pitfall 26: WebSocket first falls back to polling where a proxy blocks it (%s)",
      async (way) => {
        const { port } = await echo(end);
        const socket = open(await proxy(port, way), { transports: ["websocket", "polling"], fallbackTimeout: 500 });
        const failures = event(socket, "error");
        expect(await Promise.race([event(socket, "open"), failures])).toEqual([]);
        expect(socket.transport.name).toBe("polling");
        socket.send("through");
        expect(await event(socket, "message")).toEqual(["through"]);
      },
    );

    test.each(["answer", "cut"] as const)(
      "a session stays with polling where a proxy blocks WebSocket (%s)",
      async (way) => {
        const { port } = await echo(end);
        const socket = open(await proxy(port, way));
        const [error] = await event(socket, "upgradeError");
        expect(error).toMatchObject({
          code: "PROBE_ERROR",
          transport: "websocket",
          description: { code: "WEBSOCKET_ERROR" },
        });
        socket.send("still here");
        expect(await event(socket, "message")).toEqual(["still here"]);
      },
    );

    test.each(["polling", "websocket"])(
      "pitfall 16: over %s, what is too long is refused, and the session goes on",
      async (name) => {
        const { port } = await echo(end, { maxHttpBufferSize: 1_000 });
        const socket = open(port, { transports: [name] });
        await event(socket, "open");
        expect(() => socket.send("x".repeat(1_000))).toThrow(expect.objectContaining({ code: "PAYLOAD_TOO_LARGE" }));
        const longest = "x".repeat(999);
        socket.send(longest);
        expect(await event(socket, "message")).toEqual([longest]);
        expect(socket.readyState).toBe("open");
      },
    );

    test("pitfall 17: a session of another node, as behind a balancer that does not stick", async () => {
      const [one, other] = [await echo(end), await echo(end)];
      let requests = 0;
      const balancer = createTcpServer((client) => {
        const through = connectTcp(requests++ === 0 ? one.port : other.port, "127.0.0.1");
        for (const [from, to] of [
          [client, through],
          [through, client],
        ] as const) {
          from.on("error", () => to.destroy());
          from.pipe(to);
        }
      });
      const port = await listening(balancer);
      onTestFinished(() => void balancer.close());
      // every request on a connection of its own
      const socket = open(port, { transports: ["polling"], extraHeaders: { connection: "close" } });
      const [error] = await event(socket, "error");
      expect(error).toMatchObject({ message: "xhr poll error", code: "SESSION_ID_UNKNOWN", description: 400 });
    });

    test.each([
      ["polling", "xhr poll error", "HTTP_404"],
      [Fetch, "fetch read error", "HTTP_404"],
      ["websocket", "websocket error", "WEBSOCKET_ERROR"],
    ])("pitfall 17: a wrong path over %s", async (transport, message, code) => {
      const { port } = await startEngine(
        end,
        {},
        { listener: (_request, response) => void response.writeHead(404).end() },
      );
      const socket = open(port, { transports: [transport], path: "/nowhere" });
      const [error] = await event(socket, "error");
      expect(error).toMatchObject({ message, code });
    });

    test("keeps cookies when told to, over both transports, and drops those that expire", async () => {
      const rig = await startEngine(
        end,
        {},
        {
          prepare: (engine) =>
            void engine.on("initial_headers", (headers: Record<string, string[]>) => {
              headers["set-cookie"] = ["node=a; Path=/", "gone=b; max-age=0"];
            }),
        },
      );
      const seen: unknown[] = [];
      rig.engine.on("headers", (_headers, request) => void seen.push(request.headers.cookie));
      const socket = open(rig.port, { withCredentials: true });
      await event(socket, "upgrade");
      expect(new Set(seen)).toEqual(new Set([undefined, "node=a"]));
      const forgetful = open(rig.port);
      seen.length = 0;
      await event(forgetful, "upgrade");
      expect(new Set(seen)).toEqual(new Set([undefined]));
    });

    test("speaks one transport and never leaves it, where told so", async () => {
      const { port } = await echo(end);
      const socket = new SocketWithoutUpgrade(`ws://127.0.0.1:${port}`, { transports: [NodeWebSocket] });
      onTestFinished(() => void socket.close(true));
      const answer = new Promise((resolve) => void socket.on("message", resolve));
      socket.send("hello");
      expect(await answer).toBe("hello");
      expect(socket.transport.name).toBe("websocket");
    });
  });

test.each(["polling", "websocket"])("autoUnref lets a process end that has nothing else to do (%s)", async (name) => {
  const [, end] = engineEnds;
  if (!end) throw new Error("there is nothing to test");
  const { port } = await echo(end);
  const program = `
    import { Socket } from "@halyard/engine.io-client";
    const waiting = setTimeout(() => process.exit(1), 60_000);
    const socket = new Socket("http://127.0.0.1:${port}", { transports: ["${name}"], autoUnref: true });
    socket.on("open", () => { console.log("open"); clearTimeout(waiting); });
  `;
  const options = { cwd: import.meta.dirname, timeout: 50_000 };
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], options);
  expect(stdout).toBe("open\n");
});

test("a request that takes too long says so", async () => {
  const http = createHttpServer(() => {});
  const port = await listening(http);
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  for (const transport of ["polling", Fetch]) {
    const [error] = await event(open(port, { transports: [transport], requestTimeout: 200 }), "error");
    expect(error).toMatchObject({ code: "REQUEST_TIMEOUT" });
  }
});
