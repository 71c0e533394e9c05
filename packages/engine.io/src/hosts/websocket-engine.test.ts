import { once } from "node:events";
import { IncomingMessage } from "node:http";
import { connect, Socket } from "node:net";
import { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { resolveOptions, type ServerOptions } from "../options.ts";
import { ServerContext } from "../server-context.ts";
import { request, start, UPGRADE_HEADERS, type Running, type TestWebSocket } from "../server.fixture.ts";
import { clientFrame } from "../transports/client-frame.fixture.ts";
import { readFrames } from "../transports/frame-reader.fixture.ts";
import type { WebSocketTransport } from "../transports/websocket.ts";
import { WebSocketHost } from "./websocket-engine.ts";

/** Opens a session, exchanges a message, and returns the server's end of the connection. */
async function connection(options: ServerOptions): Promise<{
  readonly socket: Socket;
  readonly running: Running;
  readonly client: TestWebSocket;
  readonly close: () => Promise<unknown>;
}> {
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
  return { socket, running, client, close };
}

/** Who reads a connection: we, the library, or we in front of the library. */
function readerOf(socket: Socket): "ours" | "library" | "both" {
  expect(socket.listenerCount("data")).toBe(1);
  if (socket.rawListeners("data")[0] !== socket.listeners("data")[0]) return "both";
  return socket.listeners("data")[0] === libraryListener() ? "library" : "ours";
}

/** What the library listens with, to any connection. */
function libraryListener(): unknown {
  const stream = new Duplex({ read() {}, write: (_chunk, _encoding, onWritten) => onWritten() });
  new WebSocketServer({ noServer: true }).handleUpgrade(handshake(), stream, Buffer.alloc(0), () => {});
  return stream.listeners("data")[0];
}

function handshake(): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.method = "GET";
  Object.assign(request.headers, {
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  });
  return request;
}

test("the library takes no part in a connection with nothing but whole messages and a goodbye", async () => {
  const { socket, running, client } = await connection({});
  expect(readerOf(socket)).toBe("ours");
  const isGone = once(socket, "close");
  client.close(4_001, "é");
  expect(await client.closed).toBe(4_001);
  await isGone;
  expect([socket.listenerCount("data"), running.closings]).toEqual([0, ["transport close"]]);
});

test("the library is called for what only it does, and we go on reading in front of it", async () => {
  const { socket, running, client, close } = await connection({});
  const pong = once(client, "pong");
  client.ping("are you there");
  expect(String((await pong)[0])).toBe("are you there");
  expect(readerOf(socket)).toBe("both");
  client.send("4again");
  expect(await client.receive(3)).toEqual([expect.any(String), "4hello", "4again"]);
  await close();
  expect([socket.listenerCount("data"), running.closings]).toEqual([0, ["transport close"]]);
});

test.each([
  ["a code that nobody may send", Buffer.of(0x03, 0xed)],
  ["a reason that is not UTF-8", Buffer.of(0x03, 0xe8, 0xff)],
])("a goodbye with %s is refused by the library", async (_what, payload) => {
  const running = await start({});
  const reasons: unknown[] = [];
  running.engine.on("connection", (session) => session.on("close", (reason) => reasons.push(reason)));
  const socket = connect(running.port, "127.0.0.1");
  socket.write(request("GET", running.path("EIO=4&transport=websocket"), UPGRADE_HEADERS));
  await once(socket, "data");
  socket.write(clientFrame(payload, { opcode: 8 }));
  const [answer]: Buffer[] = await once(socket, "data");
  expect(readFrames(answer ?? Buffer.alloc(0)).map(({ opcode }) => opcode)).toEqual([8]);
  expect(answer?.readUInt16BE(2)).toBe(payload.length > 2 ? 1_007 : 1_002);
  socket.end();
  await once(socket, "close");
  expect(reasons).toEqual(["transport error"]);
});

test("a client that ends the connection without a goodbye is answered alike", async () => {
  const running = await start({});
  const opened = once(running.engine, "connection");
  const socket = connect(running.port, "127.0.0.1");
  socket.write(request("GET", running.path("EIO=4&transport=websocket"), UPGRADE_HEADERS));
  await opened;
  socket.resume().end();
  await once(socket, "close");
  expect(running.closings).toEqual(["transport close"]);
});

