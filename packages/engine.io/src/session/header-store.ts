import type { EngineHandshake } from "@halyard/contracts";

/** What is kept of a request. */
type Content = Pick<EngineHandshake, "url" | "headers">;

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

/** A target that many clients ask for: one with parameters of its own, such as a time or a token, is of no use to others. */
const COMMON_TARGET = /^[^?]*\?EIO=[34]&transport=[a-z]+$/;

/** More than this many different sets are not looked for: clients could make up any number of them. */
const MAX_SHARED_SETS = 1_000;
const MAX_SHARED_CHARS = 4_096;

/**
 * Keeps the targets and headers of many requests in little memory. Clients of one kind send the same but for a few headers, so
 * that what they have in common is kept once.
 */
export class HeaderStore {
  readonly #sets = new Map<string, string>();

  /** Splits a request in two texts: one that other requests may share, and one of its own. */
  pack({ url, headers }: Content): { readonly shared: string; readonly own: string } {
    const common: Record<string, string | string[] | undefined> = {};
    const own: Record<string, string | string[] | undefined> = {};
    for (const name in headers) (OWN_HEADERS.has(name) ? own : common)[name] = headers[name];
    const isCommon = COMMON_TARGET.test(url);
    return {
      shared: this.#share(`${isCommon ? url : ""} ${JSON.stringify(common)}`),
      own: `${isCommon ? "" : url} ${JSON.stringify(own)}`,
    };
  }

  #share(shared: string): string {
    const known = this.#sets.get(shared);
    if (known !== undefined) return known;
    const text = inOnePiece(shared);
    if (this.#sets.size < MAX_SHARED_SETS && text.length <= MAX_SHARED_CHARS) this.#sets.set(text, text);
    return text;
  }
}

/** What {@link HeaderStore.pack} was given. */
export function unpack(shared: string, own: string): Content {
  const [commonUrl, commonHeaders] = halves(shared);
  const [ownUrl, ownHeaders] = halves(own);
  return { url: commonUrl || ownUrl, headers: { ...JSON.parse(commonHeaders), ...JSON.parse(ownHeaders) } };
}

/** A target has no space in it. */
function halves(text: string): [url: string, headers: string] {
  const end = text.indexOf(" ");
  return [text.slice(0, end), text.slice(end + 1)];
}

/** Copies a text: one that was put together keeps all its pieces in memory. */
export function inOnePiece(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8");
}
