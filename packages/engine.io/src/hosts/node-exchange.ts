import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock, HeaderRecord, HttpExchange, Timer } from "@halyard/contracts";
import { codedError } from "@halyard/core";

/** Read from a client whose body is too large, so that it gets to see the answer (limit L1). */
const MAX_DISCARDED_BYTES = 262_144;
const DISCARD_TIMEOUT_MS = 5_000;

/** How requests are read. */
export interface NodeExchangeContext {
  readonly clock: Clock;
  /** How long a body may take to arrive. */
  readonly requestTimeoutMs: number;
}

/** Adds headers to an answer. */
export type HeaderDecorator = (headers: Record<string, string | readonly string[] | undefined>) => void;

/** A request and its answer over `node:http`, `node:https` or the compatibility API of `node:http2`. */
export class NodeExchange implements HttpExchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #context: NodeExchangeContext;
  readonly #decorate: HeaderDecorator | undefined;
  #onAbort: (() => void) | undefined;
  #isListening = false;
  /** Part of a body that is too large is still on its way. */
  #isCutOff = false;
  #reading: BodyReading | undefined;

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
    return this.#response.headersSent || this.#response.destroyed;
  }

  onAbort(listener: (() => void) | undefined): void {
    this.#onAbort = listener;
    if (listener === undefined || this.#isListening) return;
    this.#isListening = true;
    this.#response.once("close", () => {
      if (!this.#response.writableEnded) this.#onAbort?.();
    });
  }

  async readBody(maxBytes: number): Promise<Uint8Array> {
    if (Number(this.#request.headers["content-length"] ?? 0) > maxBytes) {
      this.#isCutOff = true;
      throw tooLarge(maxBytes);
    }
    return new Promise((resolve, reject) => {
      const timer = this.#context.clock.schedule(
        () => fail(codedError("BODY_TIMEOUT", "the body did not arrive within requestTimeout")),
        this.#context.requestTimeoutMs,
        true,
      );
      const finish = (body: Uint8Array): void => {
        this.#reading = undefined;
        resolve(body);
      };
      const fail = (error: Error): void => {
        this.#isCutOff = true;
        this.#reading?.stop();
        this.#reading = undefined;
        reject(error);
      };
      this.#reading = new BodyReading(this.#request, maxBytes, timer, finish, fail);
    });
  }

  respond(status: number, headers: HeaderRecord, body: string | Uint8Array = ""): void {
    if (this.ended) return;
    this.#reading?.abandon();
    const all: Record<string, string | readonly string[] | undefined> = { ...headers };
    all["Content-Length"] = String(typeof body === "string" ? Buffer.byteLength(body) : body.byteLength);
    if (this.#isCutOff && this.#request.httpVersionMajor < 2) all["Connection"] = "close";
    this.#decorate?.(all);
    this.#response.writeHead(status, withoutUndefined(all));
    if (!this.#isCutOff) {
      this.#response.end(body);
      return;
    }
    if (body.length > 0) this.#response.write(body);
    this.#response.flushHeaders();
    discardRest(this.#request, this.#response, this.#context.clock);
  }
}

/** Collects a body up to a limit. */
class BodyReading {
  readonly #request: IncomingMessage;
  readonly #maxBytes: number;
  readonly #timer: Timer;
  readonly #onBody: (body: Uint8Array) => void;
  readonly #onFailure: (error: Error) => void;
  #chunks: Buffer[] = [];
  #byteLength = 0;

  constructor(
    request: IncomingMessage,
    maxBytes: number,
    timer: Timer,
    onBody: (body: Uint8Array) => void,
    onFailure: (error: Error) => void,
  ) {
    this.#request = request;
    this.#maxBytes = maxBytes;
    this.#timer = timer;
    this.#onBody = onBody;
    this.#onFailure = onFailure;
    request.on("data", this.#onData).on("end", this.#onEnd).on("close", this.#onClose).on("error", this.#onClose);
  }

  /** An answer is given before the body is complete. */
  abandon(): void {
    this.#onFailure(codedError("BODY_ABORTED", "the request was answered before its body was complete"));
  }

  stop(): void {
    this.#timer.cancel();
    this.#chunks = [];
    this.#request
      .off("data", this.#onData)
      .off("end", this.#onEnd)
      .off("close", this.#onClose)
      .off("error", this.#onClose);
    this.#request.on("error", () => {}); // nobody waits for the rest
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#byteLength += chunk.byteLength;
    if (this.#byteLength > this.#maxBytes) this.#onFailure(tooLarge(this.#maxBytes));
    else this.#chunks.push(chunk);
  };

  readonly #onEnd = (): void => {
    const [first] = this.#chunks;
    const body =
      first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#byteLength);
    this.stop();
    this.#onBody(body);
  };

  readonly #onClose = (): void => {
    this.#onFailure(codedError("BODY_ABORTED", "the client went away before its body was complete"));
  };
}

/** Reads on for a while after an early answer: closing at once would reset the connection and lose the answer. */
function discardRest(request: IncomingMessage, response: ServerResponse, clock: Clock): void {
  let discarded = 0;
  const finish = (): void => {
    timer.cancel();
    response.end(() => request.destroy());
  };
  const timer = clock.schedule(finish, DISCARD_TIMEOUT_MS, true);
  request.on("data", (chunk: Buffer) => {
    discarded += chunk.byteLength;
    if (discarded > MAX_DISCARDED_BYTES) finish();
  });
  request.once("end", finish).once("error", finish).once("close", finish);
  request.resume();
}

function tooLarge(maxBytes: number): Error {
  return codedError("BODY_TOO_LARGE", `the body has more than ${maxBytes} bytes, see maxHttpBufferSize`);
}

function withoutUndefined(
  headers: Record<string, string | readonly string[] | undefined>,
): Record<string, string | string[]> {
  const result: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) result[name] = typeof value === "string" ? value : [...value];
  }
  return result;
}