test("a handshake with something to negotiate, or to refuse, is the library's", async () => {
  const { socket: compressing, close } = await connection({ perMessageDeflate: true });
  expect(readerOf(compressing)).toBe("library");
  await close();
  const other = await connection({ wsEngine: WebSocketServer });
  expect(readerOf(other.socket)).toBe("library");
  await other.close();
  const running = await start({});
  const target = running.path("EIO=4&transport=websocket");
  const headers = { ...UPGRADE_HEADERS, "Sec-WebSocket-Protocol": "chat, talk" };
  expect(await running.raw(request("GET", target, headers), /\r\n\r\n/)).toMatch(/Sec-WebSocket-Protocol: chat\r\n/);
  for (const [name, value] of [
    ["Sec-WebSocket-Key", "short"],
    ["Sec-WebSocket-Version", "7"],
    ["Sec-WebSocket-Protocol", "a,,b"],
  ] as const)
    expect(await running.raw(request("GET", target, { ...UPGRADE_HEADERS, [name]: value }))).toMatch(/^HTTP\/1.1 400 /);
});

test("where others listen to the connection as well, the library reads alone", async () => {
  const host = createHost({});
  const stream = new RecordingConnection();
  stream.on("data", () => {});
  host.accept(handshake(), stream, Buffer.alloc(0), 4, () => {});
  expect(stream.listeners("data")[1]).toBe(libraryListener());
});

/** A connection that records what each system call would take. */
class RecordingConnection extends Duplex {
  readonly calls: string[] = [];
  bytesWritten = 0;
  bytesRead = 0;

  constructor() {
    super({ decodeStrings: false });
  }

  override _read(): void {}

  override _write(chunk: string | Buffer, encoding: BufferEncoding, onWritten: () => void): void {
    this._writev([{ chunk, encoding }], onWritten);
  }

  override _writev(chunks: { chunk: string | Buffer; encoding: BufferEncoding }[], onWritten: () => void): void {
    const parts = chunks.map(({ chunk, encoding }) =>
      typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk,
    );
    const call = Buffer.concat(parts);
    this.bytesWritten += call.byteLength;
    this.calls.push(call.toString("latin1"));
    onWritten();
  }
}

function createHost(given: ServerOptions): WebSocketHost {
  const options = resolveOptions(given);
  return new WebSocketHost(
    options,
    new ServerContext(options, { onLingering: () => {}, onGone: () => {} }, () => {}).webSocket,
  );
}

/** A connection whose peer takes nothing until it is told to. */
class SlowConnection extends RecordingConnection {
  #release: () => void = () => {};

  release(): void {
    this.#release();
  }

  override _writev(chunks: { chunk: string | Buffer; encoding: BufferEncoding }[], onWritten: () => void): void {
    super._writev(chunks, () => (this.#release = onWritten));
  }
}

test("what is unsent still leaves when a session is closed after its client has ended the connection", async () => {
  const stream = new SlowConnection();
  const ended = once(stream, "end");
  const [transport] = await new Promise<WebSocketTransport[]>((resolve) => {
    createHost({}).accept(handshake(), stream, Buffer.alloc(0), 4, (made) => resolve([made]));
  });
  stream.push(null);
  await ended;
  transport?.close();
  expect([stream.writableLength > 0, stream.destroyed]).toEqual([true, false]);
  const finished = once(stream, "finish");
  stream.release();
  await finished;
});

async function shakeHands(given: ServerOptions, packets: readonly string[]): Promise<string[]> {
  const connection = new RecordingConnection();
  createHost(given).accept(handshake(), connection, Buffer.alloc(0), 4, (transport) => {
    for (const data of packets) transport.send([{ type: "open", data }]);
  });
  await new Promise((resolve) => setImmediate(resolve));
  return connection.calls;
}

test("the answer to the handshake and the first packet leave in one write", async () => {
  const calls = await shakeHands({}, ["{}"]);
  expect(calls).toHaveLength(1);
  const [head, frame] = calls[0]?.split("\r\n\r\n") ?? [];
  expect(head?.split("\r\n")).toEqual([
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", // the example of RFC 6455, section 1.3
  ]);
  expect(frame).toBe("\u0081\u00030{}");
});

test.each([{}, { perMessageDeflate: true }])(
  "an answer that nothing follows leaves by itself (%o)",
  async (options) => {
    const calls = await shakeHands(options, []);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatch(/^HTTP\/1.1 101 [^]*\r\n\r\n$/);
  },
);
