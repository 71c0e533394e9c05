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
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    if (equals < 0) define(query, pair, "");
    else define(query, pair.slice(0, equals), pair.slice(equals + 1));
  }
  return query;
}

function define(query: Query, name: string, value: string): void {
  if (name !== "__proto__") {
    query[name] = value;
    return;
  }
  Object.defineProperty(query, name, { value, enumerable: true, configurable: true, writable: true });
}
