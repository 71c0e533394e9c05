import type { ClusterReply, Timer } from "@halyard/contracts";
import { codedError, type CodedError } from "@halyard/core";
import type { AckCallback } from "../acks/callback-ack.ts";
import type { PendingAck } from "../acks/pending-acks.ts";

/** A broadcast that not everybody acknowledged. */
export interface BroadcastAckError extends CodedError {
  /** The answers that did arrive. */
  readonly responses: readonly unknown[];
  /** Ids of this server's sockets that gave no answer. */
  readonly missing: readonly string[];
}

/**
 * Collects the answers to one broadcast: one object for all its recipients. It is complete once every recipient has answered
 * or left, here and on the other servers, or when its time is over.
 */
export class BroadcastAck implements PendingAck {
  readonly #done: AckCallback;
  readonly #waiting = new Set<string>();
  readonly #missing: string[] = [];
  readonly #answers: unknown[] = [];
  readonly #controller = new AbortController();
  #state: "collecting" | "complete" = "collecting";
  #othersReplied = false;
  #othersMissing = 0;
  #timer: Timer | undefined;

  constructor(done: AckCallback) {
    this.#done = done;
  }

  /** Aborts once nobody waits for the answers of other servers any more. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ids of the sockets that have neither answered nor left. */
  get waiting(): Iterable<string> {
    return this.#waiting;
  }

  guard(timer: Timer): void {
    this.#timer = timer;
  }

  expect(socketId: string): void {
    this.#waiting.add(socketId);
  }

  /** A recipient cannot be asked at all. */
  miss(socketId: string): void {
    this.#missing.push(socketId);
  }

  reply(answer: readonly unknown[], socketId: string): void {
    this.#waiting.delete(socketId);
    this.#answers.push(answer[0]);
    this.#check();
  }

  abandon(_error: Error, socketId: string): void {
    this.#waiting.delete(socketId);
    this.#missing.push(socketId);
    this.#check();
  }

  /** Takes the answers from other servers; until they have ended the broadcast is not complete. */
  async collect(replies: AsyncIterable<ClusterReply>): Promise<void> {
    let expected = 0;
    let received = 0;
    try {
      for await (const reply of replies) {
        if (reply.kind === "expect") expected += reply.count;
        if (reply.kind === "ack") {
          received++;
          this.#answers.push(reply.data[0]);
        }
      }
    } finally {
      this.#othersMissing = expected - received;
      this.#othersReplied = true;
      this.#check();
    }
  }

  /** The time is over. */
  expire(): void {
    this.#complete(codedError("ACK_TIMEOUT", "operation has timed out"));
  }

  #check(): void {
    if (!this.#othersReplied || this.#waiting.size > 0) return;
    const complete = this.#missing.length === 0 && this.#othersMissing <= 0;
    this.#complete(
      complete ? undefined : codedError("ACK_INCOMPLETE", "some clients have left without acknowledging the event"),
    );
  }

  #complete(error: CodedError | undefined): void {
    if (this.#state === "complete") return;
    this.#state = "complete";
    this.#timer?.cancel();
    this.#controller.abort();
    if (error === undefined) {
      this.#done(null, this.#answers);
      return;
    }
    const failure: BroadcastAckError = Object.assign(error, {
      responses: this.#answers,
      missing: [...this.#missing, ...this.#waiting],
    });
    this.#done(failure, this.#answers);
  }
}
