import type { Clock } from "@halyard/contracts";
import type { NodeHttpServer } from "./server.ts";

/**
 * Closes an HTTP server: no new connections at once, idle ones after the engine has answered what was under way, all of
 * them once the time is over. Resolves with an error if it was not running.
 */
export function closeHttpServer(
  server: NodeHttpServer,
  engineClosed: Promise<void> | undefined,
  clock: Clock,
  timeoutMs: number,
): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const timer = clock.schedule(() => {
      if ("closeAllConnections" in server) server.closeAllConnections();
      resolve(undefined);
    }, timeoutMs);
    server.close((error) => {
      timer.cancel();
      resolve(error);
    });
    const closeIdle = (): void => {
      if ("closeIdleConnections" in server) server.closeIdleConnections();
    };
    engineClosed?.then(closeIdle, closeIdle);
  });
}

/** Waits until all have settled, but not for longer than the timeout. */
export async function settleWithin(clock: Clock, timeoutMs: number, all: readonly unknown[]): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = clock.schedule(resolve, timeoutMs);
    void Promise.allSettled(all).then(() => {
      timer.cancel();
      resolve();
    });
  });
}
