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

/** So many kinds of clients are recognised by their headers, header by header, which costs less than to put the text together. */
const MAX_FAMILIAR_SETS = 4;

/** Marks, behind a name, that the value is written as JSON; no name has it. */
const AS_JSON = "[";

/**
 * Keeps the targets and headers of many requests in little memory. Clients of one kind send the same but for a few headers, so
 * that what they have in common is kept once.
 */
export class HeaderStore {
  readonly #sets = new Map<string, string>();
  /** Some that have come of late. */
  readonly #familiar: FamiliarSet[] = [];
  #nextFamiliar = 0;

  /**
   * Splits a request in two texts: one that other requests may share, and one of its own. The first has a line for the target
   * and one for each header, those of its own without their values, which are the lines of the second.
   */
  pack(content: Content): { readonly shared: string; readonly own: string } {
    for (const familiar of this.#familiar) {
      const own = familiar.ownPart(content);
      if (own !== undefined) return { shared: familiar.text, own };
    }
    return this.#packUnfamiliar(content);
  }

  #packUnfamiliar({ url, headers }: Content): { readonly shared: string; readonly own: string } {
    const isCommon = COMMON_TARGET.test(url);
    let shared = isCommon ? url : "";
    let own = isCommon ? "" : url;
    let isPlain = true;
    for (const name in headers) {
      const value = headers[name];
      if (value === undefined) continue;
      if (typeof value !== "string" || value.includes("\n")) {
        shared += `\n${name}${AS_JSON}`;
        own += `\n${JSON.stringify(value)}`;
        isPlain = false;
      } else if (OWN_HEADERS.has(name)) {
        shared += `\n${name}`;
        own += `\n${value}`;
      } else shared += `\n${name}:${value}`;
    }
    const known = this.#sets.get(shared);
    if (known === undefined) this.#add(shared);
    else if (isPlain) this.#remember(new FamiliarSet(known, { url: isCommon ? url : "", headers }));
    return { shared: known ?? shared, own };
  }

  #add(text: string): void {
    if (this.#sets.size < MAX_SHARED_SETS && text.length <= MAX_SHARED_CHARS) this.#sets.set(text, text);
  }

  #remember(familiar: FamiliarSet): void {
    this.#familiar[this.#nextFamiliar] = familiar;
    this.#nextFamiliar = (this.#nextFamiliar + 1) % MAX_FAMILIAR_SETS;
  }
}

/** What one kind of clients sends alike, in a form that a request is compared with. */
class FamiliarSet {
  readonly text: string;
  /** Empty for those that have a target of their own. */
  readonly #url: string;
  readonly #names: readonly string[];
  /** By name; nothing for headers of a client's own. */
  readonly #values: readonly (string | undefined)[];

  constructor(text: string, { url, headers }: Content) {
    this.text = text;
    this.#url = url;
    this.#names = Object.keys(headers).filter((name) => headers[name] !== undefined);
    this.#values = this.#names.map((name) => {
      const value = headers[name];
      return typeof value === "string" && !OWN_HEADERS.has(name) ? value : undefined;
    });
  }

  /** What a request of this kind has of its own, or nothing if it is of another kind. */
  ownPart({ url, headers }: Content): string | undefined {
    let own = "";
    if (url !== this.#url) {
      if (this.#url !== "" || COMMON_TARGET.test(url)) return undefined;
      own = url;
    }
    let index = 0;
    for (const name in headers) {
      const value = headers[name];
      if (value === undefined) continue;
      if (name !== this.#names[index]) return undefined;
      const expected = this.#values[index++];
      if (value === expected) continue;
      // others are not as the text has them
      if (expected !== undefined || typeof value !== "string" || value.includes("\n")) return undefined;
      own += `\n${value}`;
    }
    return index === this.#names.length ? own : undefined;
  }
}

/** What {@link HeaderStore.pack} was given. */
export function unpack(shared: string, own: string): Content {
  const [commonUrl, ...lines] = shared.split("\n");
  const [ownUrl, ...values] = own.split("\n");
  const headers: Record<string, string | string[] | undefined> = {};
  for (const line of lines) {
    const colon = line.indexOf(":", 1); // the names of HTTP/2's own headers begin with one
    if (colon > 0) headers[line.slice(0, colon)] = line.slice(colon + 1);
    else if (line.endsWith(AS_JSON)) headers[line.slice(0, -1)] = JSON.parse(values.shift() ?? "");
    else headers[line] = values.shift() ?? "";
  }
  return { url: commonUrl || ownUrl || "", headers };
}
