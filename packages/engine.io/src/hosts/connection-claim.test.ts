import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { WebSocketServer } from "ws";
import { Server } from "../server.ts";
import { request, start, UPGRADE_HEADERS, type Running } from "../server.fixture.ts";
import { clientFrame } from "../transports/client-frame.fixture.ts";

type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Everything that a client gets for a handshake until the connection is closed. */
async function answerTo(running: Running, query = "EIO=4&transport=websocket"): Promise<string> {
  return running.raw(request("GET", running.path(query), UPGRADE_HEADERS));
}

function countHandshakes(answer: string): number {
  return answer.split("HTTP/1.1 101").length - 1;
}

/** What the application was told of connections that two took for theirs. */
function claimsOf({ engine, refused }: Running): () => unknown {
  const errors: unknown[] = [];
  engine.on("error", (error: unknown) => errors.push(error));
  return () => ({ refused: refused.map(({ code, context }) => [code, context["name"]]), errors });
}

const TOLD = {
  refused: [[3, "CONNECTION_TAKEN"]],
  errors: [expect.objectContaining({ code: "CONNECTION_TAKEN" })],
};

/** Another server of WebSockets, which takes every path. */
function anotherServer(): Upgrade {
  const other = new WebSocketServer({ noServer: true });
  onTestFinished(() => other.close());
  return (message, socket, head) => other.handleUpgrade(message, socket, head, (peer) => peer.on("error", () => {}));
}

test("another WebSocket server that comes after: one handshake, and the connection is closed", async () => {
  const running = await start();
  const told = claimsOf(running);
  running.http.on("upgrade", anotherServer());
  expect(countHandshakes(await answerTo(running))).toBe(1);
  expect(told()).toEqual(TOLD);
});

test("another WebSocket server that comes first: one handshake, and the connection is closed", async () => {
  const running = await start();
  const told = claimsOf(running);
  running.http.prependListener("upgrade", anotherServer());
  expect(countHandshakes(await answerTo(running))).toBe(1);
  expect([told(), running.engine.clientsCount]).toEqual([TOLD, 0]);
});

test.each(["comes first", "comes after"])("another WebSocket server that %s, while ours decides", async (when) => {
  const running = await start({ allowRequest: (_message, callback) => void setImmediate(() => callback(null, true)) });
  const told = claimsOf(running);
  if (when === "comes first") running.http.prependListener("upgrade", anotherServer());
  else running.http.on("upgrade", anotherServer());
  expect(countHandshakes(await answerTo(running))).toBe(when === "comes first" ? 1 : 0);
  expect([told(), running.engine.clientsCount]).toEqual([TOLD, 0]);
});

test("two engines with the same path: neither a second handshake nor an answer inside of a WebSocket", async () => {
  const running = await start();
  const second = new Server();
  const told = claimsOf({ ...running, engine: second });
  onTestFinished(() => void second.close());
  second.attach(running.http);
  expect(countHandshakes(await answerTo(running))).toBe(1);
  expect(told()).toMatchObject({ errors: TOLD.errors });
  const answer = await answerTo(running, "EIO=4&transport=websocket&sid=unknown");
  expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n[^]*Session ID unknown$/);
});

test("the same engine attached twice", async () => {
  const running = await start();
  const told = claimsOf(running);
  running.engine.attach(running.http);
  expect(countHandshakes(await answerTo(running))).toBe(1);
  expect(told()).toEqual(TOLD);
});

test("a connection that the application hands over twice", async () => {
  const running = await start();
  const told = claimsOf(running);
  running.http.removeAllListeners("upgrade");
  running.http.on("upgrade", (message, socket, head) => {
    running.engine.handleUpgrade(message, socket, head);
    running.engine.handleUpgrade(message, socket, head);
  });
  expect(countHandshakes(await answerTo(running))).toBe(1);
  expect(told()).toEqual(TOLD);
});

test("a refusal is not written into the WebSocket of another", async () => {
  const running = await start({ allowRequest: (_message, callback) => callback("no", false) });
  running.engine.on("error", () => {});
  running.http.prependListener("upgrade", anotherServer());
  const answer = await answerTo(running);
  expect([countHandshakes(answer), answer.includes("400")]).toEqual([1, false]);
});

test("other listeners of `upgrade` that mind their own paths change nothing", async () => {
  const running = await start();
  const told = claimsOf(running);
  running.engine.on("connection", (session) => session.on("message", (data) => session.send(data)));
  running.http.on("upgrade", (message, socket) => {
    if (message.url === "/other") socket.end("HTTP/1.1 404 Not Found\r\n\r\n");
  });
  const client = running.connect();
  await once(client, "message");
  client.send("4hello");
  expect((await client.receive(2))[1]).toBe("4hello");
  client.close();
  expect(await client.closed).toBe(1_005);
  expect(await running.raw(request("GET", "/other", UPGRADE_HEADERS))).toMatch(/^HTTP\/1.1 404 /);
  expect(told()).toEqual({ refused: [], errors: [] });
});

test.each([
  ["headers", "ends", (socket: Duplex) => socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n")],
  ["initial_headers", "ends", (socket: Duplex) => socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n")],
  ["headers", "destroys", (socket: Duplex) => socket.destroy()],
] as const)("a listener of `%s` that %s the connection: what came along is not processed", async (event, how, end) => {
  const running = await start();
  const messages: unknown[] = [];
  const ends: unknown[] = [];
  running.engine.on(event, (_headers, message) => void end(message.socket));
  running.engine.on("connection", (session) => {
    session.on("message", (data) => messages.push(data));
    session.on("close", (...args) => ends.push(args));
  });
  const opening = request("GET", running.path("EIO=4&transport=websocket"), UPGRADE_HEADERS);
  const answer = await running.raw(Buffer.concat([Buffer.from(opening), clientFrame(Buffer.from("4hello"))]));
  expect(answer).toBe(how === "ends" ? "HTTP/1.1 401 Unauthorized\r\n\r\n" : "");
  expect(ends).toEqual([["transport error", expect.objectContaining({ code: "CONNECTION_ENDED" })]]);
  expect([messages, running.engine.clientsCount]).toEqual([[], 0]);
});
