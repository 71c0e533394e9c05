import type {
  Clock,
  EngineCodec,
  EngineMessage,
  EnginePacket,
  HttpExchange,
  Timer,
  TransportCloseReason,
} from "@halyard/contracts";
import { codedError, toError } from "@halyard/core";
import { BaseTransport } from "./base-transport.ts";
import type { Flushable, FlushScheduler } from "./flush-scheduler.ts";
import { headerOf, PostReader, type PostContext, type PostOwner } from "./post-reader.ts";
import type { QueuedPacket, ServerTransport, ServerTransportHandler } from "./server-transport.ts";

/** What the polling transports of one server share. */
export interface PollingContext extends PostContext {
  readonly clock: Clock;
  readonly scheduler: FlushScheduler;
  /** How long a closing session waits for the polls that take its last packets. */
  readonly pollCloseTimeoutMs: number;
  /** Compresses a poll's answer if the client and the options allow it. */
  readonly compress: PayloadCompressor | undefined;
}

/** Answers with nothing when the body is better sent as it is. */
export type PayloadCompressor = (
  body: string | Uint8Array,
  acceptEncoding: string | undefined,
) => Promise<{ readonly encoding: string; readonly body: Uint8Array }> | undefined;

type State =
  | { readonly name: "open" }
  | { readonly name: "closing"; readonly deadline: Timer }
  | { readonly name: "closed" };

const OPEN: State = { name: "open" };
const CLOSED: State = { name: "closed" };

/** With the charset, for pages that are not served as UTF-8 themselves. */
const TEXT_HEADERS = { "Content-Type": "text/plain; charset=UTF-8", "cache-control": "no-store" };
const BYTES_HEADERS = { "Content-Type": "application/octet-stream", "cache-control": "no-store" };

/**
 * Engine.IO over HTTP long-polling: the client's GET waits for packets to send, each POST brings packets. One GET and one
 * POST at a time.
 */
export class PollingTransport extends BaseTransport implements ServerTransport, Flushable, PostOwner {
  flushedIn = -1;
  readonly #codec: EngineCodec;
  readonly #supportsBinary: boolean;
  readonly #context: PollingContext;
  #handler: ServerTransportHandler | undefined;
  #state: State = OPEN;
  /** The GET that waits. */
  #poll: HttpExchange | undefined;
  /** An answer is being compressed. */
  #isAnswering = false;
  /** The GET whose answer the client has not read so far; until it has, there is no other answer. */
  #unread: HttpExchange | undefined;
  /** Made for the first POST: many sessions leave for a WebSocket before. */
  #posts: PostReader | undefined;
  #isHeld = false;
  #marked = false;
  /** The client has said goodbye, and will not poll again. */
  #isDeserted = false;

  /** @internal */
  constructor(codec: EngineCodec, supportsBinary: boolean, context: PollingContext) {
    super();
    this.#codec = codec;
    this.#supportsBinary = supportsBinary;
    this.#context = context;
  }

  get name(): "polling" {
    return "polling";
  }

  get stream(): undefined {
    return undefined;
  }

  /** Whether a GET waits for packets. */
  get writable(): boolean {
    return this.#state.name === "open" && this.#canAnswer;
  }

  /** What an answer holds in memory; other packets wait in the session until there is a GET to answer. */
  get receivedBytes(): number {
    return this.#posts === undefined ? 0 : this.#posts.receivedBytes;
  }

  get bufferedBytes(): number {
    return this.#unread === undefined ? 0 : this.#unread.unsentBytes;
  }

  bind(handler: ServerTransportHandler): void {
    this.#handler = handler;
  }

