import type { EngineHandshake } from "@halyard/contracts";

type Headers = EngineHandshake["headers"];

/** Headers that tell clients apart, or may: these are kept for each session by itself. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  "authorization",
  "cookie",
  "forwarded",
  "sec-websocket-key",
  "traceparent",
  "x-forwarded-for",
  "x-forwarded-port",
  "x-real-ip",
  "x-request-id",
]);

/** More than this many different sets are not looked for: clients could make up any number of them. */
const MAX_SHARED_SETS = 1_000;
const MAX_SHARED_CHARS = 4_096;

/**
 * Keeps the headers of many requests in little memory. Clients of one kind send the same headers but for a few, so that what
 * they have in common is kept once.
 */
export class HeaderStore {
  readonly #sets = new Map<string, string>();

  /** Splits headers in two JSON texts: one that other requests may share, and one of its own. */
  pack(headers: Headers): { readonly shared: string; readonly own: string } {
    const common: Record<string, string | string[] | undefined> = {};
    const own: Record<string, string | string[] | undefined> = {};
    for (const name in headers) (OWN_HEADERS.has(name) ? own : common)[name] = headers[name];
    return { shared: this.#share(JSON.stringify(common)), own: JSON.stringify(own) };
  }

  #share(json: string): string {
    const known = this.#sets.get(json);
    if (known !== undefined) return known;
    const text = inOnePiece(json);
    if (this.#sets.size < MAX_SHARED_SETS && text.length <= MAX_SHARED_CHARS) this.#sets.set(text, text);
    return text;
  }
}

/** The headers that {@link HeaderStore.pack} was given. */
export function unpackHeaders(shared: string, own: string): Headers {
  const headers: Headers = { ...JSON.parse(shared), ...JSON.parse(own) };
  return headers;
}

/** Copies a text: one that was put together keeps all its pieces in memory. */
export function inOnePiece(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8");
}
