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
  readonly ipv6uri: boolean;
}

/**
 * Splits a URI, which may lack its scheme (`localhost:3000/chat`) as it may not for `URL`.
 *
 * @throws `URI_TOO_LONG` above 8,000 characters.
 */
export function parse(uri: string): ParsedUri {
  if (uri.length > 8000) throw Object.assign(new Error("URI too long"), { code: "URI_TOO_LONG" });
  const [, protocol = "", userInfo = "", address = "", port = "", relative = ""] = splitUri(uri);
  const [, path = "", query = "", anchor = ""] = /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?/.exec(relative) ?? [];
  const [user = "", ...password] = userInfo.split(":");
  const ipv6uri = address.startsWith("[");
  return {
    source: uri,
    protocol,
    authority: (userInfo && userInfo + "@") + address + (port && ":" + port),
    userInfo,
    user,
    password: password.join(":"),
    host: ipv6uri ? address.slice(1, -1) : address,
    port,
    relative,
    path,
    query,
    anchor,
    ipv6uri,
  };
}

/** Splits a URI into scheme, user info, address (IPv6 in brackets or bare), port, and the rest; the first element is the whole. */
function splitUri(uri: string): readonly (string | undefined)[] {
  return (
    /^(?:(https?|wss?):\/\/)?(?:([^@/?#]*)@)?(\[[^\]]*\]|(?:[\da-f]{0,4}:){2,7}[\da-f]{0,4}|[^:/?#]*)(?::(\d*))?(.*)/i.exec(
      uri,
    ) ?? []
  );
}

/** What a URI says. */
export interface UriTarget {
  /** What it says about the connection, by the names of the options. */
  readonly options: {
    /** Empty: the host is in `hostname`. */
    readonly host: "";
    /** IPv6 addresses stand in brackets. */
    readonly hostname: string;
    readonly port: string;
    readonly secure: boolean;
    /** Absent when the URI has none. */
    readonly query?: Record<string, string>;
  };
  readonly path: string;
}

/** Reads out of a URI what a connection to it takes. */
export function readUri(uri: string): UriTarget {
  const [, scheme = "", hostname = "", port = "", path = "", query] = URI.exec(uri) ?? [];
  const secure = /^(https|wss)$/i.test(scheme);
  return { options: { host: "", hostname, port, secure, ...(query && { query: parseQuery(query) }) }, path };
}

const URI = /^(?:(\w+):\/\/)?(?:[^@/?#]*@)?(\[[^\]]*\]|[^:/?#]*):?(\d*)([^?#]*)\??([^#]*)/;

/** Turns `a=1&b=2` into a record of decoded values. */
export function parseQuery(text: string): Record<string, string> {
  const query: Record<string, string> = {};
  for (const pair of text.split("&")) {
    const [name = "", ...value] = pair.split("=");
    if (name) query[decodeURIComponent(name)] = decodeURIComponent(value.join("="));
  }
  return query;
}

/** Turns a record into `a=1&b=2`. */
export function formatQuery(query: Readonly<Record<string, unknown>>): string {
  return Object.entries(query)
    .map((pair) => pair.map((part) => encodeURIComponent(String(part))).join("="))
    .join("&");
}
