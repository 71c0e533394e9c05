import { fork } from "node:child_process";
import { createServer, IncomingMessage, ServerResponse, type Server as HttpServer } from "node:http";
import { Socket as TcpSocket } from "node:net";
import { join } from "node:path";
import { queryObjects } from "node:v8";
import { Socket as EngineSocket, transports } from "@halyard/engine.io";
import { Server, Socket } from "@halyard/server";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { eventually, once } from "./events.ts";
import { serving } from "./listening.ts";
import { bytesAtRest } from "./memory.ts";

const PER_CYCLE = 100;
const WARM_UP_CYCLES = 3;
const CYCLES = 6;
/**
 * Code that is being optimised, and pools that Node.js refills, come to less. A session and its connection take ten times as
 * much: what they are made of is counted exactly, and `bench/soak` measures bytes over many more.
 */
const MARGIN_BYTES = 1_000;

/** What a connection is made of. */
const KINDS: Readonly<Record<string, unknown>> = {
  EngineSocket,
  PollingTransport: transports.polling,
  WebSocketTransport: transports.websocket,
  Socket,
  TcpSocket,
  IncomingMessage,
  ServerResponse,
  WebSocket,
};

/** How many objects of each kind are reachable. */
function census(): Record<string, number> {
  const count = queryObjects as (constructor: unknown, options: { format: "count" }) => number;
  return Object.fromEntries(Object.entries(KINDS).map(([name, kind]) => [name, count(kind, { format: "count" })]));
}

const resources = (): string[] => process.getActiveResourcesInfo().toSorted();

test.each(["websocket", "polling", "upgrade"])("nothing is kept of sessions that are over (%s)", async (kind) => {
  const host = createServer();
  const io = new Server(host);
  io.on("connection", (socket) => {
    socket.join("room");
    socket.on("ask", (answer: () => void) => answer());
  });
  const port = await serving(host, io);
  const clients = fork(join(import.meta.dirname, "programs/cycles.mjs"), { execArgv: [] });
  onTestFinished(() => void clients.kill("SIGKILL"));
  const cycles = async (cycleCount: number, sessions: number): Promise<void> => {
    for (let cycle = 0; cycle < cycleCount; cycle++) {
      clients.send({ port, kind, count: sessions });
      expect((await once(clients, "message"))[0]).toBe("done");
      await eventually(() => io.engine.clientsCount === 0, "the sessions end");
      await connectionsGone(host);
    }
  };
  const atRest = async (): Promise<number> => {
    await cycles(4, 1); // pools that a crowd has filled are let go
    return bytesAtRest();
  };
  await cycles(WARM_UP_CYCLES, PER_CYCLE);
  const bytes = await atRest();
  const before = { objects: census(), resources: resources() };
  await cycles(CYCLES, PER_CYCLE);
  const kept = (await atRest()) - bytes;
  expect({ objects: census(), resources: resources() }).toEqual(before);
  expect(kept / (CYCLES * PER_CYCLE)).toBeLessThan(MARGIN_BYTES);
});

async function connectionsGone(host: HttpServer): Promise<void> {
  let left = 1;
  const count = (): unknown => host.getConnections((_error, connections) => (left = connections));
  await eventually(() => (count(), left === 0), "the connections end");
}
