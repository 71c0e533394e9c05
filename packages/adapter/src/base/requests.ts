import type { ServerId } from "./cluster-message.ts";

/** Who has to answer: servers that are known by name, or so many of any. */
export type Expected = { readonly servers: Iterable<ServerId> } | { readonly count: number };

/** What becomes of a request. One of both is called, once. */
export interface RequestOutcome {
  /** All have answered, or left. */
  onAnswers(answers: unknown[]): void;
  onTimeout(error: Error, answers: unknown[]): void;
}

/** Waits for the answers of several servers to one request. */
class Request {
  readonly #answers: unknown[] = [];
  readonly #answered = new Set<ServerId>();
  readonly #missing: Set<ServerId> | undefined;
  readonly #count: number;

  constructor(expected: Expected) {
    this.#missing = "servers" in expected ? new Set(expected.servers) : undefined;
    this.#count = "count" in expected ? expected.count : 0;
  }

  get answers(): unknown[] {
    return this.#answers;
  }

  get isComplete(): boolean {
    return this.#missing === undefined ? this.#answered.size >= this.#count : this.#missing.size === 0;
  }

  get error(): Error {
    if (this.#missing !== undefined) return new Error(`timeout reached: missing ${this.#missing.size} responses`);
    const received = this.#answered.size;
    return new Error(`timeout reached: only ${received} responses received out of ${this.#count}`);
  }

  take(server: ServerId, answers: readonly unknown[]): void {
    this.#answers.push(...answers);
    this.#answered.add(server);
    this.#missing?.delete(server);
  }

  onLeft(server: ServerId): void {
    this.#missing?.delete(server);
  }
}

/** The requests of one adapter that others have yet to answer. */
export class Requests {
  readonly #open = new Map<string, { readonly request: Request; readonly settle: () => void }>();

  /** Begins to wait. */
  open(requestId: string, expected: Expected, timeoutMs: number, outcome: RequestOutcome): void {
    const request = new Request(expected);
    const timer = setTimeout(() => {
      this.#open.delete(requestId);
      outcome.onTimeout(request.error, request.answers);
    }, timeoutMs);
    const settle = (): void => {
      if (!request.isComplete) return;
      clearTimeout(timer);
      this.#open.delete(requestId);
      outcome.onAnswers(request.answers);
    };
    this.#open.set(requestId, { request, settle });
  }

  take(requestId: string, server: ServerId, answers: readonly unknown[]): void {
    const open = this.#open.get(requestId);
    open?.request.take(server, answers);
    open?.settle();
  }

  /** A server has left: nobody waits for it. */
  onLeft(server: ServerId): void {
    for (const { request, settle } of this.#open.values()) {
      request.onLeft(server);
      settle();
    }
  }
}
