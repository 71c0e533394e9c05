import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo, Socket as TcpSocket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { WebSocketServer, type ServerOptions } from "ws";
import { CookieJar } from "../../cookie-jar.ts";
import { resolveOptions, type Platform, type SocketOptions } from "../../options.ts";
import { NodeWebSocket } from "./node.node.ts";

const jar = new CookieJar();
const platform: Platform = { transports: {}, binaryType: "nodebuffer" };

let http: Server;
let sockets: WebSocketServer;
let tcp: TcpSocket;
let headers: IncomingHttpHeaders;
let received: unknown[];
let onReceived: () => void;

afterEach(() => {
  for (const socket of sockets.clients) socket.terminate();
  sockets.close();
  http.close();
});

async function connect(options: SocketOptions = {}, server: ServerOptions = {}): Promise<NodeWebSocket> {
  received = [];
  http = createServer().listen(0, "127.0.0.1");
  await once(http, "listening");
  sockets = new WebSocketServer({ ...server, server: http });
  sockets.on("headers", (lines) => void lines.push("Set-Cookie: server=a"));
  sockets.on("connection", (socket, request) => {
    tcp = request.socket;
    headers = request.headers;
    socket.on("message", (data: Buffer, isBinary) => {
      received.push(isBinary ? data : data.toString());
      onReceived();
    });
  });
  const url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const transport = new NodeWebSocket(resolveOptions(url, options, platform), "s1");
  await new Promise<void>((resolve) => {
    transport.bind({ onMessage() {}, onPacket() {}, onWritable: resolve, onClose() {} });
    transport.open();
  });
  return transport;
}

async function receive(count: number): Promise<unknown[]> {
  await new Promise<void>((resolve) => {
    onReceived = () => void (received.length === count && resolve());
  });
  return received;
}

test("sends what belongs to one task in one write", async () => {
  const transport = await connect();
  let chunks = 0;
  tcp.on("data", () => chunks++);
  for (let index = 0; index < 50; index++) transport.sendMessage(`${index}`, true);
  expect(await receive(50)).toEqual(Array.from({ length: 50 }, (_, index) => `4${index}`));
  expect(chunks).toBe(1);
});

test("reports that it has drained once per task", async () => {
  const transport = await connect();
  let drains = 0;
  const drained = new Promise<void>((resolve) => {
    transport.bind({ onMessage() {}, onPacket() {}, onClose() {}, onWritable: () => resolve(void drains++) });
  });
  transport.send([{ type: "ping" }, { type: "pong" }]);
  transport.sendMessage("x", true);
  await drained;
  await receive(3);
  expect(drains).toBe(1);
});

test("compresses what is long enough, unless told not to", async () => {
  const transport = await connect({}, { perMessageDeflate: true });
  const bytes: number[] = [];
  for (const [length, compress] of [
    [20_000, true],
    [20_000, false],
    [1_000, true],
    [1_024, true],
  ] as const) {
    const before = tcp.bytesRead;
    received.length = 0;
    transport.sendMessage("a".repeat(length), compress);
    await receive(1);
    bytes.push(tcp.bytesRead - before);
  }
  const [long, uncompressed, short, threshold] = bytes;
  expect(long).toBeLessThan(200);
  expect(uncompressed).toBeGreaterThan(20_000);
  expect(short).toBeGreaterThan(1_000);
  expect(threshold).toBeLessThan(200);
});

test("sends binary as base64 when told to", async () => {
  const transport = await connect({ forceBase64: true });
  transport.sendMessage(Buffer.from([1, 2, 3]), true);
  expect(await receive(1)).toEqual(["bAQID"]);
});

test("sends headers and cookies, and keeps the cookies it is given", async () => {
  jar.store(["client=b"]);
  await connect({ cookieJar: jar, extraHeaders: { "x-token": "1" }, protocols: ["chat"] });
  expect(headers).toMatchObject({ cookie: "client=b", "x-token": "1", "sec-websocket-protocol": "chat" });
  expect(jar.header()).toBe("client=b; server=a");
});

test("reports a URL that cannot be connected to, later", async () => {
  const transport = new NodeWebSocket(resolveOptions("", { protocols: ["not a token"] }, platform), "");
  const closed = new Promise((resolve) => {
    transport.bind({ onMessage() {}, onPacket() {}, onWritable() {}, onClose: (...args) => resolve(args) });
  });
  transport.open();
  expect(await closed).toEqual(["transport error", expect.objectContaining({ message: "websocket error" })]);
});
