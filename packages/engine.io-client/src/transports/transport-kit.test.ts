import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { EnginePacket } from "@halyard/contracts";
import { transportCases, type TransportPair } from "@halyard/conformance";
import { codec } from "@halyard/engine.io-parser";
import { afterAll, beforeAll, describe, test, vi } from "vitest";
import { WebSocket as Ws, WebSocketServer } from "ws";
import { resolveOptions, type Platform } from "../options.ts";
import { Fetch } from "./polling/fetch.ts";
import { NodeXHR } from "./polling/http.node.ts";
import { Transport, type TransportConstructor } from "./transport.ts";
import { WebSocket } from "./websocket/browser.ts";
import { NodeWebSocket } from "./websocket/node.node.ts";

const HANDSHAKE = '{"sid":"s1","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}';
const platform: Platform = { transports: {}, binaryType: "nodebuffer" };

let http: Server;
let sockets: WebSocketServer;
/** Takes the next connection of a client. */
let onPeer: (peer: Peer) => void;

/** The server's end of a transport, as plain as can be. */
abstract class Peer extends Transport {
  override readonly name = "double";
  readonly bufferedBytes = 0;

  constructor() {
    super(resolveOptions("", {}, platform), "s1");
    this.state = "open";
  }

  open(): void {}

  /** Sends what no client may. */
  abstract violate(): void;
}

class WebSocketPeer extends Peer {
  readonly #socket: Ws;

  constructor(socket: Ws) {
    super();
    this.#socket = socket;
    socket.on("message", (data: Buffer, isBinary) => {
      this.receive(() => [codec.decodePacket(isBinary ? data : data.toString())]);
    });
    socket.on("close", () => this.end("transport close"));
  }

  override get writable(): boolean {
    return this.state === "open";
  }

  send(packets: readonly EnginePacket[]): void {
    if (this.writable) for (const packet of packets) this.#socket.send(codec.encodePacket(packet));
  }

  violate(): void {
    this.#socket.send("x");
  }

  close(): void {
    if (this.state === "open") this.state = "closing";
    this.#socket.close();
  }

  protected release(): void {
    this.#socket.close();
  }
}

class PollingPeer extends Peer {
  #poll: ServerResponse | undefined;
  #queue: EnginePacket[] = [];
  #violation = "";

  override get writable(): boolean {
    return this.state === "open";
  }

  onPoll(response: ServerResponse): void {
    if (this.state === "closed") return void response.end("1");
    this.#poll = response;
    this.#flush();
  }

  onPost(body: string): void {
    this.receive(() => codec.decodePayload(body));
  }

  send(packets: readonly EnginePacket[]): void {
    if (!this.writable) return;
    this.#queue.push(...packets);
    this.#flush();
  }

  violate(): void {
    this.#violation = "x";
    this.#flush();
  }

  close(): void {
    if (this.state !== "open") return;
    this.#queue.push({ type: "close" });
    this.state = "closing";
    this.#flush();
  }

  protected release(): void {
    this.#poll?.end("6");
    this.#poll = undefined;
  }

  #flush(): void {
    if (this.#poll === undefined || (this.#queue.length === 0 && this.#violation === "")) return;
    this.#poll.end(this.#violation || codec.encodePayload(this.#queue.splice(0)));
    this.#poll = undefined;
    if (this.state === "closing") this.end("transport close");
  }
}

const pollingPeers = new Map<string, PollingPeer>();

async function onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { searchParams } = new URL(request.url ?? "", "http://localhost");
  const sid = searchParams.get("sid");
  if (sid === null) {
    const peer = new PollingPeer();
    const id = `s${pollingPeers.size}`;
    pollingPeers.set(id, peer);
    response.end(`0${HANDSHAKE.replace("s1", id)}`);
    return onPeer(peer);
  }
  if (request.method === "GET") return pollingPeers.get(sid)?.onPoll(response);
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  pollingPeers.get(sid)?.onPost(Buffer.concat(chunks).toString());
  response.end("ok");
}

beforeAll(async () => {
  http = createServer((request, response) => void onRequest(request, response));
  sockets = new WebSocketServer({ server: http });
  sockets.on("connection", (socket) => {
    socket.send(`0${HANDSHAKE}`);
    onPeer(new WebSocketPeer(socket));
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  vi.stubGlobal("WebSocket", Ws);
});

afterAll(() => {
  vi.unstubAllGlobals();
  sockets.close();
  http.closeAllConnections();
  http.close();
});

async function connect(Implementation: TransportConstructor): Promise<TransportPair> {
  const { port } = http.address() as AddressInfo;
  const peer = new Promise<Peer>((resolve) => (onPeer = resolve));
  const near = new Implementation(resolveOptions(`http://127.0.0.1:${port}`, {}, platform), "");
  const opened = new Promise<void>((resolve, reject) => {
    near.bind({
      onMessage() {},
      onPacket: () => resolve(),
      onWritable() {},
      onClose: (_reason, cause) => reject(cause),
    });
  });
  near.open();
  await opened;
  return { near: await peer, far: near };
}

const implementations = { NodeWebSocket, WebSocket, NodeXHR, Fetch };

for (const [name, Implementation] of Object.entries(implementations))
  describe(name, () => {
    const cases = transportCases({
      connect: () => connect(Implementation),
      violate: ({ near }) => (near as Peer).violate(),
      noticesAbort: Implementation.prototype.name === "websocket",
    });
    for (const { name: title, run } of cases) test(title, run);
  });
