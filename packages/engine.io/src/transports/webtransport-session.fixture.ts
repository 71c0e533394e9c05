import { encodeFrameHeader, FrameDecoder } from "@halyard/engine.io-parser";
import type { EngineMessage } from "@halyard/contracts";
import type { WebTransportCloseInfo, WebTransportSession } from "./webtransport-session.ts";

/** One end of a bidirectional stream. */
export interface StreamEnd {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/**
 * A WebTransport session without a network. As over QUIC, a write settles once the other end has taken it, and the end of the
 * session drops what has not arrived.
 */
export class FakeSession implements WebTransportSession {
  readonly closed: Promise<unknown>;
  readonly incomingBidirectionalStreams: ReadableStream<StreamEnd>;
  /** What the server has closed it with. */
  readonly closings: (WebTransportCloseInfo | undefined)[] = [];
  header?: Record<string, unknown> = {
    ":method": "CONNECT",
    ":scheme": "https",
    ":authority": "example.org:3000",
    ":path": "/engine.io/?EIO=4&transport=webtransport",
    origin: "https://example.org:3000",
  };
  peerAddress: string | undefined = "192.0.2.1:50000";
  /** Whether its end ends its streams, as it should. */
  endsStreams = true;
  #incoming!: ReadableStreamDefaultController<StreamEnd>;
  #settle!: { readonly resolve: (value: unknown) => void; readonly reject: (error: unknown) => void };
  readonly #pipes: TransformStreamDefaultController<Uint8Array>[] = [];

  constructor() {
    this.closed = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    this.closed.catch(() => {});
    this.incomingBidirectionalStreams = new ReadableStream({
      start: (controller) => void (this.#incoming = controller),
    });
  }

  /** The server closes it. */
  close(info?: WebTransportCloseInfo): void {
    this.closings.push(info);
    this.end(info);
  }

  /** It is over, as when the client has closed it. */
  end(info: unknown = {}): void {
    this.#break();
    this.#settle.resolve(info);
  }

  /** The connection below fails. */
  fail(error: Error): void {
    this.#break();
    this.#settle.reject(error);
  }

  /** The client opens a stream; returns its end. */
  openStream(): StreamEnd {
    const [up, down] = [this.#pipe(), this.#pipe()];
    this.#incoming.enqueue({ readable: up.readable, writable: down.writable });
    return { readable: down.readable, writable: up.writable };
  }

  #pipe(): TransformStream<Uint8Array, Uint8Array> {
    return new TransformStream({
      start: (controller) => void this.#pipes.push(controller),
      transform: (chunk, controller) => controller.enqueue(Uint8Array.from(chunk)),
    });
  }

  #break(): void {
    if (!this.endsStreams) return;
    for (const pipe of this.#pipes.splice(0)) pipe.error(new Error("the session is over"));
  }
}

/** The client's end of a stream, which speaks in frames and keeps what it gets. */
export class FakeClient {
  readonly received: EngineMessage[] = [];
  /** Bytes of each chunk that arrived: what the server wrote at once. */
  readonly chunks: number[] = [];
  isEnded = false;
  /** Whether it answers pings, as clients do. */
  isAlive = false;
  readonly #stream: StreamEnd;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #decoder = new FrameDecoder(Number.MAX_SAFE_INTEGER);
  #wake: () => void = () => {};
  #reading: ReadableStreamDefaultReader<Uint8Array> | undefined;

  constructor(session: FakeSession) {
    this.#stream = session.openStream();
    this.#writer = this.#stream.writable.getWriter();
    this.#writer.closed.catch(() => {});
  }

  /** Sends packets, each in a frame, all in one chunk. */
  send(...packets: readonly EngineMessage[]): void {
    this.sendRaw(Buffer.concat(packets.map(frameOf)));
  }

  sendRaw(bytes: Uint8Array): void {
    this.#writer.write(bytes).catch(() => {});
  }

  /** Says that nothing follows. */
  finish(): void {
    this.#writer.close().catch(() => {});
  }

  /** Begins to read. */
  read(): this {
    if (this.#reading !== undefined) return this;
    const reader = this.#stream.readable.getReader();
    this.#reading = reader;
    void this.#readAll(reader);
    return this;
  }

  /** Waits for a number of packets, counted from the start. */
  async receive(count: number): Promise<EngineMessage[]> {
    this.read();
    while (this.received.length < count) {
      if (this.isEnded) throw new Error(`the stream ended after ${this.received.length} packets of ${count}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.received.slice(0, count);
  }

  async #readAll(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    try {
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        this.chunks.push(read.value.byteLength);
        this.#decoder.push(read.value);
        for (let frame = this.#decoder.next(); frame !== undefined; frame = this.#decoder.next()) {
          this.received.push(frame);
          if (frame === "2" && this.isAlive) this.send("3");
        }
        this.#wake();
      }
    } catch {
      // the session is over
    }
    this.isEnded = true;
    this.#wake();
  }
}

/** A packet as it travels. */
export function frameOf(packet: EngineMessage): Uint8Array {
  const payload = typeof packet === "string" ? Buffer.from(packet) : packet;
  return Buffer.concat([encodeFrameHeader(typeof packet !== "string", payload.byteLength), payload]);
}

/** Waits until nothing moves any more. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}
