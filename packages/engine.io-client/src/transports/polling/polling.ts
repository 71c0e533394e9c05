import type { EnginePacket, Timer } from "@halyard/contracts";
import { utf8Length } from "@halyard/core";
import { decodeBody, encodeBody } from "@halyard/engine.io-parser";
import { Transport } from "../transport.ts";

/** Calls off one HTTP request; its listeners are not called any more. */
export type CancelRequest = () => void;

/** Who waits for one HTTP request; exactly one of the two is called, once, in a later task. */
export interface RequestListener {
  /** The server has answered with status 200. */
  onReply(body: string): void;
  /** The description is the HTTP status if there is an answer, and `answer` its text; or else what is known of the reason. */
  onFailure(description: unknown, context?: unknown, answer?: string): void;
}

/** What is answered for a server that takes too long; see `requestTimeout`. */
export const REQUEST_TIMEOUT = "request timeout";

/** How long a polite goodbye may take, in milliseconds. */
const CLOSE_LIMIT_MS = 10_000;

/** HTTP long-polling: a GET waits for packets while POSTs bring them. What makes the requests is the subclass's. */
export abstract class Polling extends Transport {
  bufferedBytes = 0;
  #poll: CancelRequest | undefined;
  #post: CancelRequest | undefined;
  #paused = false;
  #onIdle: (() => void) | undefined;
  #closeLimit: Timer | undefined;

  /** First word of the error messages, then what GET and POST are called in them. */
  protected abstract readonly terms: readonly [string, string, string];

  /** What servers and options call it. */
  get name(): "polling" {
    return "polling";
  }

  /** Whether no request that sends is under way. */
  override get writable(): boolean {
    return this.state === "open" && !this.#paused && !this.#post;
  }

  /** Starts an HTTP request: GET without a body, else POST. */
  protected abstract request(url: string, body: string | undefined, listener: RequestListener): CancelRequest;

  /** Makes the first request. */
  open(): void {
    this.#poll = this.#request(1, undefined, (body) => {
      this.#poll = undefined;
      this.receive(() => decodeBody(body));
      if (this.state === "open" && !this.#paused) this.open();
      this.#settlePause();
    });
  }

  /** Sends packets in one or several requests, one at a time. */
  send(packets: readonly EnginePacket[]): void {
    if (this.state !== "open") return;
    const body = String(encodeBody(packets));
    this.bufferedBytes = utf8Length(body);
    this.#post = this.#request(2, body, () => {
      this.#post = undefined;
      this.bufferedBytes = 0;
      if (this.state === "closing") return this.#sayGoodbye();
      this.#settlePause();
      if (this.writable) this.handler.onWritable();
    });
  }

  /** Settles once neither request is in flight; the server releases the GET when it sees the probe. */
  pause(): Promise<void> {
    this.#paused = true;
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      this.#settlePause();
    });
  }

  /** Polls again after a pause. */
  resume(): void {
    this.#paused = false;
    this.#onIdle = undefined;
    if (this.state !== "open") return;
    if (!this.#poll) this.open();
    if (!this.#post) this.handler.onWritable();
  }

  /** Says goodbye once everything that was sent has left. */
  close(): void {
    const { state } = this;
    if (state === "closing" || state === "closed") return;
    this.state = "closing";
    this.#closeLimit = this.options.clock.schedule(() => this.abort(), CLOSE_LIMIT_MS, true);
    // a handshake in flight makes a session on the server: wait for its id to say goodbye
    if (state === "open" && !this.#post) this.#sayGoodbye();
  }

  protected override onHandshake(): void {
    if (this.state === "opening") this.state = "open";
    else if (this.state === "closing") this.#sayGoodbye();
  }

  protected release(): void {
    this.#closeLimit?.cancel();
    this.#poll?.();
    this.#post?.();
    this.#poll = this.#post = undefined;
    this.#settlePause();
  }

  #request(term: 1 | 2, body: string | undefined, onReply: (body: string) => void): CancelRequest {
    const { terms } = this;
    const url = this.url("http", this.options.timestampRequests !== false);
    const onFailure = (description: unknown, context?: unknown, answer?: string): void =>
      this.fail(`${terms[0]} ${terms[term]} error`, description, context, saidBy(description, url, answer));
    try {
      return this.request(url, body, { onReply, onFailure });
    } catch (error) {
      // such as a header that cannot be sent
      queueMicrotask(() => onFailure(error));
      return () => {};
    }
  }

  #settlePause(): void {
    if (this.#poll || this.#post) return;
    this.#onIdle?.();
    this.#onIdle = undefined;
  }

  #sayGoodbye(): void {
    this.#post = this.#request(2, "1", () => this.abort());
  }
}

/** What is known of a failure besides the status: servers put refusals with status 400 into words. */
function saidBy(status: unknown, url: string, answer = ""): string {
  const words = status === 400 && /"message":"([\w ]+)/.exec(answer)?.[1];
  if (Number(status) > 0) return words || `HTTP ${String(status)}`;
  // browsers keep to themselves which of the two it was
  const page = globalThis.location as Location | undefined;
  return answer || (page && !url.startsWith(page.origin + "/") ? "cors or network" : "");
}
