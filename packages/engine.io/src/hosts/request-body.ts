import type { IncomingMessage, ServerResponse } from "node:http";
import type { BodyReader, Clock } from "@halyard/contracts";
import { codedError, type DeadlineEntry, type DeadlineQueue } from "@halyard/core";

/** Read from a client whose body is too large, so that it gets to see the answer (limit L1). */
const MAX_DISCARDED_BYTES = 262_144;
const DISCARD_TIMEOUT_MS = 5_000;

/** Collects a body up to a limit. */
export class RequestBody implements DeadlineEntry {
  readonly #request: IncomingMessage;
  readonly #maxBytes: number;
  readonly #deadlines: DeadlineQueue;
  readonly #reader: BodyReader;
  #chunks: Buffer[] = [];
  #byteLength = 0;
  #isOver = false;

  /** Starts to read. */
  constructor(
    request: IncomingMessage,
    limits: { readonly maxBytes: number; readonly deadlines: DeadlineQueue },
    reader: BodyReader,
  ) {
    this.#request = request;
    this.#maxBytes = limits.maxBytes;
    this.#deadlines = limits.deadlines;
    this.#reader = reader;
    limits.deadlines.start(this);
    // these stay: taking them off again would cost as much as the rest
    request.on("data", this.#onData).on("end", this.#onEnd).on("close", this.#onClose);
    if (request.httpVersionMajor >= 2) request.on("error", this.#onClose); // HTTP/1 tells nobody who does not listen
  }

  /** An answer is given before the body is complete. */
  abandon(): void {
    this.#fail(codedError("BODY_ABORTED", "the request was answered before its body was complete"));
  }

  onDeadline(): void {
    this.#fail(codedError("BODY_TIMEOUT", "the body did not arrive within requestTimeout"));
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#isOver) return;
    this.#byteLength += chunk.byteLength;
    if (this.#byteLength > this.#maxBytes) this.#fail(tooLarge(this.#maxBytes));
    else this.#chunks.push(chunk);
  };

  readonly #onEnd = (): void => {
    // HTTP/2 tells the end of a body that was cut off before it tells that it was cut off
    if (this.#request.httpVersionMajor >= 2) setImmediate(() => this.#complete());
    else this.#complete();
  };

  readonly #onClose = (): void => {
    if (!this.#request.readableEnded || isCutOff(this.#request)) {
      this.#fail(codedError("BODY_ABORTED", "the client went away before its body was complete"));
    }
  };

  #complete(): void {
    if (this.#isOver) return;
    if (isCutOff(this.#request)) {
      this.#onClose();
      return;
    }
    const [first] = this.#chunks;
    const body =
      first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#byteLength);
    this.#stop();
    this.#reader.onBody(body);
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#stop();
    this.#reader.onBodyFailure(error);
  }

  #stop(): void {
    this.#isOver = true;
    this.#deadlines.stop(this);
    this.#chunks = [];
  }
}

/** The size that a request announces for its body; 0 if it announces none. */
export function announcedBytes(request: IncomingMessage): number {
  return Number(request.headers["content-length"] ?? 0);
}

/** The failure of a body above the limit. */
export function tooLarge(maxBytes: number): Error {
  return codedError("BODY_TOO_LARGE", `the body has more than ${maxBytes} bytes, see maxHttpBufferSize`);
}

/** Reads on for a while after an early answer: closing at once would reset the connection and lose the answer. */
export function discardRest(request: IncomingMessage, response: ServerResponse, clock: Clock): void {
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

/** Whether the client has ended the request rather than completed it. */
function isCutOff(request: IncomingMessage): boolean {
  return request.aborted; // the compatibility API of HTTP/2 has nothing else
}
