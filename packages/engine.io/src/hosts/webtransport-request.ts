import { isIP } from "node:net";
import { parseQuery } from "../request-query.ts";
import { createRequest, type EngineRequest } from "../session/handshake-record.ts";
import type { WebTransportSession } from "../transports/webtransport-session.ts";

/**
 * Makes the request of a WebTransport session, as far as its server tells of it. Stock clients say in their first packet what
 * others say in the query; the request has both in its query, so that it looks as on the other transports.
 */
export function requestOf(session: WebTransportSession, sid: string | undefined): EngineRequest {
  const { header } = session;
  const fields = typeof header === "object" && header !== null ? Object.entries(header) : [];
  const pseudo = new Map<string, string>();
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of fields) {
    if (!isHeaderValue(value)) continue;
    if (!name.startsWith(":")) headers[name.toLowerCase()] = value;
    else if (typeof value === "string") pseudo.set(name, value);
  }
  const authority = pseudo.get(":authority");
  if (authority !== undefined) headers["host"] ??= authority;
  const path = (pseudo.get(":path") ?? "/").replace(/\s/g, encodeURIComponent); // as no HTTP/1.1 server lets it pass
  const url = completeTarget(path, sid);
  const request = createRequest({ url, headers, secure: true }, hostOf(session.peerAddress));
  request._query = { ...request._query, transport: "webtransport" };
  if (sid === undefined) delete request._query["sid"];
  else request._query["sid"] = sid;
  return request;
}

/** Whether the session's server tells what the client sent; otherwise nobody can judge the request. */
export function tellsHeaders({ header }: WebTransportSession): boolean {
  return typeof header === "object" && header !== null;
}

/** Adds what the query lacks. */
function completeTarget(path: string, sid: string | undefined): string {
  const query = parseQuery(path);
  const missing: string[] = [];
  if (query["EIO"] === undefined) missing.push("EIO=4");
  if (query["transport"] === undefined) missing.push("transport=webtransport");
  if (sid !== undefined && query["sid"] === undefined) missing.push(`sid=${encodeURIComponent(sid)}`);
  if (missing.length === 0) return path;
  return `${path}${path.includes("?") ? "&" : "?"}${missing.join("&")}`;
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
