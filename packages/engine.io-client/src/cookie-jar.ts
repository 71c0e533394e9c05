interface Cookie {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly expiresMs: number;
}

/** Keeps the cookies of one session, so that clients without a browser's jar stay with the same server behind a load balancer. */
export class CookieJar {
  readonly #cookies = new Map<string, Cookie>();

  /** Takes the values of `Set-Cookie` headers. */
  store(headers: readonly string[] | undefined, nowMs: number = Date.now()): void {
    for (const header of headers ?? []) {
      const [pair = "", ...attributes] = header.split(";");
      const at = pair.indexOf("=");
      const name = pair.slice(0, Math.max(at, 0)).trim();
      if (name === "") continue;
      const value = pair.slice(at + 1).trim();
      this.#cookies.set(name, {
        value: value.startsWith('"') ? value.slice(1, -1) : value,
        expiresMs: expiry(attributes, nowMs),
      });
    }
  }

  /** The `Cookie` header to send, if any. */
  header(nowMs: number = Date.now()): string | undefined {
    const pairs: string[] = [];
    for (const [name, cookie] of this.#cookies) {
      if (cookie.expiresMs <= nowMs) this.#cookies.delete(name);
      else pairs.push(`${name}=${cookie.value}`);
    }
    return pairs.length > 0 ? pairs.join("; ") : undefined;
  }
}

/** RFC 6265, sections 5.2 and 5.3: names are case-insensitive, `Max-Age` wins, and what cannot be read expires at once. */
function expiry(attributes: readonly string[], nowMs: number): number {
  let expiresMs = Infinity;
  for (const attribute of attributes) {
    const [name = "", ...rest] = attribute.split("=");
    const value = rest.join("=").trim();
    const key = name.trim().toLowerCase();
    if (key === "max-age") {
      const seconds = Number.parseInt(value, 10);
      return seconds > 0 ? nowMs + seconds * 1000 : 0;
    }
    if (key === "expires") expiresMs = Date.parse(value) || 0;
  }
  return expiresMs;
}
