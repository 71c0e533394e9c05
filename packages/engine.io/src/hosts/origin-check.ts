import type { IncomingMessage } from "node:http";
import type { AnyResponse } from "./middleware.ts";

/**
 * Tells whether a WebSocket handshake comes from a page that the `cors` option allows. Browsers apply CORS to HTTP requests
 * only, so the server has to (input I-9). Pages of the server's own host, and clients that are no browser, are allowed.
 */
export function isOriginAllowed(request: IncomingMessage, response: AnyResponse): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  const allowed = response.getHeader("access-control-allow-origin");
  if (allowed === "*" || allowed === origin) return true;
  return host !== undefined && hostOf(origin) === host.toLowerCase();
}

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}
