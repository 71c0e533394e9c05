import { ServerResponse } from "node:http";
import { codedError, type DeadlineEntry, type DeadlineQueue } from "@halyard/core";
import { SLOW_CONSUMER } from "../transports/server-transport.ts";

/** Bytes given to the socket at a time, so that its progress with a large answer can be seen. */
const SLICE_BYTES = 65_536;
/** Text of this length may have as many bytes as a slice. */
const SLICE_CHARS = SLICE_BYTES / 3;

/** What the writers of one server share. */
export interface AnswerContext {
  /** Its delay is how long a client may read nothing of an answer. */
  readonly stalls: DeadlineQueue;
  /** Calls back once pending input and output have been seen to. */
  readonly afterInput: (callback: () => void) => void;
}

/** Ends a response with a body. Returns nothing if the operating system has taken all of it at once, as is usual. */
export function endWith(
  response: ServerResponse,
  body: string | Uint8Array,
  context: AnswerContext,
): AnswerWriter | undefined {
  const bytes = typeof body === "string" && body.length > SLICE_CHARS ? Buffer.from(body) : body;
  if (typeof bytes !== "string" && bytes.byteLength > SLICE_BYTES) return new AnswerWriter(response, bytes, context);
  if (typeof bytes === "string" && isPlain(response)) endInOneWrite(response, bytes);
  else response.end(bytes);
  return response.writableLength === 0 ? undefined : new AnswerWriter(response, undefined, context);
}

/** Whether it goes to a socket as it is: middlewares may do something of their own when a response is written or ended. */
function isPlain(response: ServerResponse): boolean {
  const original = ServerResponse.prototype;
  return response.write === original.write && response.end === original.end;
}

/** `end` alone hands the socket two pieces, of which the second is empty; that takes a call of the system that costs more. */
function endInOneWrite(response: ServerResponse, body: string): void {
  const { socket } = response;
  socket?.cork();
  response.write(body);
  socket?.uncork();
  response.end();
}

/**
 * Writes an answer as fast as the client reads it, and gives the client up when it reads nothing for the stall delay,
 * whatever has become of its session.
 */
export class AnswerWriter implements DeadlineEntry {
  readonly #response: ServerResponse;
  readonly #context: AnswerContext;
  /** What has not been given to the response. */
  #rest: Uint8Array | undefined;
  /** What was unsent when the wait for progress began. */
  #unsentAtWatch = 0;
  #isSettled = false;
  #failure: Error | undefined;
  #onSent: ((error?: Error) => void) | undefined;

  constructor(response: ServerResponse, rest: Uint8Array | undefined, context: AnswerContext) {
    this.#response = response;
    this.#context = context;
    this.#rest = rest;
    response
      .on("drain", () => this.#write())
      .once("finish", () => this.#settle())
      .once("close", () =>
        this.#settle(this.#failure ?? codedError("ANSWER_ABORTED", "the client left the answer unread")),
      );
    this.#write();
    this.#watch();
  }

  get unsentBytes(): number {
    if (this.#isSettled) return 0;
    // an answer whose bytes are all with the socket is unsent until that says so
    return Math.max(1, (this.#rest?.byteLength ?? 0) + this.#response.writableLength);
  }

  onSent(listener: (error?: Error) => void): void {
    this.#onSent = listener;
  }

  onDeadline(): void {
    this.#context.afterInput(() => {
      if (this.#isSettled) return;
      if (this.unsentBytes < this.#unsentAtWatch) {
        this.#watch();
        return;
      }
      this.#failure = codedError(SLOW_CONSUMER, "the client has read nothing for the time that stallTimeout allows");
      this.#response.destroy();
    });
  }

  #watch(): void {
    this.#unsentAtWatch = this.unsentBytes;
    this.#context.stalls.start(this);
  }

  /** Writes slice by slice until everything is out or the socket is full. */
  #write(): void {
    while (this.#rest !== undefined && this.#response.writableLength === 0 && !this.#isSettled) {
      const slice = this.#rest.subarray(0, SLICE_BYTES);
      const isLast = slice.byteLength === this.#rest.byteLength;
      this.#rest = isLast ? undefined : this.#rest.subarray(SLICE_BYTES);
      if (isLast) this.#response.end(slice);
      else this.#response.write(slice);
    }
  }

  #settle(error?: Error): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#rest = undefined;
    this.#context.stalls.stop(this);
    this.#onSent?.(error);
  }
}
