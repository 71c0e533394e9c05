// One Socket.IO client over long-polling (two keep-alive TCP connections), with an optional upgrade to WebSocket.
import net from "node:net";
import { WebSocketConnection } from "./websocket-connection.mjs";

const readBuffer = Buffer.allocUnsafeSlow(1 << 20);
const HEADERS =
  "Connection: keep-alive\r\nUser-Agent: bench/1.0\r\nAccept: */*\r\nOrigin: http://127.0.0.1\r\nAccept-Encoding: gzip, deflate";

class HttpConnection {
  #answers = [];
  #rest = undefined;
  #closed = false;

  constructor(port, localAddress, onError) {
    this.port = port;
    this.socket = net.connect({
      host: "127.0.0.1",
      port,
      localAddress,
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (length, buffer) => {
          this.#read(buffer, length);
          return true;
        },
      },
    });
    const fail = (error) => {
      if (!this.#closed) onError(error ?? new Error("the server closed an HTTP connection"));
    };
    this.socket.on("error", fail);
    this.socket.on("close", () => fail());
  }

  get(target, onAnswer) {
    this.#answers.push(onAnswer);
    this.socket.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${this.port}\r\n${HEADERS}\r\n\r\n`);
  }

  post(target, body, onAnswer = () => {}) {
    this.#answers.push(onAnswer);
    this.socket.write(
      `POST ${target} HTTP/1.1\r\nHost: 127.0.0.1:${this.port}\r\n${HEADERS}\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }

  close() {
    this.#closed = true;
    this.socket.resetAndDestroy();
  }

  #read(buffer, length) {
    let bytes = buffer.subarray(0, length);
    if (this.#rest !== undefined) bytes = Buffer.concat([this.#rest, bytes]);
    this.#rest = undefined;
    let at = 0;
    while (at < bytes.length) {
      const headEnd = bytes.indexOf("\r\n\r\n", at, "latin1");
      if (headEnd < 0) break;
      const head = bytes.latin1Slice(at, headEnd);
      const bodyLength = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      const start = headEnd + 4;
      if (bytes.length - start < bodyLength) break;
      at = start + bodyLength;
      const onAnswer = this.#answers.shift();
      if (onAnswer === undefined) return this.socket.destroy(new Error(`an answer nobody asked for: ${head}`));
      onAnswer(Number(head.slice(9, 12)), bytes.utf8Slice(start, at));
    }
    if (at < bytes.length) this.#rest = Buffer.from(bytes.subarray(at));
  }
}

export class PollingConnection {
  /** Called for each message packet: (connection, text, now). */
  onMessage = undefined;
  /** Called when a post is answered: (connection, status). */
  onPosted = undefined;
  #joined = false;
  #upgraded = false;
  #opened = false;
  #ended = false;
  #polling = false;
  #whenIdle = undefined;

  constructor(options) {
    this.options = options;
    this.polls = new HttpConnection(options.port, options.localAddress, (error) => this.#fail(error));
    this.polls.get("/socket.io/?EIO=4&transport=polling", (status, body) => {
      if (status !== 200) return this.#fail(new Error(`handshake: ${status} ${body}`));
      this.sid = JSON.parse(body.slice(1)).sid;
      this.target = `/socket.io/?EIO=4&transport=polling&sid=${this.sid}`;
      this.posts = new HttpConnection(options.port, options.localAddress, (error) => this.#fail(error));
      this.posts.post(this.target, "40");
      this.#poll();
      if (options.upgrade) this.#probe();
    });
  }

  post(body) {
    this.posts.post(this.target, body, (status) => this.onPosted?.(this, status));
  }

  finish() {
    this.#ended = true;
    this.polls.close();
    this.posts?.close();
    this.webSocket?.finish();
  }

  destroy() {
    this.#ended = true;
    this.polls.close();
    this.posts?.close();
    this.webSocket?.destroy();
  }

  #fail(error) {
    if (this.#ended) return;
    this.destroy();
    this.options.onFail(this, error);
  }

  #poll() {
    this.#polling = true;
    this.polls.get(this.target, (status, body) => {
      this.#polling = false;
      if (this.#ended) return;
      if (status !== 200) return this.#fail(new Error(`poll: ${status} ${body}`));
      const now = performance.now();
      for (const packet of body.split("\u001e")) this.#packet(packet, now);
      if (this.#whenIdle === undefined) this.#poll();
      else this.#whenIdle();
    });
  }

  #packet(packet, now) {
    if (packet === "2") this.posts.post(this.target, "3");
    else if (packet.startsWith("40")) this.#join();
    else if (packet.startsWith("4")) this.onMessage?.(this, packet, now);
  }

  #join() {
    this.#joined = true;
    this.#openWhenReady();
  }

  #probe() {
    const webSocket = new WebSocketConnection({
      port: this.options.port,
      localAddress: this.options.localAddress,
      sid: this.sid,
      onOpen: () => webSocket.send("2probe"),
      onFail: (_, error) => this.#fail(error),
      onClose: (_, error) => this.#fail(error),
    });
    this.webSocket = webSocket;
    webSocket.onMessage = (_, buffer, start, end) => {
      const packet = buffer.latin1Slice(start, end);
      if (packet === "3probe") {
        if (this.#polling) this.#whenIdle = () => this.#upgrade();
        else this.#upgrade();
      } else if (packet.startsWith("40")) this.#join();
    };
  }

  #upgrade() {
    this.webSocket.send("5");
    this.polls.close();
    this.posts.close();
    this.#upgraded = true;
    this.#openWhenReady();
  }

  #openWhenReady() {
    if (this.#opened || !this.#joined || (this.options.upgrade && !this.#upgraded)) return;
    this.#opened = true;
    this.options.onOpen(this);
  }
}
