import { connect } from "node:net";
import { WebSocket } from "ws";
import { once } from "./events.ts";

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Writes bytes to a port as they are and reads the one answer until the server closes. */
export async function rawHttp(port: number, bytes: string | Buffer): Promise<RawAnswer> {
  const tcp = connect(port, "127.0.0.1");
  tcp.on("error", () => {});
  tcp.write(bytes);
  const chunks: Buffer[] = [];
  tcp.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(tcp, "close");
  return parseAnswer(Buffer.concat(chunks).toString("latin1"));
}

/** The text of a request that asks for the connection to be closed after it. */
export function requestText(
  method: string,
  target: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: string | Buffer } = {},
): Buffer {
  const bytes = body === undefined ? undefined : Buffer.from(body);
  const fields = {
    host: "127.0.0.1",
    connection: "close",
    ...(bytes ? { "content-length": String(bytes.length) } : {}),
    ...headers,
  };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${head.join("")}\r\n`), bytes ?? Buffer.alloc(0)]);
}

/** The text of a WebSocket handshake. */
export function upgradeText(target: string, headers: Record<string, string> = {}): Buffer {
  return requestText("GET", target, {
    headers: {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      ...headers,
    },
  });
}

/** One masked WebSocket frame, well-formed unless told otherwise. */
export function frame(
  payload: string | Buffer,
  { opcode = typeof payload === "string" ? 1 : 2, bits = 0x80, masked = true } = {},
): Buffer {
  const data = Buffer.from(payload);
  const length = data.length < 126 ? [data.length] : data.length < 65_536 ? [126] : [127];
  const extended = Buffer.alloc(length[0] === 126 ? 2 : length[0] === 127 ? 8 : 0);
  if (extended.length === 2) extended.writeUInt16BE(data.length);
  if (extended.length === 8) extended.writeBigUInt64BE(BigInt(data.length));
  const head = Buffer.from([bits | opcode, (masked ? 0x80 : 0) | (length[0] ?? 0)]);
  if (!masked) return Buffer.concat([head, extended, data]);
  const mask = Buffer.from([0x12, 0x34, 0x56, 0x78]);
  const hidden = data.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([head, extended, mask, hidden]);
}

/** A long-polling session without any intelligence of its own. */
export interface RawPolling {
  readonly sid: string;
  /** Path and query of the session's requests. */
  readonly target: string;
  get(): Promise<{ status: number; body: string }>;
  post(body: string | Buffer, headers?: Record<string, string>): Promise<{ status: number; body: string }>;
  /** Polls until the answer to CONNECT is there; returns everything that came, packet by packet. */
  join(): Promise<string[]>;
}

export async function rawPolling(port: number, eio = 4): Promise<RawPolling> {
  const base = `/socket.io/?EIO=${eio}&transport=polling`;
  const open = await (await fetch(`http://127.0.0.1:${port}${base}`)).text();
  const { sid } = JSON.parse(open.slice(open.indexOf("{"))) as { sid: string };
  const target = `${base}&sid=${sid}`;
  const url = `http://127.0.0.1:${port}${target}`;
  const session: RawPolling = {
    sid,
    target,
    async get() {
      const answer = await fetch(url);
      return { status: answer.status, body: await answer.text() };
    },
    async post(body, headers = {}) {
      const init = { method: "POST", body, headers: { "content-type": "text/plain;charset=UTF-8", ...headers } };
      const answer = await fetch(url, init as RequestInit);
      return { status: answer.status, body: await answer.text() };
    },
    async join() {
      await session.post("40");
      return (await session.get()).body.split("\u001e");
    },
  };
  return session;
}

/** A WebSocket session without any intelligence of its own. */
export interface RawWebSocket {
  readonly ws: WebSocket;
  readonly sid: string;
  send(data: string | Buffer): void;
  /** The next message that has not been taken yet. */
  next(): Promise<string | Buffer>;
  /** Joins the main namespace. */
  join(): Promise<string>;
  readonly closed: Promise<number>;
}

