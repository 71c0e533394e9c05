import type {
  BodyReader,
  EngineCodec,
  EnginePacket,
  HeaderRecord,
  HttpExchange,
  TransportCloseReason,
} from "@halyard/contracts";
import { codedError, hasCode, toError } from "@halyard/core";
import type { Metered, WorkMeter, WorkMeters } from "../loop-turns.ts";
import { decodeBody, type PayloadReader } from "./polling-body.ts";

/** What the readers of one server share. */
export interface PostContext {
  readonly meters: WorkMeters;
  readonly maxBodyBytes: number;
}

/** Takes what POSTs bring, in wire order. */
export interface PostOwner {
  onPacket(packet: EnginePacket): void;
  /** A POST was out of order, and has been refused. */
  onBadPost(reason: TransportCloseReason, cause: Error): void;
}

interface PostRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** HTML, because some user agents offer to download plain text. */
const OK_HEADERS = { "Content-Type": "text/html", "cache-control": "no-store" };

/** Reads the POSTs of one session, one at a time; each is answered when its packets are processed. */
export class PostReader implements Metered, BodyReader {
  readonly #codec: EngineCodec;
  readonly #context: PostContext;
  readonly #owner: PostOwner;
  #meter: WorkMeter | undefined;
  /** The POST whose packets are being read or processed. */
  #post: HttpExchange | undefined;
  #reader: PayloadReader | undefined;
  #isHeld = false;
  #onIdle: (() => void) | undefined;

  constructor(codec: EngineCodec, context: PostContext, owner: PostOwner) {
    this.#codec = codec;
    this.#context = context;
    this.#owner = owner;
  }

  /** Bytes that the connection of the POST under way has brought; 0 if there is none. */
  get receivedBytes(): number {
    return this.#post === undefined ? 0 : this.#post.receivedBytes;
  }

  /** Takes a POST; it is answered in any case. */
  receive(exchange: HttpExchange): void {
    const refusal = this.#refusalOf(exchange);
    if (refusal !== undefined) {
      exchange.respond(refusal.status, {});
      this.#owner.onBadPost("transport error", codedError(refusal.code, refusal.message));
      return;
    }
    this.#post = exchange;
    exchange.readBody(this.#context.maxBodyBytes, this);
  }

  /** Calls back once no POST is being read or processed. */
  whenIdle(onIdle: () => void): void {
    if (this.#post === undefined) onIdle();
    else this.#onIdle = onIdle;
  }

  hold(): void {
    this.#isHeld = true;
  }

  resume(): void {
    this.#isHeld = false;
    this.#process();
  }

  /** The session is over; a POST that is under way gets an error. */
  stop(): void {
    const post = this.#post;
    this.#post = undefined;
    this.#reader = undefined;
    this.#onIdle = undefined;
    post?.respond(400, {});
  }

  onBody(body: Uint8Array): void {
    const post = this.#post;
    if (post === undefined) return;
    try {
      this.#reader = decodeBody(body, this.#codec, isBinary(post.headers));
    } catch (error) {
      this.#fail(post, error);
      return;
    }
    this.#process();
  }

  /** Also called for a POST that is over: it was answered before its body was there. */
  onBodyFailure(error: Error): void {
    if (this.#post !== undefined) this.#fail(this.#post, error);
  }

  onTurnEnd(): void {
    this.#meter = undefined;
    this.#process();
  }

  #refusalOf({ ended, headers }: HttpExchange): PostRefusal | undefined {
    if (ended) return { status: 400, code: "BODY_ABORTED", message: "the client went away before its POST was read" };
    if (this.#post !== undefined) {
      return { status: 400, code: "POST_OVERLAP", message: "the client sent a POST while another one was under way" };
    }
    const encoding = headerOf(headers, "content-encoding");
    if (encoding !== undefined && encoding !== "identity") {
      return { status: 415, code: "BAD_CONTENT", message: `the client sent a POST in encoding ${encoding}` };
    }
    if (this.#codec.protocol === 4 && isBinary(headers)) {
      return { status: 400, code: "BAD_CONTENT", message: "the client sent a binary POST in protocol revision 4" };
    }
    return undefined;
  }

  /** Processes what the POST brought, as far as this turn's budget goes. */
  #process(): void {
    const reader = this.#reader;
    const post = this.#post;
    if (reader === undefined || post === undefined) return;
    try {
      while (!this.#isHeld && this.#reader === reader) {
        const packet = reader.peek();
        if (packet === undefined) {
          this.#finish(post);
          return;
        }
        if (!this.#mayWork()) return;
        reader.next();
        if (packet.type === "close") this.#finish(post); // it ends the session, and the request was in order
        this.#owner.onPacket(packet);
      }
    } catch (error) {
      this.#fail(post, error);
    }
  }

  /** Counts a packet; false once the connection has had its share of the turn. */
  #mayWork(): boolean {
    return (this.#meter ??= this.#context.meters.begin(this)).take();
  }

  #finish(post: HttpExchange): void {
    this.#reader = undefined;
    this.#post = undefined;
    post.respond(200, OK_HEADERS, "ok");
    const onIdle = this.#onIdle;
    this.#onIdle = undefined;
    onIdle?.();
  }

  #fail(exchange: HttpExchange, thrown: unknown): void {
    if (this.#post !== exchange) return; // answered already
    const error = toError(thrown);
    this.#post = undefined;
    this.#reader = undefined;
    exchange.respond(statusOf(error), {});
    this.#owner.onBadPost(hasCode(error, "ENGINE_PARSE") ? "parse error" : "transport error", error);
  }
}

/** A header's value in one piece. */
export function headerOf(headers: HeaderRecord, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "object" ? value.join(",") : value;
}

function statusOf(error: Error): number {
  if (hasCode(error, "BODY_TOO_LARGE")) return 413;
  return hasCode(error, "BODY_TIMEOUT") ? 408 : 400;
}

function isBinary(headers: HeaderRecord): boolean {
  return headerOf(headers, "content-type") === "application/octet-stream";
}
