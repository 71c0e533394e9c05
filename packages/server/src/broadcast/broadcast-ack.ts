import type { ClusterReply, MissingNode, Timer } from "@halyard/contracts";
import { codedError, type CodedError } from "@halyard/core";
import type { PendingAck } from "../acks/pending-acks.ts";

/** A broadcast that not everybody acknowledged. */
export interface BroadcastAckError extends CodedError {
  /** The answers that did arrive. */
  readonly responses: readonly unknown[];
  /** Ids of this server's sockets that gave no answer. */
  readonly missing: readonly string[];
  /** Ids of the other servers whose clients' answers are not complete. */
  readonly missingNodes: readonly string[];
}

/** Takes the answers to a broadcast. */
export interface BroadcastAckReader {
  /** An answer, as soon as it is there. */
  onAnswer?(answer: unknown): void;
  /** Called once, with all of them. */
  onComplete(error: BroadcastAckError | null, answers: readonly unknown[]): void;
}

/**
 * Collects the answers to one broadcast: one object for all its recipients. It is complete once every recipient has answered
 * or left, here and on the other servers, or when its time is over.
 */
export class BroadcastAck implements PendingAck {
  readonly #reader: BroadcastAckReader;
  readonly #waiting = new Set<string>();
  readonly #missing: string[] = [];
  readonly #missingNodes: string[] = [];
  readonly #answers: unknown[] = [];
  readonly #controller = new AbortController();
  #state: "collecting" | "expired" | "complete" = "collecting";
  #othersReplied = false;
  #othersMissing = 0;
  #timer: Timer | undefined;

  constructor(reader: BroadcastAckReader) {
    this.#reader = reader;
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
    this.#take(answer[0]);
    this.#check();
  }

  abandon(_error: Error, socketId: string): void {
    this.#waiting.delete(socketId);
    this.#missing.push(socketId);
    this.#check();
  }

  /** Takes the answers from other servers; until they have ended the broadcast is not complete. */
  async collect(replies: AsyncIterable<ClusterReply | MissingNode>): Promise<void> {
    let expected = 0;
    let received = 0;
    try {
      for await (const reply of replies) {
        if (reply.kind === "expect") expected += reply.count;
        if (reply.kind === "missing") this.#missingNodes.push(reply.node);
        if (reply.kind === "ack") {
          received++;
          this.#take(reply.data[0]);
        }
      }
    } finally {
      this.#othersMissing = expected - received;
      this.#othersReplied = true;
      this.#check();
    }
  }

  /** The time is over. Which servers are missing is known as soon as the adapter has given up on them: in this turn, if at all. */
  expire(): void {
    if (this.#state === "complete") return;
    this.#state = "expired";
    this.#controller.abort();
    if (this.#othersReplied) this.#timeOut();
    else setImmediate(() => this.#timeOut());
  }

  #timeOut(): void {
    this.#complete(codedError("ACK_TIMEOUT", "operation has timed out"));
  }

  #take(answer: unknown): void {
    if (this.#state === "complete") return;
    this.#answers.push(answer);
    this.#reader.onAnswer?.(answer);
  }

  #check(): void {
    if (!this.#othersReplied) return;
    if (this.#state === "expired") return this.#timeOut();
    if (this.#waiting.size > 0) return;
    const complete = this.#missing.length === 0 && this.#missingNodes.length === 0 && this.#othersMissing <= 0;
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
      this.#reader.onComplete(null, this.#answers);
      return;
    }
    const failure: BroadcastAckError = Object.assign(error, {
      responses: this.#answers,
      missing: [...this.#missing, ...this.#waiting],
      missingNodes: this.#missingNodes,
    });
    this.#reader.onComplete(failure, this.#answers);
  }
}
