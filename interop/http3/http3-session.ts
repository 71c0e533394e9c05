import { encodeVarint, readVarint } from "./varint.ts";
import type { Fields } from "./qpack.ts";
import type { QuicStream } from "./quic-stream.ts";

/** The capsule that ends a session (draft-ietf-webtrans-http3, section 5). */
const CLOSE_CAPSULE = 0x2843;

/** Why a session was closed. */
export interface CloseInfo {
  readonly closeCode: number;
  readonly reason: string;
}

/** A WebTransport session as the application gets it, with the attributes that `@fails-components/webtransport` gives it. */
export class Http3Session {
  readonly header: Fields;
  readonly peerAddress: string;
  readonly incomingBidirectionalStreams: ReadableStream<QuicStream>;
  readonly closed: Promise<CloseInfo>;
  readonly #finish: (capsule: Uint8Array) => void;
  readonly #streams = new Set<QuicStream>();
  #incoming!: ReadableStreamDefaultController<QuicStream>;
  #settle!: { readonly resolve: (info: CloseInfo) => void; readonly reject: (error: Error) => void };
  #isOver = false;
  #capsules: Buffer = Buffer.alloc(0);

  /** `finish` ends the session's own stream with a capsule, which may be empty. */
  constructor(header: Fields, peerAddress: string, finish: (capsule: Uint8Array) => void) {
    this.header = header;
    this.peerAddress = peerAddress;
    this.#finish = finish;
    this.closed = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    this.closed.catch(() => {});
    this.incomingBidirectionalStreams = new ReadableStream({ start: (incoming) => void (this.#incoming = incoming) });
  }

  close({ closeCode = 0, reason = "" }: Partial<CloseInfo> = {}): void {
    if (this.#isOver) return;
    const code = Buffer.alloc(4);
    code.writeUInt32BE(closeCode);
    const value = Buffer.concat([code, Buffer.from(reason)]);
    this.#finish(Buffer.concat([encodeVarint(CLOSE_CAPSULE), encodeVarint(value.length), value]));
    this.#end({ closeCode, reason });
  }

  /** The client has opened a stream. */
  onStream(stream: QuicStream): void {
    if (this.#isOver) return;
    this.#streams.add(stream);
    this.#incoming.enqueue(stream);
  }

  /** Something has arrived on the session's own stream. */
  onCapsules(data: Uint8Array): void {
    this.#capsules = Buffer.concat([this.#capsules, data]);
    for (;;) {
      const type = readVarint(this.#capsules, 0);
      const length = type && readVarint(this.#capsules, type.end);
      if (type === undefined || length === undefined || this.#capsules.length < length.end + length.value) return;
      const value = this.#capsules.subarray(length.end, length.end + length.value);
      this.#capsules = this.#capsules.subarray(length.end + length.value);
      if (type.value === CLOSE_CAPSULE) {
        this.end({ closeCode: value.readUInt32BE(0), reason: value.subarray(4).toString() });
      }
    }
  }

  /** The client has ended the session, with what it said; or the connection has failed. */
  end(how: CloseInfo | Error): void {
    if (this.#isOver) return;
    if (!(how instanceof Error)) this.#finish(new Uint8Array(0));
    this.#end(how);
  }

  #end(how: CloseInfo | Error): void {
    this.#isOver = true;
    for (const stream of this.#streams) stream.break(new Error("the session is over"));
    this.#incoming.close();
    if (how instanceof Error) this.#settle.reject(how);
    else this.#settle.resolve(how);
  }
}
