/** The decoded query parameters of a request; of a repeated one, the last. */
export type Query = Record<string, string>;

/** Parses the query of a request target. Malformed escapes are taken literally, as browsers do. */
export function parseQuery(target: string): Query {
  const query: Query = {};
  const mark = target.indexOf("?");
  if (mark < 0) return query;
  const fragment = target.indexOf("#", mark);
  const text = fragment < 0 ? target.slice(mark + 1) : target.slice(mark + 1, fragment);
  if (/[%+]/.test(text)) {
    for (const [name, value] of new URLSearchParams(`?${text}`)) define(query, name, value);
    return query;
  }
  for (let start = 0; start < text.length;) {
    const separator = text.indexOf("&", start);
    const end = separator < 0 ? text.length : separator;
    if (end > start) definePair(query, text.slice(start, end));
    start = end + 1;
  }
  return query;
}

function definePair(query: Query, pair: string): void {
  const equals = pair.indexOf("=");
  if (equals < 0) define(query, pair, "");
  else define(query, pair.slice(0, equals), pair.slice(equals + 1));
}

/** Parameters that every client sends are set under names that need not be looked up. */
function define(query: Query, name: string, value: string): void {
  if (name === "EIO") query["EIO"] = value;
  else if (name === "transport") query["transport"] = value;
  else if (name === "sid") query["sid"] = value;
  else if (name === "t") query["t"] = value;
  else if (name === "__proto__") {
    Object.defineProperty(query, name, { value, enumerable: true, configurable: true, writable: true });
  } else query[name] = value;
}
