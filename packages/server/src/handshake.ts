import type { IncomingHttpHeaders } from "node:http";
import { parse, type ParsedUrlQuery } from "node:querystring";
import type { EngineHandshake, Untyped } from "@halyard/contracts";

/** What the client said when it connected. */
export interface Handshake {
  /** The headers of the handshake request. */
  headers: IncomingHttpHeaders;
  /** When the connection was made, as text. */
  time: string;
  /** The client's address. */
  address: string;
  /** Whether the request came from another origin. */
  xdomain: boolean;
  /** Whether the connection is encrypted. */
  secure: boolean;
  /** When the connection was made, in milliseconds since the epoch. */
  issued: number;
  /** The request's path and query string. */
  url: string;
  /** The query string's parameters. */
  query: ParsedUrlQuery;
  /** What the client's `auth` option sent. */
  auth: { [key: string]: Untyped };
}

/** Builds the public form from what the engine kept. */
export function buildHandshake(handshake: EngineHandshake, address: string, auth: Record<string, unknown>): Handshake {
  const { url, headers, secure, issuedMs } = handshake;
  const start = url.indexOf("?");
  return {
    headers,
    time: String(new Date(issuedMs)),
    address,
    xdomain: Boolean(headers["origin"]),
    secure,
    issued: issuedMs,
    url,
    query: start < 0 ? {} : parse(url.slice(start + 1)),
    auth,
  };
}
