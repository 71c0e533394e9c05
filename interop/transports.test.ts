import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { transportCases, type TransportPair } from "@halyard/conformance";
import type { Transport } from "@halyard/contracts";
import { Server } from "@halyard/engine.io";
import { Fetch, NodeWebSocket, NodeXHR, Socket, WebSocket } from "@halyard/engine.io-client";
import { afterAll, beforeAll, describe, test, vi } from "vitest";
import { WebSocket as StandardWebSocket } from "ws";
import { once } from "./events.ts";

const host = createServer();
const engine = new Server({ pingInterval: 60_000 });

beforeAll(async () => {
  vi.stubGlobal("WebSocket", StandardWebSocket);
  engine.attach(host);
  host.listen(0, "127.0.0.1");
  await once(host, "listening");
});

afterAll(async () => {
  vi.unstubAllGlobals();
  host.close();
  await engine.close();
});

type Implementation = typeof NodeXHR | typeof NodeWebSocket | typeof Fetch | typeof WebSocket;

/** Opens a session by one transport and takes both ends of that transport away from it. */
async function connect(Base: Implementation): Promise<TransportPair> {
  const made: Transport[] = [];
  class Captured extends (Base as typeof NodeXHR) {
    constructor(...given: ConstructorParameters<typeof NodeXHR>) {
      super(...given);
      made.push(this);
    }
  }
  const connection = once(engine, "connection");
  const { port } = host.address() as AddressInfo;
  const client = new Socket(`http://127.0.0.1:${port}`, { transportImplementations: [Captured], upgrade: false });
  await once(client, "open", { unless: ["error", "close"] });
  const [session] = (await connection) as [{ transport: Transport }];
  const [far] = made;
  if (!far) throw new Error("the client made no transport");
  return { near: session.transport, far };
}

const implementations: [name: string, implementation: Implementation][] = [
  ["long-polling by node:http", NodeXHR],
  ["long-polling by fetch", Fetch],
  ["WebSocket by ws", NodeWebSocket],
  ["WebSocket as browsers have it", WebSocket],
];

for (const [name, implementation] of implementations) {
  describe(`our server's transport × our client's: ${name}`, () => {
    const cases = transportCases({
      connect: () => connect(implementation),
      noticesAbort: implementation.prototype.name === "websocket",
      timeoutMs: 10_000,
    });
    for (const { name: title, run } of cases) test(title, run);
  });
}
