import { isIP } from "node:net";
import { parseQuery, type Query } from "../request-query.ts";
import { createRequest, type EngineRequest } from "../session/handshake-record.ts";
import type { WebTransportSession } from "../transports/webtransport-session.ts";

/**
 * Makes the request of a WebTransport session, as far as its server tells of it. The query is that of the URL, but the
 * session to be upgraded is the one that the client's first packet names.
 */
export function requestOf(session: WebTransportSession, sid: string | undefined): EngineRequest {
  const { header } = session;
  const fields = typeof header === "object" && header !== null ? Object.entries(header) : [];
  const pseudo = new Map<string, string>();
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of fields) {
    if (!isHeaderValue(value) || name === "__proto__") continue;
    if (!name.startsWith(":")) headers[name.toLowerCase()] = value;
    else if (typeof value === "string") pseudo.set(name, value);
  }
  const authority = pseudo.get(":authority");
  if (authority !== undefined) headers["host"] ??= authority;
  const url = (pseudo.get(":path") ?? "").replace(/\s/g, encodeURIComponent); // as no HTTP/1.1 server lets it pass
  const request = createRequest({ url, headers, secure: true }, hostOf(session.peerAddress));
  request._query = queryOf(url, sid);
  return request;
}

/** Whether the session's server tells what the client sent; otherwise nobody can judge the request. */
export function tellsHeaders({ header }: WebTransportSession): boolean {
  return typeof header === "object" && header !== null;
}

function queryOf(url: string, sid: string | undefined): Query {
  const query: Query = { EIO: "4", ...parseQuery(url), transport: "webtransport" };
  delete query["sid"];
  if (sid !== undefined) query["sid"] = sid;
  return query;
}

function isHeaderValue(value: unknown): value is string | string[] {
  if (Array.isArray(value)) return value.every((each) => typeof each === "string");
  return typeof value === "string";
}

/** The address without its port; addresses of IPv6 come with brackets and without. */
function hostOf(address = ""): string {
  const [, bracketed] = /^\[(.*)\]/.exec(address) ?? [];
  const [, beforePort] = /^(.*):\d+$/.exec(address) ?? [];
  return [bracketed, beforePort, address].find((each) => each !== undefined && isIP(each) !== 0) ?? "";
}
