/** The parts of a URI. Parts that are absent are empty strings. */
export interface ParsedUri {
  readonly source: string;
  /** Without the colon: `https`. */
  readonly protocol: string;
  readonly authority: string;
  readonly userInfo: string;
  readonly user: string;
  readonly password: string;
  /** IPv6 addresses stand without their brackets. */
  readonly host: string;
  readonly port: string;
  /** Path, query and anchor as written. */
  readonly relative: string;
  readonly path: string;
  readonly query: string;
  readonly anchor: string;
  readonly ipv6uri?: boolean;
}

// scheme, user info, user, password, bracketed or bare IPv6 address or name, port, path, query, anchor
const URI =
  /^(?:(https?|wss?):\/\/)?(?:(([^:@/?#]*)(?::([^@/?#]*))?)@)?(\[[^\]]*\]|(?:[\da-f]{0,4}:){2,7}[\da-f]{0,4}|[^:/?#]*)(?::(\d*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?/i;

/**
 * Splits a URI, which may lack its scheme (`localhost:3000/chat`), as `URL` would not.
 *
 * @throws `URI_TOO_LONG` above 8,000 characters.
 */
export function parse(uri: string): ParsedUri {
  if (uri.length > 8000) throw Object.assign(new Error("URI too long"), { code: "URI_TOO_LONG" });
  const [, protocol = "", userInfo = "", user = "", password = "", address = "", port = "", path = "", query, anchor] =
    URI.exec(uri) ?? [];
  const host = address.startsWith("[") ? address.slice(1, -1) : address;
  return {
    source: uri,
    protocol: protocol.toLowerCase(),
    authority: (userInfo && userInfo + "@") + address + (port && ":" + port),
    userInfo,
    user,
    password,
    host,
    port,
    relative: path + (query === undefined ? "" : "?" + query) + (anchor === undefined ? "" : "#" + anchor),
    path,
    query: query ?? "",
    anchor: anchor ?? "",
    ...(host !== address && { ipv6uri: true }),
  };
}

/** Turns `a=1&b=2` into a record of decoded values. */
export function parseQuery(text: string): Record<string, string> {
  const query: Record<string, string> = {};
  for (const pair of text.split("&")) {
    const [name = "", ...value] = pair.split("=");
    if (name !== "") query[decodeURIComponent(name)] = decodeURIComponent(value.join("="));
  }
  return query;
}

/** Turns a record into `a=1&b=2`. */
export function formatQuery(query: Readonly<Record<string, unknown>>): string {
  return Object.entries(query)
    .map(([name, value]) => encodeURIComponent(name) + "=" + encodeURIComponent(String(value)))
    .join("&");
}
