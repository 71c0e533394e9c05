import type {
  Clock,
  EngineCodec,
  EngineMessage,
  EnginePacket,
  HeaderRecord,
  HttpExchange,
  Timer,
  TransportCloseReason,
} from "@halyard/contracts";
import { codedError, hasCode, toError } from "@halyard/core";
import type { Metered, WorkMeter, WorkMeters } from "../loop-turns.ts";
import type { Flushable, FlushScheduler } from "./flush-scheduler.ts";
import { decodeBody, type PayloadReader } from "./polling-body.ts";
import type { QueuedPacket, ServerTransport, ServerTransportHandler } from "./server-transport.ts";

/** What the polling transports of one server share. */
export interface PollingContext {
  readonly clock: Clock;
  readonly scheduler: FlushScheduler;
  readonly meters: WorkMeters;
  readonly maxBodyBytes: number;
  /** How long a closing session waits for the poll that takes its last packets. */
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

/**
 * Engine.IO over HTTP long-polling: the client's GET waits for packets to send, each POST brings packets. One GET and one
 * POST at a time.
 */
export class PollingTransport implements ServerTransport, Flushable, Metered {
  readonly #codec: EngineCodec;
  readonly #supportsBinary: boolean;
  readonly #context: PollingContext;
  #meter: WorkMeter | undefined;
  #handler: ServerTransportHandler | undefined;
  #state: State = OPEN;
  /** The GET that waits. */
  #poll: HttpExchange | undefined;
  /** An answer is being compressed. */
  #isAnswering = false;
  /** The POST whose packets are being read or processed. */
  #post: HttpExchange | undefined;
  #reader: PayloadReader | undefined;
  #isHeld = false;
  #marked = false;
  #onIdle: (() => void) | undefined;

