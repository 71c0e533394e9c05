import type { EngineMessage, EnginePacket, Timer } from "@halyard/contracts";
import { decodeFrame, encodeFrame, encodeFrameHeader, FrameDecoder } from "@halyard/engine.io-parser";
import { Transport } from "../transport.ts";

/** How long the server may take to end the session after the client's last word, in milliseconds. */
const CLOSE_LIMIT_MS = 2_000;

/** What this transport needs of the built-in class, or of one that stands in for it. */
interface BuiltinSession {
  readonly ready: Promise<unknown>;
  readonly closed: Promise<unknown>;
  createBidirectionalStream(): Promise<BuiltinStream>;
  close(): void;
}

interface BuiltinStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

interface BuiltinClass {
  new (url: string, options?: object): BuiltinSession;
}

/**
 * WebTransport by the built-in class: one stream of HTTP/3, on which no lost packet of another connection holds anything
 * up. What `transportOptions.webtransport` says is handed to that class, such as `serverCertificateHashes`.
 */
export class WebTransport extends Transport {
  bufferedBytes = 0;
  #session: BuiltinSession | undefined;
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #closeLimit: Timer | undefined;

  /** What servers and options call it. */
  get name(): "webtransport" {
    return "webtransport";
  }

  open(): void {
    const { transportOptions } = this.options;
    const fail = (error: unknown): void => this.fail("webtransport error", error);
    const Builtin = (globalThis as { WebTransport?: BuiltinClass }).WebTransport;
    try {
      if (!Builtin) throw new Error("WebTransport is not supported here");
      // a URL of https, whatever the page's is
      const url = this.url("http", false).replace(/^https?/, "https");
      const session = new Builtin(url, transportOptions?.[this.name]);
      this.#session = session;
      session.closed.then((info) => this.leave("webtransport connection closed", info), fail);
      this.#run(session).catch(fail);
    } catch (error) {
      queueMicrotask(() => fail(error));
    }
  }

  /** Sends one message. */
  sendMessage(data: EngineMessage): void {
    this.send([{ type: "message", data }]);
  }

  send(packets: readonly EnginePacket[]): void {
    if (this.state === "open") for (const packet of packets) this.#write(packet);
  }

  close(): void {
    const { state } = this;
    if (state === "closing" || state === "closed") return;
    this.state = "closing";
    if (!this.#writer) return this.abort();
    // the end of a session overtakes what is under way: the server is to end it when it has read all
    this.#write({ type: "close" });
    this.#closeLimit = this.options.clock.schedule(() => this.abort(), CLOSE_LIMIT_MS, true);
  }

  protected release(): void {
    this.#closeLimit?.cancel();
    this.#session?.close();
  }

  async #run(session: BuiltinSession): Promise<void> {
    await session.ready;
    const { readable, writable } = await session.createBidirectionalStream();
    if (this.state !== "opening") return;
    this.#writer = writable.getWriter();
    // Engine.IO protocol, "WebTransport": the client opens the session, or says which one it upgrades
    this.#write({ type: "open", data: this.sessionId && JSON.stringify({ sid: this.sessionId }) });
    this.state = "open";
    this.handler.onWritable();
    await this.#read(readable.getReader());
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const decoder = new FrameDecoder(Infinity);
    for (;;) {
      const { value } = await reader.read();
      if (value === undefined) return this.leave("webtransport stream closed");
      decoder.push(value);
      this.receive(() => packetsOf(decoder));
    }
  }

  #write(packet: EnginePacket): void {
    const isEmpty = packet.type === "message" && packet.data.length === 0;
    // a frame of no bytes is one that some servers skip
    const frame = encodeFrame(packet, !isEmpty && !this.options.forceBase64);
    const isText = typeof frame === "string";
    const payload = isText ? new TextEncoder().encode(frame) : frame;
    const header = encodeFrameHeader(!isText, payload.length);
    this.bufferedBytes += payload.length;
    void this.#writer?.write(header).catch(() => {});
    // what cannot be written, the end of the session reports
    void this.#writer?.write(payload).then(
      () => this.#onWritten(payload.length),
      () => {},
    );
  }

  #onWritten(bytes: number): void {
    this.bufferedBytes -= bytes;
    if (this.bufferedBytes === 0 && this.state === "open") this.handler.onWritable();
  }
}

function* packetsOf(decoder: FrameDecoder): Generator<EnginePacket> {
  for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) yield decodeFrame(frame);
}
