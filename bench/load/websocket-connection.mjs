// One Socket.IO client over a raw TCP socket: just enough HTTP, WebSocket and Engine.IO to cost the generator little.
import net from "node:net";
import { frame, walk } from "./frames.mjs";

const readBuffer = Buffer.allocUnsafeSlow(1 << 20); // shared: every read is consumed before the next one
const PONG = frame("3");
const CLOSE = frame(Buffer.from([3, 232]), 8);
const HEADERS = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "User-Agent: bench/1.0",
  "Origin: http://127.0.0.1",
  "Accept-Encoding: gzip, deflate, br",
  "Accept-Language: en-US,en;q=0.9",
  "Cache-Control: no-cache",
  "Pragma: no-cache",
].join("\r\n");

const CONNECTING = 0;
const UPGRADING = 1;
const HANDSHAKING = 2;
const JOINING = 3;
const OPEN = 4;
const CLOSED = 5;

export class WebSocketConnection {
  /** Called for each message frame: (connection, buffer, start, end, isBinary, now). */
  onMessage = undefined;
  /** Called after each read, once its frames have been handled: (connection, now). */
  onRead = undefined;
  #state = CONNECTING;
  #rest = undefined;

  constructor(options) {
    this.options = options;
    this.socket = net.connect({
      host: "127.0.0.1",
      port: options.port,
      localAddress: options.localAddress,
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (length, buffer) => {
          this.#read(buffer, length);
          return true;
        },
      },
    });
    this.socket.on("connect", () => this.#upgrade());
    this.socket.on("error", (error) => this.#end(error));
    this.socket.on("close", () => this.#end(new Error("the server closed the connection")));
  }

  send(text) {
    this.socket.write(frame(text));
  }

  write(frames) {
    this.socket.write(frames);
  }

  /** Closes with a WebSocket close frame; the server ends the TCP connection. */
  finish() {
    if (this.#state === CLOSED) return;
    this.socket.write(CLOSE);
    this.#state = CLOSED;
    this.onMessage = this.onRead = undefined;
  }

  destroy() {
    this.#state = CLOSED;
    this.socket.resetAndDestroy();
  }

  #upgrade() {
    this.#state = UPGRADING;
    const { sid, port, kind } = this.options;
    const target =
      kind === "plain" ? "/" : `/socket.io/?EIO=4&transport=websocket${sid === undefined ? "" : `&sid=${sid}`}`;
    this.socket.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${HEADERS}\r\n\r\n`);
  }

  #end(error) {
    if (this.#state === CLOSED) return;
    const wasOpen = this.#state === OPEN;
    this.#state = CLOSED;
    if (wasOpen) this.options.onClose?.(this, error);
    else this.options.onFail(this, error);
    this.socket.destroy();
  }

  #read(buffer, length) {
    let bytes = buffer;
    let end = length;
    if (this.#rest !== undefined) {
      bytes = Buffer.concat([this.#rest, buffer.subarray(0, length)]);
      end = bytes.length;
      this.#rest = undefined;
    }
    if (this.#state === UPGRADING) {
      const headEnd = bytes.subarray(0, end).indexOf("\r\n\r\n");
      if (headEnd < 0) return this.#keep(bytes, 0, end);
      if (bytes.latin1Slice(9, 12) !== "101") return this.#end(new Error(bytes.latin1Slice(0, headEnd)));
      this.#state = HANDSHAKING;
      if (this.options.sid !== undefined || this.options.kind === "plain") this.#open();
      bytes = bytes.subarray(headEnd + 4, end);
      end = bytes.length;
    }
    const now = performance.now();
    const used = walk(bytes, end, (opcode, source, from, to) => this.#frame(opcode, source, from, to, now));
    if (used < end) this.#keep(bytes, used, end);
    this.onRead?.(this, now);
  }

  #keep(bytes, from, to) {
    this.#rest = Buffer.from(bytes.subarray(from, to));
  }

  #open() {
    this.#state = OPEN;
    this.options.onOpen(this);
  }

  #frame(opcode, buffer, start, end, now) {
    if (opcode === 8) return this.#end(new Error("the server sent a close frame"));
    if (opcode === 1 && end - start === 1 && buffer[start] === 0x32 && this.options.kind !== "plain")
      return this.socket.write(PONG);
    if (this.#state === OPEN) return this.onMessage?.(this, buffer, start, end, opcode === 2, now);
    if (this.#state === HANDSHAKING) {
      this.#state = JOINING;
      return this.send("40");
    }
    if (this.#state === JOINING && buffer.latin1Slice(start, start + 2) === "40") this.#open();
  }
}
