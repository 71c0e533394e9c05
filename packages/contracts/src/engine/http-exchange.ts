/** Headers by name in lower case; several values of one name are a list. */
export type HeaderRecord = Readonly<Record<string, string | readonly string[] | undefined>>;

/** One HTTP request and its answer, whichever host carries it. */
export interface HttpExchange {
  readonly method: string;
  /** Path and query string as sent; parsed only where needed. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: HeaderRecord;
  readonly remoteAddress: string | undefined;
  /** Whether an answer has been given or the client is gone. */
  readonly ended: boolean;
  /** Bytes of the answer that the client has not taken yet, so that they are still held in memory. */
  readonly unsentBytes: number;
  /** Bytes that the client's connection has brought so far; it grows while a body is on its way. */
  readonly receivedBytes: number;
  /** Called at most once, when the client goes away before it was answered. Replaces the former listener. */
  onAbort(listener: (() => void) | undefined): void;
  /**
   * To be set when something is unsent after `respond`. Called once: without an error when the operating system has taken all
   * of the answer, with one when the client went away before that (`ANSWER_ABORTED`) or was given up (`SLOW_CONSUMER`).
   */
  onSent(listener: (error?: Error) => void): void;
  /** Reads the whole body. One method of the reader is called, once, perhaps before this one returns. */
  readBody(maxBytes: number, reader: BodyReader): void;
  /** Answers the request; at most once. */
  respond(status: number, headers: HeaderRecord, body?: string | Uint8Array): void;
}

/** Gets the body of a request. */
export interface BodyReader {
  /** All of it, in one piece. */
  onBody(body: Uint8Array): void;
  /**
   * There will be no body: `BODY_TOO_LARGE` as soon as the limit is passed, `BODY_ABORTED` when the client goes away or is answered
   * before, `BODY_TIMEOUT` when it does not arrive in time.
   */
  onBodyFailure(error: Error): void;
}