  constructor(codec: EngineCodec, supportsBinary: boolean, context: PollingContext) {
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

  /** Packets wait in the session until there is a GET to answer. */
  get bufferedBytes(): number {
    return 0;
  }

  bind(handler: ServerTransportHandler): void {
    this.#handler = handler;
  }

  /** Takes a request of this session; it is answered in any case. */
  onRequest(exchange: HttpExchange): void {
    if (exchange.method === "GET") this.#onPoll(exchange);
    else if (exchange.method === "POST") void this.#onPost(exchange);
    else exchange.respond(405, { allow: "GET, POST" });
  }

  send(packets: readonly EnginePacket[]): void {
    this.sendQueued(packets.map((packet) => ({ packet, compress: true })));
  }

  sendQueued(queue: readonly QueuedPacket[]): void {
    if (this.#state.name === "closed" || !this.#canAnswer) return;
    const packets = queue.map(({ packet }) => packet);
    const isLast = this.#state.name === "closing";
    if (isLast) packets.push({ type: "close" });
    const body = this.#codec.encodePayload(packets, this.#supportsBinary);
    void this.#answer(
      body,
      queue.some(({ compress }) => compress),
    );
    if (isLast) this.#end("transport close");
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
    if (this.#post === undefined) onIdle();
    else this.#onIdle = onIdle;
  }

  close(): void {
    if (this.#state.name !== "open") return;
    const deadline = this.#context.clock.schedule(
      () => this.#end("transport close"),
      this.#context.pollCloseTimeoutMs,
      true,
    );
    this.#state = { name: "closing", deadline };
    if (!this.#canAnswer) return;
    this.#handler?.onWritable();
    this.sendQueued([]); // unless the handler had packets, which took the close packet with them
  }

  shutDown(): void {
    this.close();
  }

  abort(cause?: Error): void {
    this.#end("transport close", cause);
  }

  pauseReading(): void {
    this.#isHeld = true;
  }

  resumeReading(): void {
    this.#isHeld = false;
    this.#process();
  }

  onTurnEnd(): void {
    this.#meter = undefined;
    this.#process();
  }

  get #canAnswer(): boolean {
    return this.#poll !== undefined && !this.#isAnswering;
  }

  #onPoll(exchange: HttpExchange): void {
    if (this.#state.name === "closed") {
      exchange.respond(400, {});
    } else if (this.#poll !== undefined) {
      exchange.respond(400, {});
      this.#fail("POLL_OVERLAP", "the client sent a GET while another one was waiting");
    } else {
      this.#poll = exchange;
      exchange.onAbort(() => this.#fail("POLL_ABORTED", "the client ended a GET before it was answered"));
      this.#handler?.onWritable();
      if (this.#isClosing) this.sendQueued([]); // unless the handler had packets, which took the close packet with them
    }
  }

  get #isClosing(): boolean {
    return this.#state.name === "closing";
  }

  async #answer(body: EngineMessage, mayCompress: boolean): Promise<void> {
    const poll = this.#poll;
    if (poll === undefined) return;
    const compressing = mayCompress
      ? this.#context.compress?.(body, headerOf(poll.headers, "accept-encoding"))
      : undefined;
    if (compressing === undefined) {
      this.#respond(poll, body);
      return;
    }
    this.#isAnswering = true;
    const compressed = await compressing.catch(() => undefined);
    this.#isAnswering = false;
    this.#respond(poll, compressed?.body ?? body, compressed?.encoding, typeof body === "string");
    if (this.#poll === undefined) return;
  }

  #respond(poll: HttpExchange, body: EngineMessage, encoding?: string, isText = typeof body === "string"): void {
    if (this.#poll === poll) this.#poll = undefined;
    poll.onAbort(undefined);
    poll.respond(
      200,
      {
        // with the charset, for pages that are not served as UTF-8 themselves
        "Content-Type": isText ? "text/plain; charset=UTF-8" : "application/octet-stream",
        "cache-control": "no-store",
        ...(encoding === undefined ? undefined : { "Content-Encoding": encoding }),
      },
      body,
    );
    if (this.#state.name === "open") this.#handler?.onFlushed?.(true);
  }

  async #onPost(exchange: HttpExchange): Promise<void> {
    const refusal = this.#refusalOf(exchange);
    if (refusal !== undefined) {
      exchange.respond(refusal.status, {});
      this.#refusePoll(); // a client that is told to close would not learn what was wrong
      this.#fail(refusal.code, refusal.message);
      return;
    }
    this.#post = exchange;
    try {
      const body = await exchange.readBody(this.#context.maxBodyBytes);
      if (this.#post !== exchange) return; // answered already
      this.#reader = decodeBody(body, this.#codec, isBinaryBody(exchange.headers));
    } catch (error) {
      this.#onBadPost(exchange, toError(error));
      return;
    }
    this.#process();
  }

  #refusalOf(exchange: HttpExchange): { status: number; code: string; message: string } | undefined {
    if (this.#state.name === "closed") return { status: 400, code: "CLOSED", message: "the session is closed" };
    if (this.#post !== undefined) {
      return { status: 400, code: "POST_OVERLAP", message: "the client sent a POST while another one was under way" };
    }
    const encoding = headerOf(exchange.headers, "content-encoding");
    if (encoding !== undefined && encoding !== "identity") {
      return { status: 415, code: "BAD_CONTENT", message: `the client sent a POST in encoding ${encoding}` };
    }
    if (this.#codec.protocol === 4 && isBinaryBody(exchange.headers)) {
      return { status: 400, code: "BAD_CONTENT", message: "the client sent a binary POST in protocol revision 4" };
    }
    return undefined;
  }

  #onBadPost(exchange: HttpExchange, error: Error): void {
    if (this.#post !== exchange) return; // answered already
    this.#post = undefined;
    if (!exchange.ended) exchange.respond(statusOf(error), {});
    this.#refusePoll();
    this.#end(hasCode(error, "ENGINE_PARSE") ? "parse error" : "transport error", error);
  }

  /** Counts a packet; false once the connection has had its share of the turn. */
  #mayWork(): boolean {
    return (this.#meter ??= this.#context.meters.begin(this)).take();
  }

  /** Processes what the POST brought, as far as this turn's budget goes. */
  #process(): void {
    const reader = this.#reader;
    const post = this.#post;
    if (reader === undefined || post === undefined) return;
    try {
      while (!this.#isHeld && this.#state.name !== "closed") {
        const packet = reader.peek();
        if (packet === undefined) {
          this.#onProcessed(post);
          return;
        }
        if (!this.#mayWork()) return;
        reader.next();
        if (packet.type === "close") this.#onProcessed(post); // it ends the session, and the request was in order
        this.#deliver(packet);
      }
    } catch (error) {
      this.#reader = undefined;
      this.#onBadPost(post, toError(error));
    }
  }

  #deliver(packet: EnginePacket): void {
    if (packet.type === "message") this.#handler?.onMessage(packet.data);
    else this.#handler?.onPacket(packet);
  }

  #onProcessed(post: HttpExchange): void {
    this.#reader = undefined;
    this.#post = undefined;
    // text/html: some user agents offer to download text/plain
    post.respond(200, { "Content-Type": "text/html", "cache-control": "no-store" }, "ok");
    const onIdle = this.#onIdle;
    this.#onIdle = undefined;
    onIdle?.();
  }

  /** Answers a waiting GET with an error. */
  #refusePoll(): void {
    if (this.#isAnswering) return;
    this.#poll?.onAbort(undefined);
    this.#poll?.respond(400, {});
    this.#poll = undefined;
  }

  #fail(code: string, message: string): void {
    this.#end("transport error", codedError(code, message));
  }

  /** Ends the transport; no request is left without an answer. */
  #end(reason: TransportCloseReason, cause?: Error): void {
    if (this.#state.name === "closed") return;
    if (this.#state.name === "closing") this.#state.deadline.cancel();
    this.#state = CLOSED;
    this.#answerLast();
    this.#handler?.onClose(reason, cause);
  }

  #answerLast(): void {
    const poll = this.#poll;
    if (poll !== undefined && !this.#isAnswering) {
      const body = this.#codec.encodePayload([{ type: "close" }], this.#supportsBinary);
      if (poll.ended) this.#poll = undefined;
      else this.#respond(poll, body);
    }
    const post = this.#post;
    this.#post = undefined;
    this.#reader = undefined;
    this.#onIdle = undefined;
    if (post !== undefined && !post.ended) post.respond(400, {});
  }
}

function statusOf(error: Error): number {
  if (hasCode(error, "BODY_TOO_LARGE")) return 413;
  return hasCode(error, "BODY_TIMEOUT") ? 408 : 400;
}

function isBinaryBody(headers: HeaderRecord): boolean {
  return headerOf(headers, "content-type") === "application/octet-stream";
}

function headerOf(headers: HeaderRecord, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "object" ? value.join(",") : value;
}
