import { Http3Session } from "./http3-session.ts";
import { decodeFields, STATUS_200 } from "./qpack.ts";
import type { QuicConnection, QuicHandler } from "./quic-connection.ts";
import { QuicStream } from "./quic-stream.ts";
import { encodeVarint, readVarint } from "./varint.ts";

/** Streams that a server opens: control, QPACK encoder, QPACK decoder (RFC 9114, section 6.2; RFC 9204, section 4.2). */
const OWN_STREAMS = { control: [3, 0x00], encoder: [7, 0x02], decoder: [11, 0x03] } as const;
const DATA_FRAME = 0x00;
const HEADERS_FRAME = 0x01;
const SETTINGS_FRAME = 0x04;
/** What the first bytes of a WebTransport stream say in place of a frame. */
const WEBTRANSPORT_STREAM = 0x41;

/** Extended CONNECT, datagrams, and WebTransport by the names that successive drafts gave it. */
const SETTINGS: readonly (readonly [id: number, value: number])[] = [
  [0x08, 1],
  [0x33, 1],
  [0xff_d277, 1],
  [0x2b60_3742, 1],
  [0xc671_706a, 16],
  [0x14e9_cd29, 16],
  [0x2c7c_f000, 1],
];

/** A stream that the client has opened, until its first bytes tell what it is. */
type Stream =
  | { readonly kind: "unknown"; head: Buffer }
  | { readonly kind: "request"; frames: Buffer; session: Http3Session | undefined }
  | { readonly kind: "webtransport"; readonly stream: QuicStream };

/** The HTTP/3 of one connection, as far as WebTransport needs it: every CONNECT request is answered with 200. */
export class Http3Connection implements QuicHandler {
  readonly #quic: QuicConnection;
  readonly #onSession: (session: Http3Session) => void;
  readonly #streams = new Map<number, Stream>();
  readonly #sessions = new Map<number, Http3Session>();
  /** The last words on streams that had no room for them. */
  readonly #lastWords = new Map<number, Uint8Array>();

  constructor(quic: QuicConnection, onSession: (session: Http3Session) => void) {
    this.#quic = quic;
    this.#onSession = onSession;
  }

  onOpen(): void {
    const settings = Buffer.concat(SETTINGS.flat().map(encodeVarint));
    for (const [id, type] of Object.values(OWN_STREAMS)) this.#quic.write(id, encodeVarint(type), false);
    this.#quic.write(OWN_STREAMS.control[0], frame(SETTINGS_FRAME, settings), false);
  }

  onReadable(id: number): void {
    const known = this.#streams.get(id);
    if (known?.kind === "webtransport") {
      known.stream.onReadable();
      return;
    }
    try {
      for (let chunk = this.#quic.read(id); chunk !== undefined; chunk = this.#quic.read(id)) {
        if (isFromClient(id)) this.#onData(id, chunk.data);
        if (chunk.isLast) {
          this.#sessions.get(id)?.end({ closeCode: 0, reason: "" });
          return;
        }
        if (this.#streams.get(id)?.kind === "webtransport") return; // the rest is read when it is asked for
      }
    } catch (error) {
      this.#sessions.get(id)?.end(error as Error);
    }
  }

  onWritable(id: number): void {
    const stream = this.#streams.get(id);
    if (stream?.kind === "webtransport") stream.stream.onWritable();
    const lastWords = this.#lastWords.get(id);
    if (lastWords !== undefined) this.#finish(id, lastWords);
  }

  onClosed(): void {
    for (const session of this.#sessions.values()) session.end(new Error("the connection is closed"));
  }

  #onData(id: number, data: Uint8Array): void {
    const stream = this.#streams.get(id) ?? { kind: "unknown", head: Buffer.alloc(0) };
    if (stream.kind === "request") this.#onFrames(id, stream, data);
    else if (stream.kind === "unknown") {
      stream.head = Buffer.concat([stream.head, data]);
      this.#streams.set(id, stream);
      this.#identify(id, stream.head);
    }
  }

  #identify(id: number, head: Buffer): void {
    const type = readVarint(head, 0);
    if (type === undefined) return;
    if (type.value !== WEBTRANSPORT_STREAM) {
      const request: Stream = { kind: "request", frames: Buffer.alloc(0), session: undefined };
      this.#streams.set(id, request);
      this.#onFrames(id, request, head);
      return;
    }
    const session = readVarint(head, type.end);
    if (session === undefined) return;
    const stream = new QuicStream(this.#quic, id, head.subarray(session.end));
    this.#streams.set(id, { kind: "webtransport", stream });
    this.#sessions.get(session.value)?.onStream(stream);
  }

  #onFrames(id: number, request: Extract<Stream, { kind: "request" }>, data: Uint8Array): void {
    request.frames = Buffer.concat([request.frames, data]);
    for (;;) {
      const type = readVarint(request.frames, 0);
      const length = type && readVarint(request.frames, type.end);
      if (type === undefined || length === undefined || request.frames.length < length.end + length.value) return;
      const payload = request.frames.subarray(length.end, length.end + length.value);
      request.frames = request.frames.subarray(length.end + length.value);
      if (type.value === HEADERS_FRAME) request.session ??= this.#open(id, payload);
      else if (type.value === DATA_FRAME) request.session?.onCapsules(payload);
    }
  }

  #open(id: number, section: Uint8Array): Http3Session {
    const session = new Http3Session(decodeFields(section), this.#quic.peerAddress, (capsule) => {
      this.#finish(id, capsule.length > 0 ? frame(DATA_FRAME, capsule) : capsule);
    });
    this.#sessions.set(id, session);
    this.#quic.write(id, frame(HEADERS_FRAME, STATUS_200), false);
    this.#onSession(session);
    return session;
  }

  /** Writes the end of a stream, as soon as it takes it. */
  #finish(id: number, data: Uint8Array): void {
    this.#lastWords.delete(id);
    try {
      const rest = data.subarray(this.#quic.write(id, data, true));
      if (rest.length > 0) this.#lastWords.set(id, rest);
    } catch {
      // the client does not want to hear them
    }
  }
}

/** Whether a stream is one of those with two directions that a client opens (RFC 9000, section 2.1). */
function isFromClient(id: number): boolean {
  return id % 4 === 0;
}

function frame(type: number, payload: Uint8Array): Buffer {
  return Buffer.concat([encodeVarint(type), encodeVarint(payload.length), payload]);
}
