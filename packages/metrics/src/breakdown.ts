import { OTHER, type Attributes } from "./definitions.ts";
import type { NamespaceNames } from "./namespace-names.ts";

type Split = Attributes<"halyard.namespace" | "halyard.event">;

/** What messages are counted in, by namespace and by the events that are told apart. Made once for each, so that a message finds it and makes nothing. */
export class Breakdown<Counted> {
  readonly #namespaces: NamespaceNames;
  readonly #events: ReadonlySet<string>;
  readonly #make: (split: Split) => Counted;
  readonly #counted = new Map<string, Map<string | undefined, Counted>>();

  constructor(namespaces: NamespaceNames, events: ReadonlySet<string>, make: (split: Split) => Counted) {
    this.#namespaces = namespaces;
    this.#events = events;
    this.#make = make;
  }

  /** For a namespace that may not exist. */
  of(namespace: string, event: string | undefined): Counted {
    return this.#at(this.#namespaces.of(namespace), event);
  }

  /** For a namespace that the server has. */
  ofKnown(namespace: string, event: string | undefined): Counted {
    return this.#at(this.#namespaces.admit(namespace), event);
  }

  #at(namespace: string, event: string | undefined): Counted {
    let ofNamespace = this.#counted.get(namespace);
    if (ofNamespace === undefined) this.#counted.set(namespace, (ofNamespace = new Map()));
    const name = this.#nameOf(event);
    let counted = ofNamespace.get(name);
    if (counted === undefined) {
      counted = this.#make({ "halyard.namespace": namespace, ...(name !== undefined && { "halyard.event": name }) });
      ofNamespace.set(name, counted);
    }
    return counted;
  }

  #nameOf(event: string | undefined): string | undefined {
    if (event === undefined || this.#events.size === 0) return undefined;
    return this.#events.has(event) ? event : OTHER;
  }
}
