/**
 * Throws on a stack of its own what a user's callback threw: it surfaces as an uncaught error, as it would from any event
 * handler, and the connection below carries on.
 */
export function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
