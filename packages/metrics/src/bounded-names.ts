import { OTHER } from "./definitions.ts";

/** Names that become attributes: so many, and what comes after them is {@link OTHER}. */
export class BoundedNames {
  readonly #names = new Set<string>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The name, which counts from now on if there is room. */
  admit(name: string): string {
    if (this.#names.size < this.#limit) this.#names.add(name);
    return this.of(name);
  }

  /** The name if it counts. */
  of(name: string): string {
    return this.#names.has(name) ? name : OTHER;
  }
}
