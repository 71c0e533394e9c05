import type { EngineControlPacket, EnginePacket, Timer } from "@halyard/contracts";
import { utf8Length } from "@halyard/core";
import { parseHandshake } from "../../session/handshake.ts";
import { Transport } from "../transport.ts";

/** Calls off one HTTP request; its listeners are not called any more. */
export type CancelRequest = () => void;

/** Who waits for one HTTP request; exactly one of the two is called, once, in a later task. */
export interface RequestListener {
  onReply(body: string): void;
  onFailure(description: unknown, context?: unknown): void;
}

/** How long a polite goodbye may take, in milliseconds. */
const CLOSE_LIMIT_MS = 10_000;

/** HTTP long-polling: a GET waits for packets while POSTs bring them. What makes the requests is the subclass's. */
export abstract class Polling extends Transport {
  #poll: CancelRequest | undefined;
  #post: CancelRequest | undefined;
  #postBytes = 0;
  #paused = false;
  #onIdle: (() => void) | undefined;
  #closeLimit: Timer | undefined;

  /** First word of the error messages, then what GET and POST are called in them. */
  protected abstract readonly terms: readonly [string, string, string];

  get name(): "polling" {
    return "polling";
  }

  get writable(): boolean {
    return this.state === "open" && !this.#paused && this.#post === undefined;
  }

  get bufferedBytes(): number {
    return this.#postBytes;
  }

  /** Starts an HTTP request: GET without a body, else POST. */
  protected abstract request(url: string, body: string | undefined, listener: RequestListener): CancelRequest;

  open(): void {
    this.#startPoll();
  }

  send(packets: readonly EnginePacket[]): void {
    if (this.state === "open") this.#startPost(packets, () => this.#onPosted());
  }

  /** Settles once neither request is in flight; the server releases the GET when it sees the probe. */
  pause(): Promise<void> {
    this.#paused = true;
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      this.#settlePause();
    });
  }

  resume(): void {
    this.#paused = false;
    this.#onIdle = undefined;
    if (this.state !== "open") return;
    if (!this.#poll) this.#startPoll();
    if (!this.#post) this.handler.onWritable();
  }

  close(): void {
    if (this.state === "closing" || this.state === "closed") return;
    const opening = this.state === "opening";
    this.state = "closing";
    this.#closeLimit = this.options.clock.schedule(() => this.abort(), CLOSE_LIMIT_MS, true);
    // a handshake in flight makes a session on the server: wait for its id to say goodbye
    if (!opening && !this.#post) this.#sayGoodbye();
  }

  protected override onPacket(packet: EngineControlPacket): void {
    if (packet.type === "open") {
      this.sessionId = parseHandshake(packet.data).sid;
      if (this.state === "opening") this.state = "open";
      else if (this.state === "closing") this.#sayGoodbye();
    }
    super.onPacket(packet);
  }

  protected release(): void {
    this.#closeLimit?.cancel();
    this.#poll?.();
    this.#post?.();
    this.#poll = this.#post = undefined;
    this.#settlePause();
  }

  #request(body: string | undefined, term: 1 | 2, onReply: (body: string) => void): CancelRequest {
    const url = this.url("http", this.options.given.timestampRequests !== false);
    const onFailure = (description: unknown, context?: unknown): void =>
      this.fail(`${this.terms[0]} ${this.terms[term]} error`, description, context);
    try {
      return this.request(url, body, { onReply, onFailure });
    } catch (error) {
      // such as a header that cannot be sent
      queueMicrotask(() => onFailure(error));
      return () => {};
    }
  }

  #startPoll(): void {
    this.#poll = this.#request(undefined, 1, (body) => this.#onPolled(body));
  }

  #startPost(packets: readonly EnginePacket[], onReply: () => void): void {
    const body = String(this.options.platform.codec.encodePayload(packets));
    this.#postBytes = utf8Length(body);
    this.#post = this.#request(body, 2, onReply);
  }

  #onPolled(body: string): void {
    this.#poll = undefined;
    this.receive(() => this.options.platform.codec.decodePayload(body));
    if (this.state === "open" && !this.#paused) this.#startPoll();
    this.#settlePause();
  }

  #onPosted(): void {
    this.#post = undefined;
    this.#postBytes = 0;
    if (this.state === "closing") return this.#sayGoodbye();
    this.#settlePause();
    if (this.writable) this.handler.onWritable();
  }

  #settlePause(): void {
    if (this.#poll !== undefined || this.#post) return;
    this.#onIdle?.();
    this.#onIdle = undefined;
  }

  #sayGoodbye(): void {
    this.#startPost([{ type: "close" }], () => this.end("transport close"));
  }
}