export async function rawWebSocket(port: number): Promise<RawWebSocket> {
  const { ws, next, closed } = await openWebSocket(port, "/socket.io/?EIO=4&transport=websocket");
  const open = String(await next());
  const { sid } = JSON.parse(open.slice(1)) as { sid: string };
  const session: RawWebSocket = {
    ws,
    sid,
    send: (data) => ws.send(data),
    next,
    async join() {
      ws.send("40");
      return String(await next());
    },
    closed,
  };
  return session;
}

/** Opens a WebSocket to any target, for instance that of an upgrade. */
export async function openWebSocket(
  port: number,
  target: string,
): Promise<Pick<RawWebSocket, "ws" | "next" | "closed">> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}${target}`, { perMessageDeflate: false });
  const arrived: (string | Buffer)[] = [];
  let wake: () => void = () => {};
  ws.on("message", (data: Buffer, isBinary) => {
    arrived.push(isBinary ? data : data.toString());
    wake();
  });
  const closed = new Promise<number>((resolve) => ws.once("close", resolve));
  void closed.then(() => wake());
  await once(ws, "open", { unless: ["error"] });
  ws.on("error", () => {});
  return {
    ws,
    closed,
    async next() {
      while (arrived.length === 0) {
        if (ws.readyState === WebSocket.CLOSED) throw new Error("the WebSocket closed before another message came");
        await new Promise<void>((resolve) => (wake = resolve));
      }
      return arrived.shift() as string | Buffer;
    },
  };
}

/** A WebSocket connection whose frames the test writes byte by byte. */
export interface RawFrames {
  write(bytes: Buffer): void;
  /** The code that the server closes with, if it says one. */
  readonly closed: Promise<number | undefined>;
}

/** Shakes hands, then writes frames in one go. */
export async function rawFrames(port: number, target: string, ...frames: readonly Buffer[]): Promise<RawFrames> {
  const tcp = connect(port, "127.0.0.1");
  tcp.on("error", () => {});
  let received = Buffer.alloc(0);
  tcp.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    if (closeCode(received) !== undefined) tcp.destroy();
  });
  const closed = once(tcp, "close").then(() => closeCode(received));
  tcp.write(upgradeText(target));
  await once(tcp, "data");
  tcp.write(Buffer.concat(frames));
  return { write: (bytes) => void tcp.write(bytes), closed };
}

/** The code of the close frame in what a server has sent since the handshake. */
function closeCode(received: Buffer): number | undefined {
  const head = received.indexOf("\r\n\r\n");
  let rest = head < 0 ? Buffer.alloc(0) : received.subarray(head + 4);
  while (rest.length >= 2) {
    const opcode = (rest[0] ?? 0) & 0x0f;
    const short = (rest[1] ?? 0) & 0x7f;
    if (rest.length < (short === 126 ? 4 : 2) + (opcode === 8 ? 2 : 0)) return undefined;
    const [start, length] = short === 126 ? [4, rest.readUInt16BE(2)] : [2, short];
    if (opcode === 8) return rest.readUInt16BE(start);
    rest = rest.subarray(start + length);
  }
  return undefined;
}

function parseAnswer(text: string): RawAnswer {
  const split = text.indexOf("\r\n\r\n");
  const [first = "", ...lines] = text.slice(0, split).split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const body = text.slice(split + 4);
  return { status: Number(first.split(" ")[1]), headers, body: headers["transfer-encoding"] ? unchunk(body) : body };
}

function unchunk(body: string): string {
  let rest = body;
  let whole = "";
  for (;;) {
    const end = rest.indexOf("\r\n");
    const size = Number.parseInt(rest.slice(0, end), 16);
    if (!size) return whole;
    whole += rest.slice(end + 2, end + 2 + size);
    rest = rest.slice(end + 4 + size);
  }
}
