import type { Bus } from "@halyard/contracts";
import type { Members } from "./members.ts";

/** One would do; several, as some turn out to be ours. */
const MAX_LISTENERS = 256;

/** Tells a bus whether all nodes that were heard understand batches: those of socket.io do not. */
export class BatchPermit {
  readonly #bus: Bus;
  readonly #members: Members;
  /** Nodes of socket.io that were heard on a bus that counts nodes: there they may be silent for ever, and still listen. */
  readonly #listeners = new Set<string>();
  #state: "allowed" | "refused" = "refused";

  constructor(bus: Bus, members: Members) {
    this.#bus = bus;
    this.#members = members;
  }

  /** Notes a node that was heard, before {@link review}. */
  note(node: string, kind: "ours" | "new"): void {
    if (kind === "ours") this.#listeners.delete(node);
    else if (this.#bus.peerCount !== undefined && this.#listeners.size < MAX_LISTENERS) this.#listeners.add(node);
  }

  /** Somebody has come or gone. */
  review(): void {
    const state = this.#members.areAllOurs && this.#listeners.size === 0 ? "allowed" : "refused";
    if (state === this.#state) return;
    this.#state = state;
    this.#bus.allowBatches?.(state === "allowed");
  }
}
