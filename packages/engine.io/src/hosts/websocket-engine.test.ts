import { once } from "node:events";
import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { WebSocketServer } from "ws";
import type { ServerOptions } from "../options.ts";
import { start } from "../server.fixture.ts";

/** Opens a session, exchanges a message, and returns the server's end of the connection. */
async function connection(options: ServerOptions): Promise<{ socket: Socket; close: () => Promise<unknown> }> {
  const running = await start(options);
  running.engine.on("connection", (session) => session.on("message", (data) => session.send(data)));
  const connected = once(running.http, "connection");
  const client = running.connect();
  await once(client, "message");
  const [socket]: Socket[] = await connected;
  if (socket === undefined) throw new Error("no connection");
  client.send("4hello");
  const [echo] = await once(client, "message");
  expect(String(echo)).toBe("4hello");
  const close = (): Promise<unknown> => {
    client.close();
    return once(socket, "close");
  };
  return { socket, close };
}

/** Whether somebody reads in front of the library. */
function isReadBeside(socket: Socket): boolean {
  return socket.rawListeners("data")[0] !== socket.listeners("data")[0];
}

test("a connection is read beside the library, until the library has read enough", async () => {
  const { socket, close } = await connection({});
  expect([socket.listenerCount("data"), isReadBeside(socket)]).toEqual([1, true]);
  await close();
  expect(socket.listenerCount("data")).toBe(0);
});

test.each([
  ["compresses", { perMessageDeflate: true }],
  ["is of another engine", { wsEngine: WebSocketServer }],
])("a connection that %s is the library's alone", async (_what, options) => {
  const { socket, close } = await connection(options);
  expect([socket.listenerCount("data"), isReadBeside(socket)]).toEqual([1, false]);
  await close();
});
