import type { RedisLinkHandler } from "./redis-link.ts";

/** Hands what a client says to all who watch its link. */
export class LinkWatchers implements RedisLinkHandler {
  readonly #handlers = new Set<RedisLinkHandler>();

  /** Adds a handler, which hears at once of a client that is up; returns what takes it away again. */
  add(handler: RedisLinkHandler, isUp: boolean): () => void {
    this.#handlers.add(handler);
    if (isUp) handler.onUp();
    return () => void this.#handlers.delete(handler);
  }

  onUp(): void {
    for (const handler of this.#handlers) handler.onUp();
  }

  onDown(): void {
    for (const handler of this.#handlers) handler.onDown();
  }

  onError(error: Error): void {
    for (const handler of this.#handlers) handler.onError(error);
  }
}
