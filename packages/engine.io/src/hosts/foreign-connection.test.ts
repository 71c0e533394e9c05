import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { WebSocketServer, type WebSocket } from "ws";
import type { EngineWebSocketLike, WebSocketEngine } from "../options.ts";
import { start } from "../server.fixture.ts";

/** A connection that can no more than the least of the engines in use. */
function bare(ws: WebSocket): EngineWebSocketLike {
  return {
    get readyState() {
      return ws.readyState;
    },
    send: (data, options, onSent) => ws.send(data, options, onSent),
    close: (code) => ws.close(code),
    on(event: string, listener: (...args: never[]) => void) {
      if (event !== "message") return ws.on(event, listener as () => void);
      return ws.on("message", (data: Buffer, isBinary) => {
        const content = isBinary ? Uint8Array.from(data).buffer : data.toString();
        (listener as (data: unknown, isBinary: boolean) => void)(content, isBinary);
      });
    },
  };
}

class BareEngine implements WebSocketEngine {
  readonly #server = new WebSocketServer({ noServer: true });

  handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    onConnection: (connection: EngineWebSocketLike) => void,
  ): void {
    this.#server.handleUpgrade(request, socket, head, (ws) => onConnection(bare(ws)));
  }
}

test("an engine without pauses carries sessions, whose share of a turn is limited all the same", async () => {
  const running = await start({ wsEngine: BareEngine, maxPacketsPerTurn: 2 });
  const received: unknown[] = [];
  running.engine.on("connection", (socket) => {
    socket.on("message", (message) => {
      received.push(message);
      if (received.length === 6) socket.send("all");
    });
  });
  const client = await running.connect().opened();
  for (let count = 0; count < 5; count++) client.send(`4${count}`);
  client.send(Buffer.from([1, 2]));
  expect((await client.receive(2))[1]).toBe("4all");
  expect(received).toEqual(["0", "1", "2", "3", "4", Buffer.from([1, 2])]);
  const [session] = Object.values(running.engine.clients);
  expect(session?.remoteAddress).toBe("127.0.0.1");
  session?.close();
  await client.closed;
  expect(running.closings).toEqual(["forced close"]);
});

test("a connection of such an engine is closed where it cannot be ended", async () => {
  const running = await start({ wsEngine: BareEngine, pingInterval: 20, pingTimeout: 20 });
  const client = await running.connect().opened();
  await client.closed;
  expect(running.closings).toEqual(["ping timeout"]);
});
