import { createServer, type RequestListener, type Server as HttpServer } from "node:http";
import { connect, type AddressInfo, type Socket as NetSocket } from "node:net";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { ConnectionError } from "./connection-error.ts";
import { Server } from "./server.ts";
import type { AttachOptions } from "./hosts/attach.ts";
import type { ServerOptions } from "./options.ts";
import type { Socket } from "./socket.ts";

/** An engine on a free port, with what it told; ends with the test. */
export interface Running {
  readonly engine: Server;
  readonly http: HttpServer;
  readonly port: number;
  readonly refused: ConnectionError[];
  readonly closings: string[];
  /** The target of a request. */
  path(query: string): string;
  fetch(query: string, init?: RequestInit): Promise<Response>;
  /** The body of an answer. */
  fetchText(query: string): Promise<string>;
  /** Opens a session over long-polling and returns its id. */
  open(protocol?: 3 | 4): Promise<string>;
  connect(query?: string): TestWebSocket;
  /** Sends raw bytes and returns what comes back until the server closes, or until the pattern is there. */
  raw(bytes: string | Buffer, until?: RegExp): Promise<string>;
  session(sid: string): Socket;
}

export async function start(options: ServerOptions & AttachOptions = {}, listener?: RequestListener): Promise<Running> {
  const http = createServer();
  if (listener !== undefined) http.on("request", listener);
  const engine = new Server(options);
  engine.attach(http, options);
  const refused: ConnectionError[] = [];
  const closings: string[] = [];
  engine.on("connection_error", (error) => refused.push(error));
  engine.on("connection", (socket) => socket.on("close", (reason) => closings.push(reason)));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  onTestFinished(async () => {
    const closed = engine.close();
    http.closeAllConnections();
    await Promise.all([closed, new Promise((resolve) => http.close(resolve))]);
  });
  const path = (query: string): string => `/engine.io/?${query}`;
  const running: Running = {
    engine,
    http,
    port,
    refused,
    closings,
    path,
    fetch: (query, init) => fetch(`http://127.0.0.1:${port}${path(query)}`, init),
    fetchText: async (query) => (await running.fetch(query)).text(),
    async open(protocol = 4) {
      const response = await running.fetch(`EIO=${protocol}&transport=polling&b64=1`);
      const body = await response.text();
      const handshake: { sid: string } = JSON.parse(body.slice(body.indexOf("{")));
      return handshake.sid;
    },
    connect: (query = "EIO=4&transport=websocket") => new TestWebSocket(`ws://127.0.0.1:${port}${path(query)}`),
    raw: (bytes, until) => exchange(connect(port, "127.0.0.1"), bytes, until),
    session(sid) {
      const socket = engine.clients[sid];
      if (socket === undefined) throw new Error(`no session ${sid}`);
      return socket;
    },
  };
  return running;
}

/** A WebSocket client that keeps what it gets. */
export class TestWebSocket extends WebSocket {
  readonly received: (string | Buffer)[] = [];
  readonly closed: Promise<number>;
  #wake: () => void = () => {};

  constructor(url: string, options: WebSocket.ClientOptions = {}) {
    super(url, options);
    this.on("message", (data: Buffer, isBinary: boolean) => {
      this.received.push(isBinary ? data : data.toString());
      this.#wake();
    });
    this.on("error", () => {});
    this.closed = new Promise((resolve) => this.once("close", resolve));
  }

  async opened(): Promise<this> {
    if (this.readyState === WebSocket.CONNECTING) await new Promise((resolve) => this.once("open", resolve));
    return this;
  }

  /** Waits for a number of messages, counted from the start. */
  async receive(count: number): Promise<(string | Buffer)[]> {
    while (this.received.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.received.slice(0, count);
  }
}

function exchange(socket: NetSocket, bytes: string | Buffer, until: RegExp | undefined): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const finish = (): void => {
      socket.destroy();
      resolve(text);
    };
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (until?.test(text) === true) finish();
    });
    socket.on("error", finish).on("close", finish);
    socket.write(bytes);
  });
}

/** The head of a request, and its body. */
export function request(method: string, target: string, headers: Record<string, string> = {}, body = ""): string {
  const all: Record<string, string> = { Host: "localhost", ...headers };
  if (body !== "") all["Content-Length"] ??= String(Buffer.byteLength(body));
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}

/** Headers of a WebSocket handshake. */
export const UPGRADE_HEADERS: Readonly<Record<string, string>> = {
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
};
