import type { IncomingMessage, ServerResponse } from "node:http";
import type { BodyReader, Clock, HeaderRecord, HttpExchange } from "@halyard/contracts";
import type { DeadlineQueue } from "@halyard/core";
import { endWith, type AnswerContext, type AnswerWriter } from "./answer-writer.ts";
import { announcedBytes, discardRest, RequestBody, tooLarge } from "./request-body.ts";

/** How requests are read and answered. */
export interface NodeExchangeContext extends AnswerContext {
  readonly clock: Clock;
  /** Waits of the time that a body may take to arrive. */
  readonly bodies: DeadlineQueue;
  /** What the application wanted to add to an answer cannot be added. */
  report(error: unknown): void;
}

/** Headers on their way into an answer. */
type AnswerHeaders = Record<string, string | readonly string[] | undefined>;

/** Adds headers to an answer. */
export type HeaderDecorator = (headers: AnswerHeaders) => void;

/** A request and its answer over `node:http`, `node:https` or the compatibility API of `node:http2`. */
export class NodeExchange implements HttpExchange, BodyReader {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #context: NodeExchangeContext;
  readonly #decorate: HeaderDecorator | undefined;
  #onAbort: (() => void) | undefined;
  #isListening = false;
  /** Part of a body that is too large is still on its way. */
  #isCutOff = false;
  #reader: BodyReader | undefined;
  #body: RequestBody | undefined;
  #writer: AnswerWriter | undefined;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    context: NodeExchangeContext,
    decorate: HeaderDecorator | undefined,
  ) {
    this.#request = request;
    this.#response = response;
    this.#context = context;
    this.#decorate = decorate;
  }

  get method(): string {
    return this.#request.method ?? "";
  }

  get target(): string {
    return this.#request.url ?? "";
  }

  get headers(): HeaderRecord {
    return this.#request.headers;
  }

  get remoteAddress(): string | undefined {
    return this.#request.socket.remoteAddress;
  }

  get ended(): boolean {
    return this.#response.headersSent || this.#response.writableEnded || hasGone(this.#request, this.#response);
  }

  get unsentBytes(): number {
    return this.#writer?.unsentBytes ?? 0;
  }

  get receivedBytes(): number {
    return this.#request.socket.bytesRead;
  }

  onAbort(listener: (() => void) | undefined): void {
    this.#onAbort = listener;
    if (listener === undefined || this.#isListening) return;
    this.#isListening = true;
    this.#response.on("close", () => {
      if (!this.#response.writableEnded) this.#onAbort?.();
    });
  }

  onSent(listener: (error?: Error) => void): void {
    this.#writer?.onSent(listener);
  }

  readBody(maxBytes: number, reader: BodyReader): void {
    this.#reader = reader;
    if (announcedBytes(this.#request) > maxBytes) this.onBodyFailure(tooLarge(maxBytes));
    else this.#body = new RequestBody(this.#request, { maxBytes, deadlines: this.#context.bodies }, this);
  }

  onBody(body: Uint8Array): void {
    this.#body = undefined;
    this.#reader?.onBody(body);
  }

  onBodyFailure(error: Error): void {
    this.#isCutOff = true;
    this.#body = undefined;
    this.#reader?.onBodyFailure(error);
  }

  respond(status: number, headers: HeaderRecord, body: string | Uint8Array = ""): void {
    if (this.ended) return;
    this.#body?.abandon();
    this.#writeHead(status, headers, typeof body === "string" ? Buffer.byteLength(body) : body.byteLength);
    if (!this.#isCutOff) {
      this.#writer = endWith(this.#response, body, this.#context);
      return;
    }
    if (body.length > 0) this.#response.write(body);
    this.#response.flushHeaders();
    discardRest(this.#request, this.#response, this.#context.clock);
  }

  #writeHead(status: number, headers: HeaderRecord, byteLength: number): void {
    const isHttp1 = this.#request.httpVersionMajor < 2;
    if (isHttp1 && this.#decorate === undefined && !this.#isCutOff) {
      this.#response.writeHead(status, inPairs(headers, byteLength));
      return;
    }
    const own: AnswerHeaders = { ...headers, "Content-Length": String(byteLength) };
    if (this.#isCutOff && isHttp1) own["Connection"] = "close";
    if (this.#decorate === undefined) {
      this.#response.writeHead(status, withoutUndefined(own));
      return;
    }
    const all = { ...own };
    this.#decorate(all);
    try {
      this.#response.writeHead(status, withoutUndefined(all));
    } catch (error) {
      // what listeners put into headers may come from a client; the answer is due in any case
      this.#context.report(error);
      this.#response.writeHead(status, withoutUndefined(own));
    }
  }
}

/** Whether the client has gone away, perhaps before anybody listened for that. */
function hasGone(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.httpVersionMajor < 2) return response.destroyed || request.socket.destroyed;
  return request.aborted || ("stream" in response && isDestroyed(response.stream));
}

/** The responses of HTTP/2 do not tell; without a stream they are closed. */
function isDestroyed(stream: unknown): boolean {
  return typeof stream !== "object" || stream === null || ("destroyed" in stream && stream.destroyed === true);
}

/** The form that costs least, which HTTP/2 does not take: names and values in turn. */
function inPairs(headers: HeaderRecord, byteLength: number): (string | string[])[] {
  const pairs: (string | string[])[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) pairs.push(name, typeof value === "string" ? value : [...value]);
  }
  pairs.push("Content-Length", String(byteLength));
  return pairs;
}

function withoutUndefined(headers: AnswerHeaders): Record<string, string | string[]> {
  const result: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) result[name] = typeof value === "string" ? value : [...value];
  }
  return result;
}
