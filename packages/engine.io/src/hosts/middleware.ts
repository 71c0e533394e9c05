import type { IncomingMessage, ServerResponse } from "node:http";
import { toError } from "@halyard/core";
import type { UpgradeResponse } from "./upgrade-response.ts";

/** A function in the style of Express, for HTTP requests and WebSocket handshakes alike. May be asynchronous. */
export type Middleware = MiddlewareObject["use"];

/** Methods, unlike functions, may ask for more than they are sure to get: the requests of Express, which have more. */
interface MiddlewareObject {
  use(req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void): unknown;
}

/** The answer of a request, or what stands for it during a WebSocket handshake. */
export type AnyResponse = ServerResponse | UpgradeResponse;

/**
 * Calls the middlewares one after another. `onDone` is called once, with the error of the one that failed; it is not
 * called when a middleware answers the request itself. What one throws after it has called `next` is reported.
 */
export function runMiddlewares(
  middlewares: readonly Middleware[],
  request: IncomingMessage,
  response: AnyResponse,
  onDone: (error?: Error) => void,
  report: (error: unknown) => void,
): void {
  const runFrom = (index: number): void => {
    const middleware = middlewares[index];
    if (middleware === undefined) {
      onDone();
      return;
    }
    let settled = false;
    const next = (error?: unknown): void => {
      if (settled) return;
      settled = true;
      if (error) onDone(toError(error));
      else runFrom(index + 1);
    };
    callMiddleware(middleware, request, response, next, (error) => (settled ? report(error) : next(error)));
  };
  runFrom(0);
}

function callMiddleware(
  middleware: Middleware,
  request: IncomingMessage,
  response: AnyResponse,
  next: (error?: unknown) => void,
  onFailure: (error: unknown) => void,
): void {
  const fail = (error: unknown): void => onFailure(error || new Error("a middleware failed"));
  try {
    // during a handshake, middlewares get the part of a ServerResponse that makes sense there
    const running = middleware(request, response as ServerResponse, next);
    if (running instanceof Promise) running.catch(fail);
  } catch (error) {
    fail(error);
  }
}
