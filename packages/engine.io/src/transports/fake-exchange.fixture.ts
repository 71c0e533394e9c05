import type { BodyReader, HeaderRecord, HttpExchange } from "@halyard/contracts";
import { codedError } from "@halyard/core";

/** An HTTP request whose client is played by a test. */
export class FakeExchange implements HttpExchange {
  readonly target = "/engine.io/";
  readonly remoteAddress = "127.0.0.1";
  readonly answers: { readonly status: number; readonly headers: HeaderRecord; readonly body: string }[] = [];
  ended = false;
  /** What the client leaves unread of its next answer, until `read`. */
  unsentBytes = 0;
  receivedBytes = 0;
  readonly method: string;
  readonly headers: HeaderRecord;
  #onAbort: (() => void) | undefined;
  #onSent: ((error?: Error) => void) | undefined;
  /** Whoever waits for the body. */
  #reader: BodyReader | undefined;
  #maxBytes = 0;

  constructor(method: string, headers: HeaderRecord = {}) {
    this.method = method;
    this.headers = headers;
  }

  /** A POST whose body arrives later. */
  static post(headers: HeaderRecord = {}): FakeExchange {
    return new FakeExchange("POST", headers);
  }

  /** The first answer in short: its body if it is in order, else its status. */
  get answer(): string | number | undefined {
    const [first] = this.answers;
    return first?.status === 200 ? first.body : first?.status;
  }

  onAbort(listener: (() => void) | undefined): void {
    this.#onAbort = listener;
  }

  onSent(listener: (error?: Error) => void): void {
    this.#onSent = listener;
  }

  readBody(maxBytes: number, reader: BodyReader): void {
    this.#maxBytes = maxBytes;
    this.#reader = reader;
  }

  respond(status: number, headers: HeaderRecord, body: string | Uint8Array = ""): void {
    if (this.ended) return;
    this.ended = true;
    this.answers.push({
      status,
      headers,
      body: typeof body === "string" ? body : Buffer.from(body).toString("latin1"),
    });
    this.#fail("BODY_ABORTED", "answered");
  }

  /** The client has sent its body. */
  async arrive(body: string | Uint8Array): Promise<void> {
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    if (bytes.byteLength > this.#maxBytes) this.#fail("BODY_TOO_LARGE", "too large");
    else {
      const reader = this.#reader;
      this.#reader = undefined;
      reader?.onBody(bytes);
    }
    await settled();
  }

  /** The client has read its answer, or will not. */
  read(error?: Error): void {
    this.unsentBytes = 0;
    this.#onSent?.(error);
  }

  /** The client has gone away. */
  abort(): void {
    this.ended = true;
    this.#fail("BODY_ABORTED", "gone");
    this.#onAbort?.();
  }

  #fail(code: string, message: string): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.onBodyFailure(codedError(code, message));
  }
}

/** Lets promises that are settled call back. */
export function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
