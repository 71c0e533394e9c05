import { BoundedNames } from "./bounded-names.ts";

/** As what a namespace is counted. */
export type NameNamespace = (namespace: string) => string;

/**
 * What namespaces are counted as. Clients name namespaces that do not exist, so only those count that the server is known to have;
 * and of those clients may make as many as they like where the server allows names by a pattern, so that there is a limit.
 */
export class NamespaceNames {
  readonly #names: BoundedNames;
  readonly #nameNamespace: NameNamespace;
  /** What was found for namespaces that exist, until there are too many to keep. */
  readonly #found = new Map<string, string>();
  readonly #maxFound: number;

  constructor(limit: number, nameNamespace: NameNamespace) {
    this.#names = new BoundedNames(limit);
    this.#nameNamespace = nameNamespace;
    this.#maxFound = 10 * limit;
    this.admit("/");
  }

  /** The name of a namespace that the server has. */
  admit(namespace: string): string {
    const found = this.#found.get(namespace);
    if (found !== undefined) return found;
    const name = this.#names.admit(this.#nameNamespace(namespace));
    if (this.#found.size >= this.#maxFound) this.#found.clear();
    this.#found.set(namespace, name);
    return name;
  }

  /** The name of a namespace that the server may not have. */
  of(namespace: string): string {
    return this.#found.get(namespace) ?? this.#names.of(this.#nameNamespace(namespace));
  }
}
