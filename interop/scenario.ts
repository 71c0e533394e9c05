import { createServer, type Server as HttpServer } from "node:http";
import type { Socket as TcpSocket } from "node:net";
import type { Server, Socket as ServerSocket } from "socket.io";
import { expect, onTestFinished } from "vitest";
import type { ServerEnd } from "./ends.ts";
import { listening } from "./listening.ts";

/** What `programs/scenario.js` saw. */
export interface Seen {
  readonly opened: string;
  readonly upgraded: string;
  readonly left: string;
}

/** Starts the server that `programs/scenario.js` talks to, for the length of a test, and returns its URL. */
export async function startScenario(end: ServerEnd, msgpack: boolean): Promise<string> {
  const host = createServer();
  const connections = new Set<TcpSocket>();
  host.on("connection", (connection: TcpSocket) => connections.add(connection));
  const cut = (): void => {
    for (const connection of connections) connection.destroy();
    connections.clear();
  };
  const io = new end.Server(host, { cors: { origin: "*" }, ...(msgpack ? { parser: end.msgpack as never } : {}) });
  io.on("connection", (socket) => serve(io, socket, cut));
  const port = await listening(host);
  onTestFinished(() => stop(io, host, cut));
  return `http://127.0.0.1:${port}`;
}

function serve(io: Server, socket: ServerSocket, cut: () => void): void {
  socket.on("auth", (answer) => answer(socket.handshake.auth));
  socket.on("sum", (a, b, answer) => answer(a + b));
  socket.on("ask me", (number, answer) => socket.emit("double", number, answer));
  socket.on("bytes", (data, answer) => {
    const whole = data.list.every((bytes: unknown) => Buffer.isBuffer(bytes) && bytes.equals(Buffer.of(1, 2, 3)));
    answer(whole ? "whole" : "broken", data);
    socket.emit("bytes", Buffer.of(4, 5), { deep: [Buffer.of(6)] });
  });
  socket.on("join", (room, answer) => {
    void socket.join(room);
    answer();
  });
  socket.on("tell", (room, news) => io.to(room).emit("news", news));
  socket.on("cut", () => {
    // browsers repeat a request by themselves whose connection is cut, so that over polling the client might not notice
    if (socket.conn.transport.name === "polling") socket.conn.close();
    else cut();
  });
}

async function stop(io: Server, host: HttpServer, cut: () => void): Promise<void> {
  const closed = new Promise((resolve) => host.once("close", resolve));
  const closing = io.close();
  cut();
  await closing;
  await closed;
}

/** Fails unless a build saw what every build is to see; `path` names the transports it takes, joined by an arrow. */
export function expectScenario(seen: Seen, path: string): void {
  expect(seen.upgraded === "none" ? seen.opened : `${seen.opened} → ${seen.upgraded}`).toBe(path);
  expect(seen).toMatchObject({
    auth: { name: "é" },
    sum: [3],
    doubled: [42],
    binary: {
      kind: "whole",
      echo: {
        list: [
          [1, 2, 3],
          [1, 2, 3],
        ],
      },
      told: [[4, 5], { deep: [[6]] }],
    },
    room: ["hello"],
    left: expect.stringMatching(/^transport (close|error)$/),
    late: [42],
    sameId: false,
  });
}
