import { codedError, hasCode, toError, type DeadlineEntry, type DeadlineQueue } from "@halyard/core";
import { codec, FrameDecoder } from "@halyard/engine.io-parser";
import type { EngineMessage } from "@halyard/contracts";
import type { WebTransportConnection } from "../transports/webtransport.ts";
import type { StreamSource, WebTransportCloseInfo, WebTransportSession } from "../transports/webtransport-session.ts";

/** The first packet has a type and perhaps a session id; no more than this is kept of a client that does not say it. */
const MAX_FIRST_PACKET_BYTES = 4_096;

const BAD_REQUEST: WebTransportCloseInfo = { closeCode: 400, reason: "Bad request" };
const REQUEST_TIMEOUT: WebTransportCloseInfo = { closeCode: 408, reason: "Request timeout" };

const TIMEOUT = "HANDSHAKE_TIMEOUT";
const VIOLATION = "ENGINE_PARSE";

/** What a client has said to begin with. */
export interface WebTransportGreeting {
  /** The session that the client wants to move here; without one it wants a new session. */
  readonly sid: string | undefined;
  readonly connection: WebTransportConnection;
}

/** What handshakes of one server share. */
export interface HandshakeContext {
  /** Waits of the upgrade timeout. */
  readonly deadlines: DeadlineQueue;
  readonly maxPayloadBytes: number;
}

/** Hears how a handshake goes. */
export interface HandshakeOwner {
  onGreeting(greeting: WebTransportGreeting): void;
  /** The client has not said in time, or not in the right words, what it wants; the session is closed. */
  onFailure(cause: Error): void;
  /** The session has been accepted or refused, or has ended before. */
  onEnd(): void;
}

/**
 * The beginning of a WebTransport session: the client opens a bidirectional stream and sends an open packet, `0` for a new
 * session or `0{"sid":"…"}` to move one. It is under way until it has been accepted or refused, and tells its owner nothing
 * after that.
 */
export class WebTransportHandshake implements DeadlineEntry {
  readonly #session: WebTransportSession;
  readonly #context: HandshakeContext;
  readonly #owner: HandshakeOwner;
  readonly #closed: Promise<unknown>;
  readonly #decoder: FrameDecoder;
  #state: "waiting" | "deciding" | "ended" = "waiting";
  #isClosed = false;

  constructor(session: WebTransportSession, context: HandshakeContext, owner: HandshakeOwner) {
    this.#session = session;
    this.#context = context;
    this.#owner = owner;
    this.#closed = session.closed;
    this.#decoder = new FrameDecoder(context.maxPayloadBytes);
    const end = (): void => void this.#end();
    this.#closed.then(end, end);
    context.deadlines.start(this);
    this.#greet().catch((error: unknown) => this.#fail(toError(error)));
  }

  get isEnded(): boolean {
    return this.#state === "ended";
  }

  /** The session belongs to a transport from now on. */
  accept(): void {
    this.#end();
  }

  /** Closes the session. */
  refuse(info: WebTransportCloseInfo): void {
    if (this.#end()) this.#close(info);
  }

  onDeadline(): void {
    this.#fail(codedError(TIMEOUT, "the client has not said in time what it wants"));
  }

  async #greet(): Promise<void> {
    const { done, value: stream } = await this.#session.incomingBidirectionalStreams.getReader().read();
    if (done || stream === undefined) throw codedError("SESSION_ENDED", "the client has opened no stream");
    const source = stream.readable.getReader();
    const sid = parseOpenPacket(await this.#readFirst(source));
    if (this.#state !== "waiting") return;
    this.#state = "deciding";
    this.#context.deadlines.stop(this);
    const connection: WebTransportConnection = {
      source,
      sink: stream.writable.getWriter(),
      decoder: this.#decoder,
      closed: this.#closed,
      close: (info) => this.#close(info),
    };
    this.#owner.onGreeting({ sid, connection });
  }

  async #readFirst(source: StreamSource<Uint8Array>): Promise<EngineMessage> {
    for (let receivedBytes = 0; receivedBytes <= MAX_FIRST_PACKET_BYTES;) {
      const { done, value: chunk } = await source.read();
      if (done || chunk === undefined) throw codedError("SESSION_ENDED", "the client has ended its stream");
      this.#decoder.push(chunk);
      const frame = this.#decoder.next();
      if (frame !== undefined) return frame;
      receivedBytes += chunk.byteLength;
    }
    throw codedError(VIOLATION, "the first packet is too long");
  }

  #fail(cause: Error): void {
    if (!this.#end()) return;
    this.#close(hasCode(cause, TIMEOUT) ? REQUEST_TIMEOUT : BAD_REQUEST);
    if (hasCode(cause, TIMEOUT) || hasCode(cause, VIOLATION)) this.#owner.onFailure(cause);
  }

  #end(): boolean {
    if (this.#state === "ended") return false;
    this.#state = "ended";
    this.#context.deadlines.stop(this);
    this.#owner.onEnd();
    return true;
  }

  #close(info: WebTransportCloseInfo | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#session.close(info);
    } catch {
      // it is over already
    }
  }
}

/** Reads the client's first packet. Returns the id of the session to be moved, if it names one. */
function parseOpenPacket(frame: EngineMessage): string | undefined {
  const packet = codec.decodePacket(frame);
  if (packet.type !== "open") throw codedError(VIOLATION, "the first packet is not an open packet");
  if (packet.data === "") return undefined;
  const data = parseJson(packet.data);
  if (typeof data === "object" && data !== null && "sid" in data && typeof data.sid === "string" && data.sid !== "") {
    return data.sid;
  }
  throw codedError(VIOLATION, "the first packet names no session");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw codedError(VIOLATION, "the first packet is not JSON", error);
  }
}
