import { readUri } from "@halyard/engine.io-client";

/** What a client reads out of the URL it was given. */
export interface Target {
  /** Equal for URLs that can share one connection, and otherwise meaningless. */
  readonly origin: string;
  /** The URL with scheme and host filled in; the engine takes host, port and query from it. */
  readonly source: string;
  /** The path of the URL: it names the namespace. */
  readonly namespace: string;
}

/** All a relative URL needs from the page it is used on. */
export interface PageLocation {
  readonly protocol: string;
  readonly host: string;
}

/** Where there is no page to be relative to. */
const LOCAL: PageLocation = { protocol: "http:", host: "localhost" };

/**
 * Finds the server and the namespace that a URL stands for. Accepted are absolute URLs, `//host`, `/namespace` on the
 * page's own host, `host:port`, and nothing at all for the page's own host.
 *
 * @example
 * resolveUrl("https://example.com/admin"); // namespace "/admin" on https://example.com:443
 */
export function resolveUrl(uri: string, page: PageLocation | undefined): Target {
  const source = complete(uri, page);
  const { options, path } = readUri(source);
  const { hostname, port, secure } = options;
  // `localhost:80` and `localhost` are the same server
  const origin = `${secure}//${hostname}:${port || (secure ? 443 : 80)}`;
  return { origin, source, namespace: path || "/" };
}

function complete(uri: string, page: PageLocation | undefined): string {
  const { protocol, host } = page ?? LOCAL;
  return uri
    .replace(/^(?=\/\/)/, protocol)
    .replace(/^(?=\/|$)/, `${protocol}//${host}`)
    .replace(/^(?!\w+:\/\/)/, `${page?.protocol ?? "https:"}//`);
}
