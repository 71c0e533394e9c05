import { once } from "node:events";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { resolveOptions, type ServerOptions } from "../options.ts";
import { ServerContext } from "../server-context.ts";
import { start } from "../server.fixture.ts";
import { WebSocketHost } from "./websocket-engine.ts";

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

function shakeHands(given: ServerOptions, packets: readonly string[]): string[] {
  const options = resolveOptions(given);
  const context = new ServerContext(options, { onLingering: () => {}, onGone: () => {} }, () => {});
  const request = new IncomingMessage(new Socket());
  request.method = "GET";
  Object.assign(request.headers, {
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  });
  const connection = new RecordingConnection();
  new WebSocketHost(options, context.webSocket).accept(request, connection, Buffer.alloc(0), 4, (transport) => {
    for (const data of packets) transport.send([{ type: "open", data }]);
  });
  return connection.calls;
}

test("the answer to the handshake and the first packet leave in one write", () => {
  const calls = shakeHands({}, ["{}"]);
  expect(calls).toHaveLength(1);
  const [head, frame] = calls[0]?.split("\r\n\r\n") ?? [];
  expect([head?.slice(0, 12), frame]).toEqual(["HTTP/1.1 101", "\u0081\u00030{}"]);
});

test.each([{}, { perMessageDeflate: true }])("an answer that nothing follows leaves by itself (%o)", (options) => {
  const calls = shakeHands(options, []);
  expect(calls).toHaveLength(1);
  expect(calls[0]).toMatch(/^HTTP\/1.1 101 [^]*\r\n\r\n$/);
});