  /** Takes a request of this session; it is answered in any case. */
  onRequest(exchange: HttpExchange): void {
    if (this.#state.name === "closed") exchange.respond(400, {});
    else if (exchange.method === "GET") this.#onPoll(exchange);
    else if (exchange.method === "POST") this.#onPost(exchange);
    else exchange.respond(405, { allow: "GET, POST" });
  }

  send(packets: readonly EnginePacket[]): void {
    this.sendQueued(packets.map((packet) => ({ packet, compress: true })));
  }

  sendQueued(queue: readonly QueuedPacket[]): void {
    const poll = this.#poll;
    if (this.#state.name === "closed" || !this.#canAnswer || poll === undefined) return;
    const packets = queue.map(({ packet }) => packet);
    const mayCompress = queue.some(({ compress }) => compress);
    this.#answer(poll, this.#codec.encodePayload(packets, this.#supportsBinary), mayCompress);
  }

  requestWritable(): void {
    if (this.#marked || !this.writable) return;
    this.#marked = true;
    this.#context.scheduler.mark(this);
  }

  flush(): void {
    this.#marked = false;
    if (this.writable) this.#handler?.onWritable();
  }

  /** Answers a waiting GET with nothing in it, so that the client is free to upgrade. */
  release(): void {
    if (this.writable) this.sendQueued([{ packet: { type: "noop" }, compress: false }]);
  }

  /** Calls back once no POST is being read or processed. */
  whenIdle(onIdle: () => void): void {
    if (this.#posts === undefined) onIdle();
    else this.#posts.whenIdle(onIdle);
  }

  close(): void {
    if (this.#state.name !== "open") return;
    if (this.#isDeserted) {
      this.#end("transport close");
      return;
    }
    const giveUp = (): void => this.#end("transport close");
    this.#state = {
      name: "closing",
      deadline: this.#context.clock.schedule(giveUp, this.#context.pollCloseTimeoutMs, true),
    };
    if (this.#canAnswer) this.#onAnswerable();
  }

  shutDown(): void {
    this.close();
  }

  abort(cause?: Error): void {
    this.#end("transport close", cause);
  }

  pauseReading(): void {
    this.#isHeld = true;
    this.#posts?.hold();
  }

  resumeReading(): void {
    this.#isHeld = false;
    this.#posts?.resume();
  }

  onPacket(packet: EnginePacket): void {
    if (packet.type === "message") {
      this.#handler?.onMessage(packet.data);
      return;
    }
    if (packet.type === "close") this.#isDeserted = true;
    this.#handler?.onPacket(packet);
  }

  onBadPost(reason: TransportCloseReason, cause: Error): void {
    this.#refusePoll(); // a client that is told to close would not learn what was wrong
    this.#end(reason, cause);
  }

  get #canAnswer(): boolean {
    return this.#poll !== undefined && !this.#isAnswering && this.#unread === undefined;
  }

  get #isClosing(): boolean {
    return this.#state.name === "closing";
  }

  #onPoll(exchange: HttpExchange): void {
    if (exchange.ended) {
      this.#onAbortedPoll(); // while it was being admitted
    } else if (this.#poll !== undefined) {
      exchange.respond(400, {});
      this.#end("transport error", codedError("POLL_OVERLAP", "the client sent a GET while another one was waiting"));
    } else {
      this.#poll = exchange;
      if (this.#canAnswer) this.#onAnswerable();
      // an answer that is given at once is not waited for
      if (this.#poll === exchange) exchange.onAbort(() => this.#onAbortedPoll());
    }
  }

  #onAbortedPoll(): void {
    this.#end("transport error", codedError("POLL_ABORTED", "the client ended a GET before it was answered"));
  }

  #onPost(exchange: HttpExchange): void {
    if (this.#posts === undefined) {
      this.#posts = new PostReader(this.#codec, this.#context, this);
      if (this.#isHeld) this.#posts.hold();
    }
    this.#posts.receive(exchange);
  }

  /**
   * A GET waits, and may be answered. When closing, the close packet has an answer of its own, once nothing else is left:
   * clients act on it before they deliver the messages that came with it.
   */
  #onAnswerable(): void {
    this.#handler?.onWritable();
    if (this.#isClosing && this.#canAnswer) this.#end("transport close");
  }

  #answer(poll: HttpExchange, body: EngineMessage, mayCompress: boolean): void {
    const compressing = mayCompress
      ? this.#context.compress?.(body, headerOf(poll.headers, "accept-encoding"))
      : undefined;
    if (compressing === undefined) {
      this.#respond(poll, body);
      return;
    }
    this.#isAnswering = true;
    const isText = typeof body === "string";
    compressing
      .catch(() => undefined)
      .then((compressed) => {
        this.#isAnswering = false;
        this.#respond(poll, compressed?.body ?? body, compressed?.encoding, isText);
      })
      .catch((error: unknown) => this.#end("transport error", toError(error)));
  }

  #respond(poll: HttpExchange, body: EngineMessage, encoding?: string, isText = typeof body === "string"): void {
    if (this.#poll === poll) this.#poll = undefined;
    poll.onAbort(undefined);
    const headers = isText ? TEXT_HEADERS : BYTES_HEADERS;
    poll.respond(200, encoding === undefined ? headers : { ...headers, "Content-Encoding": encoding }, body);
    if (this.#state.name === "closed") return;
    if (poll.unsentBytes > 0) this.#awaitReading(poll);
    else this.#handler?.onFlushed?.(true);
  }

  #awaitReading(poll: HttpExchange): void {
    this.#unread = poll;
    poll.onSent((error) => {
      this.#unread = undefined;
      if (this.#state.name === "closed") return;
      if (error !== undefined) {
        this.#end("transport error", error);
        return;
      }
      this.#handler?.onFlushed?.(true);
      if (this.#canAnswer) this.#onAnswerable();
    });
  }

  /** Answers a waiting GET with an error. */
  #refusePoll(): void {
    if (this.#isAnswering) return;
    this.#poll?.onAbort(undefined);
    this.#poll?.respond(400, {});
    this.#poll = undefined;
  }

  /** Ends the transport; no request is left without an answer. */
  #end(reason: TransportCloseReason, cause?: Error): void {
    if (this.#state.name === "closed") return;
    if (this.#state.name === "closing") this.#state.deadline.cancel();
    this.#state = CLOSED;
    const poll = this.#poll;
    if (poll !== undefined && !this.#isAnswering) {
      this.#respond(poll, this.#codec.encodePayload([{ type: "close" }], this.#supportsBinary));
    }
    this.#posts?.stop();
    this.#handler?.onClose(reason, cause);
  }
}
